package dev.loomgate.gateway.mainprogram;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** A method of {@link ProgramSystem} and its like that a program's code calls in the place of one of Java's. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
@interface InPlaceOf {
    /** Class of the method. */
    Class<?> type();

    /** Name of the method or field; the name of the annotated method, if none is given. */
    String name() default "";

    /** What is replaced. */
    Kind kind() default Kind.STATIC_METHOD;

    /** Kinds of members. */
    enum Kind {
        /** A static method with the same parameters. */
        STATIC_METHOD,
        /** A method of an object, which is the first parameter here. */
        METHOD,
        /** A static field that is read. */
        STATIC_FIELD
    }
}

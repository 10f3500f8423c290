package dev.loomgate.testing;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

import org.junit.jupiter.api.Tag;

/**
 * Tests that may run at the same time as those of other classes with this annotation or with {@link Concurrent}, for the same
 * reasons and with the same exceptions, but one after the other among themselves: they share something, or are many processes
 * each. What they look for in the log they must {@linkplain LogCapture#ofThisTest capture} of themselves alone.
 */
@Documented
@Inherited
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Tag("concurrent")
public @interface ConcurrentClass {
}

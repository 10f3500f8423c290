package dev.loomgate.testing;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * Tests that may run at the same time as each other and as those of other classes with this annotation: {@code mvn verify} runs
 * them some at a time, since most of their time goes into waiting, and all the others one by one in a JVM of their own.
 *
 * <p>Not for tests that count descriptors, threads, processes or lines of the log (but see {@link LogCapture#ofThisTest}), nor for those that change what a JVM has
 * only once, that expect nobody at a port, or that need the whole machine.
 */
@Documented
@Inherited
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Tag("concurrent")
@Execution(ExecutionMode.CONCURRENT)
public @interface Concurrent {
}

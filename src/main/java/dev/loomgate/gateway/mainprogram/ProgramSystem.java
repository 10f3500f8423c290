package dev.loomgate.gateway.mainprogram;

import java.io.Console;
import java.io.FileDescriptor;
import java.io.InputStream;
import java.io.PrintStream;
import java.lang.Thread.UncaughtExceptionHandler;
import java.nio.channels.Channel;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

import dev.loomgate.gateway.mainprogram.InPlaceOf.Kind;

/**
 * What {@code System}, {@code Runtime} and their like are to a program: rewritten code calls these methods instead. A thread that
 * belongs to no request, such as one that Java shares between all, gets what the server itself would, but can't end it.
 */
public final class ProgramSystem {
    private ProgramSystem() {
    }

    private static ExecutionState state() {
        Execution execution = Execution.current();
        return execution == null ? null : execution.state();
    }

    static Execution required(String what) {
        Execution execution = Execution.current();
        if (execution == null) {
            throw new IllegalStateException(what + " is used by thread " + Thread.currentThread().getName()
                    + ", which belongs to no request");
        }
        return execution;
    }

    // ---- streams

    /** Standard input. */
    @InPlaceOf(type = System.class, kind = Kind.STATIC_FIELD)
    public static InputStream in() {
        ExecutionState state = state();
        return state == null ? InputStream.nullInputStream() : state.in();
    }

    /** Standard output. */
    @InPlaceOf(type = System.class, kind = Kind.STATIC_FIELD)
    public static PrintStream out() {
        ExecutionState state = state();
        return state == null ? System.out : state.out();
    }

    /** Standard error. */
    @InPlaceOf(type = System.class, kind = Kind.STATIC_FIELD)
    public static PrintStream err() {
        ExecutionState state = state();
        return state == null ? System.err : state.err();
    }

    /** Replaces standard input. */
    @InPlaceOf(type = System.class)
    public static void setIn(InputStream stream) {
        required("System.setIn").state().in(stream);
    }

    /** Replaces standard output. */
    @InPlaceOf(type = System.class)
    public static void setOut(PrintStream stream) {
        required("System.setOut").state().out(stream);
    }

    /** Replaces standard error. */
    @InPlaceOf(type = System.class)
    public static void setErr(PrintStream stream) {
        required("System.setErr").state().err(stream);
    }

    /** There is none, as in any CGI program. */
    @InPlaceOf(type = System.class)
    public static Console console() {
        return null;
    }

    /** There is none. */
    @InPlaceOf(type = System.class)
    public static Channel inheritedChannel() {
        return null;
    }

    /** Descriptors are the server's. */
    @InPlaceOf(type = FileDescriptor.class, name = "in", kind = Kind.STATIC_FIELD)
    public static FileDescriptor inDescriptor() {
        throw new UnsupportedOperationException("FileDescriptor.in is the server's own standard input; use System.in");
    }

    /** Descriptors are the server's. */
    @InPlaceOf(type = FileDescriptor.class, name = "out", kind = Kind.STATIC_FIELD)
    public static FileDescriptor outDescriptor() {
        throw new UnsupportedOperationException("FileDescriptor.out is the server's own standard output; use System.out");
    }

    /** Descriptors are the server's. */
    @InPlaceOf(type = FileDescriptor.class, name = "err", kind = Kind.STATIC_FIELD)
    public static FileDescriptor errDescriptor() {
        throw new UnsupportedOperationException("FileDescriptor.err is the server's own standard error; use System.err");
    }

    // ---- environment and properties

    /** The variables of the request. */
    @InPlaceOf(type = System.class)
    public static Map<String, String> getenv() {
        ExecutionState state = state();
        return state == null ? Map.of() : state.environment();
    }

    /** A variable of the request. */
    @InPlaceOf(type = System.class)
    public static String getenv(String name) {
        return getenv().get(Objects.requireNonNull(name));
    }

    /** A system property; {@code cgi.name} is the variable NAME, as old wrappers of Java CGI programs passed it. */
    @InPlaceOf(type = System.class)
    public static String getProperty(String key) {
        ExecutionState state = state();
        return state == null || key == null || key.isEmpty() ? System.getProperty(key) : state.property(key);
    }

    /** A system property, or a default. */
    @InPlaceOf(type = System.class)
    public static String getProperty(String key, String otherwise) {
        String value = getProperty(key);
        return value == null ? otherwise : value;
    }

    /** Changes a property, for this request. */
    @InPlaceOf(type = System.class)
    public static String setProperty(String key, String value) {
        return (String) required("System.setProperty").state().properties().setProperty(key, value);
    }

    /** Removes a property, for this request. */
    @InPlaceOf(type = System.class)
    public static String clearProperty(String key) {
        return (String) required("System.clearProperty").state().properties().remove(key);
    }

    /** All properties of this request. */
    @InPlaceOf(type = System.class)
    public static Properties getProperties() {
        return required("System.getProperties").state().properties();
    }

    /** Replaces all properties, for this request. */
    @InPlaceOf(type = System.class)
    public static void setProperties(Properties properties) {
        required("System.setProperties").state().properties(properties);
    }

    /** Whether a property is {@code true}. */
    @InPlaceOf(type = Boolean.class)
    public static boolean getBoolean(String key) {
        return key != null && !key.isEmpty() && Boolean.parseBoolean(getProperty(key));
    }

    /** A property that is a number, or null. */
    @InPlaceOf(type = Integer.class)
    public static Integer getInteger(String key) {
        return getInteger(key, null);
    }

    /** A property that is a number, or a default. */
    @InPlaceOf(type = Integer.class)
    public static Integer getInteger(String key, int otherwise) {
        return getInteger(key, Integer.valueOf(otherwise));
    }

    /** A property that is a number, or a default. */
    @InPlaceOf(type = Integer.class)
    public static Integer getInteger(String key, Integer otherwise) {
        String value = key == null || key.isEmpty() ? null : getProperty(key);
        try {
            return value == null ? otherwise : Integer.decode(value);
        } catch (NumberFormatException e) {
            return otherwise;
        }
    }

    /** A property that is a number, or null. */
    @InPlaceOf(type = Long.class)
    public static Long getLong(String key) {
        return getLong(key, null);
    }

    /** A property that is a number, or a default. */
    @InPlaceOf(type = Long.class)
    public static Long getLong(String key, long otherwise) {
        return getLong(key, Long.valueOf(otherwise));
    }

    /** A property that is a number, or a default. */
    @InPlaceOf(type = Long.class)
    public static Long getLong(String key, Long otherwise) {
        String value = key == null || key.isEmpty() ? null : getProperty(key);
        try {
            return value == null ? otherwise : Long.decode(value);
        } catch (NumberFormatException e) {
            return otherwise;
        }
    }

    // ---- the end

    /** Ends the request's program. */
    @InPlaceOf(type = System.class)
    public static void exit(int status) {
        required("System.exit").exit(status);
    }

    /** Ends the request's program. */
    @InPlaceOf(type = Runtime.class, name = "exit", kind = Kind.METHOD)
    public static void exit(Runtime runtime, int status) {
        exit(status);
    }

    /** Ends the request's program without its hooks. */
    @InPlaceOf(type = Runtime.class, name = "halt", kind = Kind.METHOD)
    public static void halt(Runtime runtime, int status) {
        required("Runtime.halt").halt(status);
    }

    /** Leaves something to do for the end of the request. */
    @InPlaceOf(type = Runtime.class, kind = Kind.METHOD)
    public static void addShutdownHook(Runtime runtime, Thread hook) {
        required("Runtime.addShutdownHook").state().addHook(hook);
    }

    /** Takes it back. */
    @InPlaceOf(type = Runtime.class, kind = Kind.METHOD)
    public static boolean removeShutdownHook(Runtime runtime, Thread hook) {
        return required("Runtime.removeShutdownHook").state().removeHook(hook);
    }

    // ---- threads

    /** The program's own handler for all threads. */
    @InPlaceOf(type = Thread.class)
    public static UncaughtExceptionHandler getDefaultUncaughtExceptionHandler() {
        ExecutionState state = state();
        return state == null ? null : state.uncaught();
    }

    /** Sets the program's own handler for all threads, for this request. */
    @InPlaceOf(type = Thread.class)
    public static void setDefaultUncaughtExceptionHandler(UncaughtExceptionHandler handler) {
        required("Thread.setDefaultUncaughtExceptionHandler").state().uncaught(handler);
    }

    static void uncaught(Thread thread, Throwable failure) {
        Execution execution = Execution.current();
        if (execution != null) {
            execution.uncaught(thread, failure);
        }
    }

    /** Runs a task on a thread of the request. */
    @InPlaceOf(type = CompletableFuture.class)
    public static <T> CompletableFuture<T> supplyAsync(Supplier<T> task) {
        return new ProgramFuture<T>().completeAsync(task);
    }

    /** Runs a task on a thread of the request. */
    @InPlaceOf(type = CompletableFuture.class)
    public static CompletableFuture<Void> runAsync(Runnable task) {
        return new ProgramFuture<Void>().completeAsync(() -> {
            task.run();
            return null;
        });
    }
}

package dev.loomgate.gateway.mainprogram;

import java.util.Collection;
import java.util.stream.Stream;

import dev.loomgate.gateway.mainprogram.InPlaceOf.Kind;

/** Calls that are inserted into a program's code. Safe for use by many threads. */
public final class ProgramHooks {
    private ProgramHooks() {
    }

    /** The static fields of a class of the program, for this request. Called by generated code. */
    public static Statics statics(int index) {
        Execution execution = Execution.current();
        if (execution == null) {
            execution = ProgramSystem.required("a static field");
        }
        return execution.statics(index);
    }

    /** What to lock for the lock of a class of the program: that of one request must not hold up others. */
    public static Object monitor(Object type) {
        Execution execution = Execution.current();
        return execution == null ? type : execution.monitor((Class<?>) type);
    }

    /** Waits for a signal from the lock of an object, or of a class. */
    @InPlaceOf(type = Object.class, name = "wait", kind = Kind.METHOD)
    public static void await(Object locked) throws InterruptedException {
        held(locked).wait();
    }

    /** Waits for a signal from the lock of an object, or of a class. */
    @InPlaceOf(type = Object.class, name = "wait", kind = Kind.METHOD)
    public static void await(Object locked, long millis) throws InterruptedException {
        held(locked).wait(millis);
    }

    /** Signals one that waits. */
    @InPlaceOf(type = Object.class, name = "notify", kind = Kind.METHOD)
    public static void signal(Object locked) {
        held(locked).notify();
    }

    /** Signals all that wait. */
    @InPlaceOf(type = Object.class, name = "notifyAll", kind = Kind.METHOD)
    public static void signalAll(Object locked) {
        held(locked).notifyAll();
    }

    /** Whether the current thread has the lock. */
    @InPlaceOf(type = Thread.class)
    public static boolean holdsLock(Object locked) {
        return Thread.holdsLock(held(locked));
    }

    /** A class may have been locked as what stands for it in this request, or, by way of a variable, as itself. */
    private static Object held(Object locked) {
        Object monitor = locked instanceof Class<?> ? monitor(locked) : locked;
        return Thread.holdsLock(monitor) ? monitor : locked;
    }

    /** A pool of threads, or a timer, that the program has made: its threads end with the request. */
    public static void keep(Object pool) {
        Execution execution = Execution.current();
        if (execution != null) {
            execution.threads().keep(pool);
        }
    }

    /** Called by code that would take every throwable: the end of the program is none for it. */
    public static void caught(Throwable failure) {
        if (failure instanceof ProgramEnd end) {
            throw end;
        }
    }

    /** Called before each jump back: ends what runs for a request that is over. */
    public static void loop() {
        if (Thread.currentThread().isInterrupted()) {
            endIfOver();
        }
    }

    private static void endIfOver() {
        Execution execution = Execution.current();
        if (execution != null && execution.isOver()) {
            throw new ProgramEnd("the request is over");
        }
    }

    /** A stream of a collection that the program's own thread works on. */
    public static <T> Stream<T> stream(Collection<T> collection) {
        return collection.stream();
    }
}

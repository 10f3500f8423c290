package dev.loomgate.gateway.mainprogram;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Timer;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The threads of one execution: the one of main, and platform threads that the program has made, or Java for it, as pools and
 * timers do. These have inherited the context class loader of main's. Safe for use by many threads.
 */
final class ProgramThreads {
    private static final Logger LOGGER = LoggerFactory.getLogger(ProgramThreads.class);
    /** How long a thread may go on after it was interrupted, in nanoseconds, before it is named in the log. */
    private static final long OBEDIENCE = 2_000_000_000L;

    private final Execution execution;
    private final boolean isolated;
    /** A class loader of the request's own, by which its threads are told from others. */
    private final ClassLoader mark;
    private final Thread main;
    private final Collection<Object> pools = new ConcurrentLinkedQueue<>();
    private volatile boolean expected;
    /** When threads were first told to end, in nanoseconds; 0 if they were not. */
    private volatile long interruptedAt;
    private boolean reported;

    ProgramThreads(Execution execution, Isolation isolation, Runnable task) {
        this.execution = execution;
        this.isolated = isolation == Isolation.REQUEST;
        this.mark = new ClassLoader("request", execution.loader()) { };
        this.main = Thread.ofVirtual().name("main").inheritInheritableThreadLocals(false).unstarted(task);
        main.setContextClassLoader(mark);
    }

    /** Starts main. */
    void start() {
        main.start();
    }

    boolean isMain(Thread thread) {
        return thread == main;
    }

    /** There are, or will be, more than main's. */
    void expect() {
        expected = true;
    }

    /** A pool or a timer, to be shut down at the end. With shared static fields it may be for other requests too. */
    void keep(Object pool) {
        if (isolated) {
            pools.add(pool);
        }
    }

    /** As the JVM does after main: waits for the program's threads but for daemons. */
    void awaitOthers() throws InterruptedException {
        while (expected && !execution.isOver()) {
            Optional<Thread> thread = find().stream().filter(one -> !one.isDaemon()).findFirst();
            if (thread.isEmpty()) {
                return;
            }
            thread.get().join();
        }
    }

    /** Those that are alive, but for main's. With shared static fields they may be for other requests too, and are none. */
    List<Thread> alive() {
        return expected && isolated ? find() : List.of();
    }

    private List<Thread> find() {
        ThreadGroup root = Thread.currentThread().getThreadGroup();
        while (root.getParent() != null) {
            root = root.getParent();
        }
        Thread[] all = new Thread[root.activeCount() + 16];
        int count = root.enumerate(all);
        while (count == all.length) {
            all = new Thread[all.length * 2];
            count = root.enumerate(all);
        }
        List<Thread> found = new ArrayList<>();
        for (Thread thread : Arrays.asList(all).subList(0, count)) {
            if (thread.getContextClassLoader() == mark && thread.isAlive()) {
                found.add(thread);
            }
        }
        return found;
    }

    /** Tells all threads but the current one to end. */
    void interruptAll() {
        for (Object pool : pools) {
            if (pool instanceof ExecutorService service) {
                service.shutdownNow();
            } else if (pool instanceof Timer timer) {
                timer.cancel();
            }
        }
        List<Thread> threads = alive();
        if (!execution.isMainEnded()) {
            interrupt(main);
        }
        threads.forEach(this::interrupt);
    }

    private void interrupt(Thread thread) {
        if (thread != Thread.currentThread()) {
            if (interruptedAt == 0) {
                interruptedAt = Math.max(1, System.nanoTime());
            }
            thread.interrupt();
        }
    }

    /** Tells those that go on once more to end, and the log which do not. Called from time to time. */
    void insist() {
        if (interruptedAt != 0 && !reported && System.nanoTime() - interruptedAt > OBEDIENCE) {
            reported = true;
            if (!execution.isMainEnded()) {
                report(main);
            }
            alive().forEach(this::report);
        } else {
            // main has called exit and its code goes on, or one has not listened
            interruptAll();
        }
    }

    private void report(Thread thread) {
        var stack = new Throwable("where it is");
        stack.setStackTrace(thread.getStackTrace());
        execution.event(LOGGER.atError()).addKeyValue("thread", thread.getName()).setCause(stack)
                .log("a thread of the program goes on although it was interrupted: it can't be ended");
    }
}

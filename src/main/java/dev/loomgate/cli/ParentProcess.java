package dev.loomgate.cli;

import java.time.Duration;
import java.util.Optional;

/**
 * The process that started this one, where the two are to end together: Maven, whose exec plugin leaves what it started
 * running when it is itself ended by a signal.
 */
public final class ParentProcess {
    /** System property with the process id; set by the launcher when Maven starts it. */
    static final String PROPERTY = "loomgate.parent";

    private static final Duration INTERVAL = Duration.ofMillis(300);
    private static final int STATUS_AFTER_TERM = 128 + 15;

    private ParentProcess() {
    }

    /**
     * If a parent was named, sends this process SIGTERM within half a second of the parent's end. Otherwise does nothing. Call
     * once, first thing in {@code main}.
     */
    public static void endTogether() {
        Long parent = Long.getLong(PROPERTY);
        if (parent != null) {
            Thread.ofPlatform().daemon().name("parent-process").start(() -> awaitEnd(parent));
        }
    }

    // Not ProcessHandle.onExit: for a process that is no child, its checks become five seconds apart.
    private static void awaitEnd(long pid) {
        Optional<ProcessHandle> parent = ProcessHandle.of(pid);
        try {
            while (parent.isPresent() && parent.get().isAlive()) {
                Thread.sleep(INTERVAL);
            }
        } catch (InterruptedException e) {
            return;
        }
        terminate();
    }

    private static void terminate() {
        try {
            // by reflection, since the compiler warns at each use of this class; there is no other for it
            Class<?> signal = Class.forName("sun.misc.Signal");
            signal.getMethod("raise", signal).invoke(null, signal.getConstructor(String.class).newInstance("TERM"));
        } catch (ReflectiveOperationException | IllegalArgumentException e) {
            // the module jdk.unsupported is not there, or the JVM runs with -Xrs
            System.exit(STATUS_AFTER_TERM);
        }
    }
}

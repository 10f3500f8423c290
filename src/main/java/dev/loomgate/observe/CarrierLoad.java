package dev.loomgate.observe;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.HashMap;
import java.util.Map;

/** Tells whether a carrier of virtual threads has had much to do since it was last asked. For one thread. */
final class CarrierLoad {
    /** So little, in per cent of a processor, may be all that a thread that computes on and on gets on a busy machine. */
    private static final int BUSY = 10;

    private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    private final ThreadGroup root = root();
    /** Processor time by thread, in nanoseconds, when it was looked at last. */
    private Map<Long, Long> times = new HashMap<>();
    private long looked = System.nanoTime();

    private static ThreadGroup root() {
        ThreadGroup group = Thread.currentThread().getThreadGroup();
        while (group.getParent() != null) {
            group = group.getParent();
        }
        return group;
    }

    /** Whether one was busy; always where Java does not say. */
    boolean isHigh() {
        long now = System.nanoTime();
        long most = (now - looked) * BUSY / 100;
        looked = now;
        Map<Long, Long> before = times;
        times = new HashMap<>();
        boolean high = !threads.isThreadCpuTimeSupported() || !threads.isThreadCpuTimeEnabled();
        Thread[] all = new Thread[root.activeCount() + 64];
        for (int i = root.enumerate(all) - 1; i >= 0; i--) {
            if (isCarrier(all[i])) {
                long time = threads.getThreadCpuTime(all[i].threadId());
                times.put(all[i].threadId(), time);
                high |= time - before.getOrDefault(all[i].threadId(), 0L) >= most;
            }
        }
        return high;
    }

    /** Java has no name for them in its interface; they are those of the one pool that runs virtual threads. */
    private static boolean isCarrier(Thread thread) {
        return thread.getClass().getSimpleName().equals("CarrierThread");
    }
}

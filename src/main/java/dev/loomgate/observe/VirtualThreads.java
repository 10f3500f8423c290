package dev.loomgate.observe;

import java.lang.management.ManagementFactory;
import java.lang.management.PlatformManagedObject;
import java.lang.reflect.Method;
import java.util.Optional;

/**
 * The scheduler of virtual threads, as Java 24 and later shows it ({@code jdk.management.VirtualThreadSchedulerMXBean}); by
 * reflection, since the code has to run on 21. Safe for use by many threads.
 */
final class VirtualThreads {
    private final Object bean;

    private VirtualThreads(Object bean) {
        this.bean = bean;
    }

    /**
     * The scheduler at a moment.
     *
     * @param parallelism carriers that it aims for
     * @param carriers    carriers that there are
     * @param mounted     virtual threads that run, each on a carrier
     * @param queued      virtual threads that wait for a carrier
     */
    record Scheduler(int parallelism, int carriers, int mounted, long queued) {
    }

    static VirtualThreads ofThisJvm() {
        try {
            Class<? extends PlatformManagedObject> type = Class.forName("jdk.management.VirtualThreadSchedulerMXBean")
                    .asSubclass(PlatformManagedObject.class);
            return new VirtualThreads(ManagementFactory.getPlatformMXBean(type));
        } catch (ClassNotFoundException e) {
            return new VirtualThreads(null);
        }
    }

    /** Empty if this Java does not tell. */
    Optional<Scheduler> scheduler() {
        return bean == null ? Optional.empty()
                : Optional.of(new Scheduler((int) ask("getParallelism"), (int) ask("getPoolSize"),
                        (int) ask("getMountedVirtualThreadCount"), ask("getQueuedVirtualThreadCount")));
    }

    private long ask(String question) {
        try {
            Method method = Class.forName("jdk.management.VirtualThreadSchedulerMXBean").getMethod(question);
            return ((Number) method.invoke(bean)).longValue();
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("the scheduler of virtual threads does not tell " + question, e);
        }
    }
}

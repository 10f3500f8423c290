package dev.loomgate.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.lang.management.ManagementFactory;
import java.time.Duration;

import org.awaitility.Awaitility;

/**
 * What this process holds.
 *
 * @param threads     platform threads
 * @param descriptors open files; 0 where that is not known
 * @param heap        bytes of the heap after garbage collection
 */
public record Footprint(int threads, int descriptors, long heap) {
    private static final int SOME = 8;
    private static final long SOME_HEAP = 24L << 20;

    /** What it holds now. */
    public static Footprint now() {
        System.gc();
        File[] open = new File("/proc/self/fd").listFiles();
        return new Footprint(ManagementFactory.getThreadMXBean().getThreadCount(), open == null ? 0 : open.length,
                ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
    }

    /** Fails unless the process soon holds as much as now, but for what a virtual machine and the tests keep for themselves. */
    public void assertNothingLeaked() {
        Awaitility.await().atMost(Duration.ofSeconds(20)).pollInterval(Duration.ofMillis(500)).untilAsserted(() -> {
            Footprint now = now();
            assertThat(now.threads()).as("threads, of which there were %s", threads).isLessThanOrEqualTo(threads + SOME);
            assertThat(now.descriptors()).as("descriptors, of which there were %s", descriptors)
                    .isLessThanOrEqualTo(descriptors + SOME);
            assertThat(now.heap()).as("bytes of the heap, of which there were %s", heap).isLessThan(heap + SOME_HEAP);
        });
    }
}

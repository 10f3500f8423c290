package dev.loomgate.guard;

import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.lang.management.MemoryUsage;
import java.util.List;
import java.util.OptionalDouble;

/**
 * Percentage of the heap that was in use after the last garbage collection, of the pool of long-lived objects: what the program
 * really needs. For the one thread that looks at the machine.
 */
final class Heap implements Measure {
    /** Without traffic there would be no collection, and what the last one found would keep the traffic out for ever. */
    private static final int READINGS_TO_COLLECTION = 10;

    private List<MemoryPoolMXBean> pools;
    private int readings;

    @Override
    public OptionalDouble read(boolean closed) {
        if (pools == null) {
            // eden and survivors, which a collection may leave full or empty, support no threshold
            pools = ManagementFactory.getMemoryPoolMXBeans().stream()
                    .filter(pool -> pool.getType() == MemoryType.HEAP && pool.isUsageThresholdSupported()).toList();
        }
        readings = closed ? readings + 1 : 0;
        if (readings == READINGS_TO_COLLECTION) {
            System.gc();
            readings = 0;
        }
        return pools.stream().mapToDouble(Heap::used).max();
    }

    private static double used(MemoryPoolMXBean pool) {
        MemoryUsage usage = pool.getCollectionUsage();
        return usage == null || usage.getMax() <= 0 ? 0 : 100.0 * usage.getUsed() / usage.getMax();
    }
}

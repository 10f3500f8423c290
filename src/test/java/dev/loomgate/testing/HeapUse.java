package dev.loomgate.testing;

import java.lang.management.ManagementFactory;
import java.lang.management.MemoryType;

/** What of this JVM's heap is in use. */
public final class HeapUse {
    private HeapUse() {
    }

    /** Collects, and tells how much is left: per cent of the fullest part of the heap that has a limit. */
    public static double percentAfterCollection() {
        System.gc();
        return ManagementFactory.getMemoryPoolMXBeans().stream()
                .filter(pool -> pool.getType() == MemoryType.HEAP && pool.isUsageThresholdSupported())
                .mapToDouble(pool -> 100.0 * pool.getCollectionUsage().getUsed() / pool.getCollectionUsage().getMax())
                .max().orElseThrow();
    }
}

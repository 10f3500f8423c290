package dev.loomgate.observe;

import java.lang.management.ManagementFactory;

import com.sun.management.UnixOperatingSystemMXBean;

/** How many of the descriptors that the process may have are open. To count them takes one, and time with their number. */
final class DescriptorUse {
    private static final int FEW = 64;

    private DescriptorUse() {
    }

    /** Whether most are in use, or all. */
    static boolean isHigh() {
        return free() < 0.25;
    }

    /** Whether most are free, and not just a few. */
    static boolean isLow() {
        return free() > 0.5;
    }

    private static double free() {
        if (!(ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system)) {
            return 1;
        }
        try {
            long most = system.getMaxFileDescriptorCount();
            long free = most - system.getOpenFileDescriptorCount();
            return free < FEW ? 0 : (double) free / most;
        } catch (InternalError e) {
            // there is none left to look with
            return 0;
        }
    }
}

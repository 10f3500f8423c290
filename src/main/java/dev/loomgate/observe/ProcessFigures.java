package dev.loomgate.observe;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import com.sun.management.OperatingSystemMXBean;

/** What this process takes of the machine. Safe for use by many threads. */
final class ProcessFigures {
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final Pattern RESIDENT = Pattern.compile("VmRSS:\\s+(\\d+) kB");

    private final OperatingSystemMXBean system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    /** Processor time since the start, in seconds, of all threads. */
    double cpuSeconds() {
        return system.getProcessCpuTime() / 1e9;
    }

    /** Part of all processors that is busy, whoever keeps them so, 0 to 1; NaN if it is not known. */
    double systemCpu() {
        double load = system.getCpuLoad();
        return load < 0 ? Double.NaN : load;
    }

    int processors() {
        return system.getAvailableProcessors();
    }

    /** Bytes of the heap that are taken, garbage included. */
    long heapUsed() {
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    /** Bytes that the heap may take. */
    long heapMax() {
        return Runtime.getRuntime().maxMemory();
    }

    /** Bytes of memory that the process has; NaN if it is not known. */
    double residentBytes() {
        try {
            Matcher matcher = RESIDENT.matcher(Files.readString(STATUS));
            return matcher.find() ? Long.parseLong(matcher.group(1)) * 1024.0 : Double.NaN;
        } catch (IOException e) {
            return Double.NaN;
        }
    }
}

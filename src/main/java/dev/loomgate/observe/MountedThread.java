package dev.loomgate.observe;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A virtual thread that holds a carrier, in a dump of the JVM's platform threads.
 *
 * @param thread    its number
 * @param carrier   the carrier's number
 * @param cpuMillis processor time that the carrier has had since it was started
 * @param waits     whether it waits for something and can't let go of the carrier meanwhile: it is pinned
 * @param frames    its stack, the innermost first, as in any trace: {@code a.Class.method(File.java:7)}; empty before Java 23,
 *                  which does not tell
 */
record MountedThread(long thread, long carrier, long cpuMillis, boolean waits, List<String> frames) {
    private static final Pattern HEAD = Pattern.compile("\".*\" #([0-9]+) .*\\bcpu=([0-9]+)\\.[0-9]+ms .*");
    private static final Pattern CARRYING = Pattern.compile("\\s+Carrying virtual thread #([0-9]+)");
    private static final Pattern MOUNTED = Pattern.compile("\\s+Mounted virtual thread #[0-9]+");
    private static final String FRAME = "\tat ";
    private static final String BLOCKED = "\t- waiting to lock";
    /** What Java runs for a virtual thread that must wait and is pinned; it stands among the innermost frames. */
    private static final String PARKED = "java.lang.VirtualThread.parkOnCarrierThread(";
    private static final String WAITS = "java.lang.Object.wait0(";
    private static final int INNERMOST = 6;
    /** The outermost frames are the same for all virtual threads. */
    private static final String BEGIN = "java.lang.VirtualThread.run(";

    /** Two looks that are equal in this are at one thread which may not have paused. */
    record Place(long thread, long carrier) {
    }

    Place place() {
        return new Place(thread, carrier);
    }

    /** Whether it runs native code, which may be what takes long. */
    boolean isNative() {
        return !frames.isEmpty() && frames.getFirst().endsWith("Native Method)");
    }

    /** Reads a dump as {@code jcmd PID Thread.print} writes it. */
    static List<MountedThread> of(String dump) {
        var found = new ArrayList<MountedThread>();
        One one = null;
        for (String line : (Iterable<String>) dump.lines()::iterator) {
            if (line.startsWith("\"")) {
                add(one, found);
                Matcher head = HEAD.matcher(line);
                one = head.matches() ? new One(Long.parseLong(head.group(1)), Long.parseLong(head.group(2))) : null;
            } else if (one != null) {
                one.add(line);
            }
        }
        add(one, found);
        return found;
    }

    private static void add(One one, List<MountedThread> found) {
        if (one != null && one.thread > 0) {
            found.add(one.whole());
        }
    }

    /** A platform thread as its lines come. */
    private static final class One {
        private final long carrier;
        private final long cpuMillis;
        private final List<String> frames = new ArrayList<>();
        private long thread;
        private boolean mounted;
        private boolean begun;
        private boolean waits;

        private One(long carrier, long cpuMillis) {
            this.carrier = carrier;
            this.cpuMillis = cpuMillis;
        }

        private void add(String line) {
            if (mounted) {
                addOfMounted(line);
                return;
            }
            Matcher carrying = CARRYING.matcher(line);
            if (carrying.matches()) {
                thread = Long.parseLong(carrying.group(1));
            }
            mounted = MOUNTED.matcher(line).matches();
        }

        private void addOfMounted(String line) {
            if (line.startsWith(BLOCKED) && frames.size() == 1) {
                waits = true;
            }
            if (!line.startsWith(FRAME) || begun) {
                return;
            }
            String frame = line.substring(FRAME.length());
            begun = frame.startsWith(BEGIN);
            if (!begun) {
                waits |= frame.startsWith(PARKED) && frames.size() < INNERMOST || frame.startsWith(WAITS) && frames.isEmpty();
                frames.add(frame);
            }
        }

        private MountedThread whole() {
            return new MountedThread(thread, carrier, cpuMillis, waits, List.copyOf(frames));
        }
    }
}

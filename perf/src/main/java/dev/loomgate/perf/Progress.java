package dev.loomgate.perf;

import java.io.PrintStream;
import java.time.Duration;

/** Says on the terminal what goes on, and about how long the rest will take. */
final class Progress {
    private final PrintStream out;
    private final double planned;
    private final long start = System.nanoTime();
    private double done;

    /** {@code planned}: seconds that all is thought to take. */
    Progress(PrintStream out, double planned) {
        this.out = out;
        this.planned = planned;
    }

    void say(String what) {
        double share = Math.min(0.99, done / planned);
        // what is done took longer or shorter than was thought, and so will the rest; at first, that is not known
        double pace = done < 5 ? 1 : elapsed() / done;
        long left = Math.round(Math.max(0, planned - done) * pace);
        out.printf("[%2.0f %%, %d:%02d left] %s%n", 100 * share, left / 60, left % 60, what);
    }

    /** So many of the planned seconds are over. */
    void finished(double seconds) {
        done += seconds;
    }

    double elapsed() {
        return Duration.ofNanos(System.nanoTime() - start).toMillis() / 1e3;
    }
}

package dev.loomgate.guard;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One gate for each measure of the machine that has levels; connections are let in when all are open. */
final class Gates {
    private static final Logger LOGGER = LoggerFactory.getLogger(Gates.class);
    /**
     * Measurements in a row that may fail where there was one before, and change nothing: under overload there may be no descriptor left
     * for the file, and that is no time to let everybody in.
     */
    private static final int MOST_MISSED = 60;

    private final List<Gate> gates = new ArrayList<>();
    private volatile Reason closedBy;

    private static final class Gate {
        private final Reason reason;
        private final Watermark levels;
        private final Measure measure;
        private volatile boolean closed;
        private boolean blind;
        /** Whether there was a value lately. */
        private volatile boolean measured;
        private int missed;

        Gate(Reason reason, Watermark levels, Measure measure) {
            this.reason = reason;
            this.levels = levels;
            this.measure = measure;
        }

        void succeed(Gate before) {
            closed = before.closed;
            measured = before.measured;
        }

        boolean isClosed() {
            OptionalDouble read = measure.read(closed);
            if (read.isEmpty()) {
                missed++;
                if (!measured || missed == MOST_MISSED) {
                    measured = false;
                    reportBlind();
                    closed = false;
                }
                return closed;
            }
            measured = true;
            missed = 0;
            blind = false;
            double value = read.getAsDouble();
            boolean before = closed;
            closed = closed ? value >= levels.goBelow() : value > levels.stopAbove();
            if (closed != before) {
                report(value);
            }
            return closed;
        }

        private void reportBlind() {
            if (!blind) {
                blind = true;
                LOGGER.atWarn().addKeyValue("measure", reason.label())
                        .log("this can't be measured on this machine: its levels have no effect");
            }
        }

        private void report(double value) {
            // once a change: the two levels are there so that these are few
            LOGGER.atWarn().addKeyValue("measure", reason.label()).addKeyValue("value", Math.round(value * 100) / 100.0)
                    .addKeyValue("stopAbove", levels.stopAbove()).addKeyValue("goBelow", levels.goBelow())
                    .log(closed ? "overload: no new connections" : "overload is over: new connections again");
        }
    }

    /** @param before in whose place these come, so that what is closed stays so between its two levels; null if there are none */
    Gates(GuardSettings settings, Gates before) {
        var machine = new Machine(settings.proc, settings.cgroups);
        settings.watermarks.forEach((reason, levels) -> {
            var gate = new Gate(reason, levels, machine.measure(reason));
            if (before != null) {
                before.gates.stream().filter(one -> one.reason == reason).forEach(gate::succeed);
            }
            closedBy = gate.closed ? reason : closedBy;
            gates.add(gate);
        });
    }

    /** Looks at all measures; by one thread. */
    void sample() {
        Reason found = null;
        for (Gate gate : gates) {
            if (gate.isClosed()) {
                found = gate.reason;
            }
        }
        closedBy = found;
    }

    /** Why nobody is let in at present, or null. */
    Reason closedBy() {
        return closedBy;
    }
}

package dev.loomgate.perf;

import dev.loomgate.perf.load.Outcome;
import dev.loomgate.perf.server.Usage;

/**
 * What was measured of one server in one round.
 *
 * @param tool which load generator; empty if the scenario needs none
 * @param outcome what the clients saw; null if there were none
 * @param usage what the server's processes used meanwhile; null if that is not what was measured
 * @param serverBusy how busy the server's processor was, 0 to 1
 * @param loadBusy how busy the load generator's was
 * @param value the figure of a scenario that is not about requests, in its unit; NaN if it is
 */
record Turn(String scenario, String server, int round, String tool, Outcome outcome, Usage usage, double serverBusy,
        double loadBusy, double value) {
    static Turn ofValue(String scenario, String server, int round, double value) {
        return new Turn(scenario, server, round, "", null, null, Double.NaN, Double.NaN, value);
    }

    /** The figure that servers are compared by: requests a second, or the scenario's own. */
    double figure() {
        return outcome == null ? value : outcome.rate();
    }

    long errors() {
        return outcome == null ? 0 : outcome.failed();
    }

    double cpuMicros() {
        return usage == null || outcome == null || outcome.requests() == 0 ? Double.NaN
                : usage.seconds() * 1e6 / outcome.requests();
    }

    double systemShare() {
        return usage == null || usage.seconds() == 0 ? Double.NaN : usage.systemSeconds() / usage.seconds();
    }
}

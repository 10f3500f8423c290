package dev.loomgate.perf;

import java.util.List;

import dev.loomgate.perf.server.ServerType.Ability;

/**
 * Something to measure.
 *
 * @param name what users name it by
 * @param title its heading
 * @param text what it is about, in a sentence or two
 * @param ability what a server must be able to do
 * @param path what is asked for
 * @param connections clients at once
 * @param rate requests a second, for {@link Kind#OPEN}
 * @param wrk whether wrk is used if it is installed
 * @param quick the servers of the quick profile; empty if it is not in it
 * @param full the servers of the full profile; empty for all that have the ability
 */
record Scenario(String name, String title, String text, Kind kind, Ability ability, String path, int connections,
        double rate, boolean wrk, List<String> quick, List<String> full) {
    /** What is asked for while a server warms up: what passes a handler or a script on that takes long would be compiled late. */
    String warmUpPath() {
        return path.startsWith("/wait/") ? "/wait/10" : path.replace("/fork/pet.", "/fork/hello.");
    }

    /** How it is measured. */
    enum Kind {
        /** Closed loop. */
        CLOSED("requests/s"),
        /** Constant rate. */
        OPEN("requests/s"),
        /** Closed loop, a connection for each request. */
        CHURN("requests/s"),
        /** Closed loop while others read slowly. */
        SLOW_READERS("requests/s"),
        /** Heap of an idle connection, in bytes. */
        IDLE("bytes"),
        /** Heap that a request leaves behind, in bytes. */
        ALLOCATION("bytes"),
        /** Start to first answer. */
        START("ms"),
        /** Start to 90 % of the final rate. */
        PEAK("s");

        final String unit;

        Kind(String unit) {
            this.unit = unit;
        }

        boolean isRate() {
            return unit.equals("requests/s");
        }
    }
}

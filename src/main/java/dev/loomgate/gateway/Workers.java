package dev.loomgate.gateway;

import java.time.Instant;
import java.util.Optional;

/**
 * How the processes do that a gateway keeps.
 *
 * @param restarts  how often one was started in the place of one that had ended, since the start of the server
 * @param lastEnd   which one has ended last without being asked to, and how
 * @param ended     when that was
 * @param nextStart when one is started again that ended several times in a row, if one waits for that
 */
public record Workers(long restarts, Optional<String> lastEnd, Optional<Instant> ended, Optional<Instant> nextStart) {
    /** Of a gateway that keeps no processes, or whose processes have all been well. */
    public static final Workers WELL = new Workers(0, Optional.empty(), Optional.empty(), Optional.empty());
}

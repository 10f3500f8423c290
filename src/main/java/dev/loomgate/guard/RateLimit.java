package dev.loomgate.guard;

/**
 * How much of something a connection may do in a second.
 *
 * @param soft above this, each further unit in that second has to wait; {@link #NONE} for no such level
 * @param hard above this, the connection is closed; {@link #NONE} for no such level
 */
public record RateLimit(long soft, long hard) {
    /** No level. */
    public static final long NONE = Long.MAX_VALUE;
    /** No limit at all. */
    public static final RateLimit OFF = new RateLimit(NONE, NONE);

    public RateLimit {
        if (soft < 1 || hard < 1 || hard != NONE && soft != NONE && soft > hard) {
            throw new IllegalArgumentException("a rate of " + soft + " (soft) and " + hard
                    + " (hard): both must be 1 or more, and the soft one not above the hard one");
        }
    }

    /** Whether there is any level. */
    public boolean isOn() {
        return soft != NONE || hard != NONE;
    }
}

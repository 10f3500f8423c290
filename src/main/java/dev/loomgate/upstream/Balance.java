package dev.loomgate.upstream;

/** Which server of a group gets the next request. */
public enum Balance {
    /** Each in turn, as often as its weight says. */
    ROUND_ROBIN,
    /** The one with the fewest requests for its weight. */
    LEAST_CONNECTIONS,
    /** The one of two chosen at random that has fewer. */
    RANDOM,
    /** The same for the same client address, for as long as it is there. */
    CLIENT_ADDRESS
}

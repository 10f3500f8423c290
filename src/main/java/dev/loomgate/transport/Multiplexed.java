package dev.loomgate.transport;

/** A protocol that serves several requests of a connection at once. Called by any thread; returns without waiting. */
public interface Multiplexed {
    /**
     * The server wants the connection to end: the client is to be told to send no more requests; those that it has sent are
     * served. May be called any number of times.
     */
    void endGently();

    /** Looks after what takes time; called about every half second. */
    void sweep();
}

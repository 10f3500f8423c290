package dev.loomgate.config;

/**
 * What runs each connection.
 *
 * @param model kind of thread
 * @param pool  number of platform threads of each listener, 1 to 10000; not used by virtual threads; default 200
 * @param watch whether virtual threads that keep their carrier are looked for; default false: when the process runs out of
 *              descriptors, the flight recorder that looks ends the JVM
 */
public record ThreadsConfig(Model model, int pool, boolean watch) {
    /** A virtual thread for each connection. */
    public static final ThreadsConfig DEFAULT = new ThreadsConfig(Model.VIRTUAL, 200, false);

    /** Kind of thread. */
    public enum Model {
        /** A virtual thread for each connection. */
        VIRTUAL,
        /** A bounded pool of platform threads, a connection to a thread. */
        PLATFORM
    }
}

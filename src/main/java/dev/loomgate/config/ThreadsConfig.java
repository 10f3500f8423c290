package dev.loomgate.config;

/**
 * What runs each connection.
 *
 * @param model kind of thread
 * @param pool  number of platform threads of each listener, 1 to 10000; not used by virtual threads; default 200
 * @param watch how virtual threads that keep their carrier are looked for; default by their stacks
 */
public record ThreadsConfig(Model model, int pool, Watch watch) {
    /** A virtual thread for each connection. */
    public static final ThreadsConfig DEFAULT = new ThreadsConfig(Model.VIRTUAL, 200, Watch.STACKS);

    /** Kind of thread. */
    public enum Model {
        /** A virtual thread for each connection. */
        VIRTUAL,
        /** A bounded pool of platform threads, a connection to a thread. */
        PLATFORM
    }

    /** How virtual threads that keep their carrier are looked for. */
    public enum Watch {
        /** Not at all. */
        OFF,
        /** Once in a second, by the stacks of those that run. */
        STACKS,
        /** So, and with Java's flight recorder, which ends the JVM if it lacks a descriptor. */
        RECORDER
    }
}

package dev.loomgate.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Which connections are let in, and how much each may do.
 *
 * @param maxConnections           most connections at a time, {@link #AUTO} or {@link #UNLIMITED}; default auto
 * @param whenFull                 what happens to those for whom there is no room; default close
 * @param retryAfter               when they are told to come again; default 10s
 * @param maxConnectionsPerAddress most connections of one address at a time, or {@link #UNLIMITED}, the default
 * @param fair                     whether requests of one address wait for each other when processors are short; default false
 * @param exempt                   networks that have no limits of an address or a connection
 * @param addresses                who is let in at all
 * @param overload                 levels of measures above which nobody is let in
 * @param requestsPerSecond        requests of one connection
 * @param bytesInPerSecond         bytes from one connection
 * @param bytesOutPerSecond        bytes to one connection
 * @param minBodyRate              bytes a second that a body must bring on average; default 240; 0 for none
 * @param minResponseRate          bytes a second of a response that a client of HTTP/2 must take on average; default 240; 0 for none
 * @param maxStreams               most requests that a connection of HTTP/2 may have at once, 1 to 10000; default 100
 * @param probes                   how the operating system looks for clients that are gone; default not at all
 */
public record ConnectionGuardConfig(int maxConnections, WhenFull whenFull, Duration retryAfter, int maxConnectionsPerAddress,
                                    boolean fair, List<String> exempt, Addresses addresses, Map<Measure, Levels> overload,
                                    Rate requestsPerSecond, Rate bytesInPerSecond, Rate bytesOutPerSecond, long minBodyRate,
                                    long minResponseRate, int maxStreams,
                                    Optional<Probes> probes) {
    /** As many connections as the limit of open files allows. */
    public static final int AUTO = 0;
    /** No limit. */
    public static final int UNLIMITED = Integer.MAX_VALUE;
    /** The limits of a configuration that names none. */
    public static final ConnectionGuardConfig DEFAULT = new ConnectionGuardConfig(AUTO, WhenFull.CLOSE, Duration.ofSeconds(10),
            UNLIMITED, false, List.of(), new Addresses(List.of(), List.of(), List.of(), List.of()), Map.of(), Rate.OFF, Rate.OFF,
            Rate.OFF, 240, 240, 100, Optional.empty());

    /** Copies the lists. */
    public ConnectionGuardConfig {
        exempt = List.copyOf(exempt);
        overload = Map.copyOf(overload);
    }

    /** What happens to a connection for which there is no room. */
    public enum WhenFull {
        /** It is closed. */
        CLOSE,
        /** It is answered with 503 and Retry-After. */
        REFUSE
    }

    /** Something about the machine that can be too much. */
    public enum Measure {
        /** Load average of a minute. */
        LOAD,
        /** Percentage of time in which a task waited for a processor. */
        CPU_PRESSURE,
        /** Percentage of time in which a task waited for memory. */
        MEMORY_PRESSURE,
        /** Percentage of time in which a task waited for a disk. */
        IO_PRESSURE,
        /** Percentage of memory in use. */
        MEMORY,
        /** Percentage of swap space in use. */
        SWAP,
        /** Percentage of the heap in use after garbage collection. */
        HEAP
    }

    /**
     * Levels of a measure.
     *
     * @param stopAbove above this, nobody is let in
     * @param goBelow   below this, everybody is again
     */
    public record Levels(double stopAbove, double goBelow) {
    }

    /**
     * How much a connection may do in a second.
     *
     * @param soft above this it is slowed down; {@link Long#MAX_VALUE} for no such level
     * @param hard above this it is closed; {@link Long#MAX_VALUE} for no such level
     */
    public record Rate(long soft, long hard) {
        /** No limit. */
        public static final Rate OFF = new Rate(Long.MAX_VALUE, Long.MAX_VALUE);
    }

    /**
     * Who is let in at all.
     *
     * @param allow      if there are any here or in files, only these networks are let in
     * @param deny       networks that are not let in, also if they are allowed
     * @param allowFiles files of such networks, a line each
     * @param denyFiles  files of such networks, a line each
     */
    public record Addresses(List<String> allow, List<String> deny, List<Path> allowFiles, List<Path> denyFiles) {
        /** Copies the lists. */
        public Addresses {
            allow = List.copyOf(allow);
            deny = List.copyOf(deny);
            allowFiles = List.copyOf(allowFiles);
            denyFiles = List.copyOf(denyFiles);
        }
    }

    /**
     * How the operating system looks for clients that are gone.
     *
     * @param idle     silence before the first probe; default 60s
     * @param interval time between probes; default 10s
     * @param count    probes without an answer before the connection is given up; default 6
     */
    public record Probes(Duration idle, Duration interval, int count) {
    }
}

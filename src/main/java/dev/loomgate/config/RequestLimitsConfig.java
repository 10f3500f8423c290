package dev.loomgate.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What requests are held to, those of a route or all. Every limit is off by default.
 *
 * @param concurrentRequests how many at once
 * @param requestRate        how many in a time
 * @param requestTimeout     how long each may take in all
 * @param allow              networks whose clients alone are let in; empty for all
 * @param allowFiles         files of such networks, one a line
 * @param deny               networks whose clients are not let in
 * @param denyFiles          files of such networks, one a line
 */
public record RequestLimitsConfig(Optional<Concurrency> concurrentRequests, Optional<Rate> requestRate,
                                  Optional<Duration> requestTimeout, List<String> allow, List<Path> allowFiles,
                                  List<String> deny, List<Path> denyFiles) {
    /** No limit. */
    public static final RequestLimitsConfig NONE =
            new RequestLimitsConfig(Optional.empty(), Optional.empty(), Optional.empty(), List.of(), List.of(), List.of(),
                    List.of());

    /** Copies the lists. */
    public RequestLimitsConfig {
        allow = List.copyOf(allow);
        allowFiles = List.copyOf(allowFiles);
        deny = List.copyOf(deny);
        denyFiles = List.copyOf(denyFiles);
    }

    /**
     * How many requests at once.
     *
     * @param permits      how many are worked on
     * @param queue        how many more may wait, 0 to 1000000; default 0
     * @param queueTimeout how long one waits at most; default 10s
     */
    public record Concurrency(Permits permits, int queue, Duration queueTimeout) {
    }

    /** How many requests are worked on at once. */
    public sealed interface Permits {
    }

    /** Always as many, 1 to 1000000. */
    public record Fixed(int limit) implements Permits {
    }

    /**
     * As many as are worked on without getting slow.
     *
     * @param min     least, 1 to 1000000; default 20
     * @param max     most, 1 to 1000000; default 1000
     * @param latency a request that takes longer counts as slow; default 5s
     */
    public record Adaptive(int min, int max, Duration latency) implements Permits {
    }

    /**
     * How many requests in a time.
     *
     * @param rate   requests in each period, 1 to 1000000
     * @param period length of the period; default a second
     * @param burst  requests that may come at once, 1 to 1000000; default the rate
     * @param of     whose requests are counted together
     * @param exempt networks whose requests are not counted
     */
    public record Rate(int rate, Duration period, int burst, Of of, List<String> exempt) {
        /** Copies the list. */
        public Rate {
            exempt = List.copyOf(exempt);
        }
    }

    /** Whose requests are counted together. */
    public enum Of {
        /** Those of one address. */
        CLIENT,
        /** All. */
        ALL
    }
}

package dev.loomgate.guard;

import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * What requests are held to, those of a route or all. Each limit is off where it is left out.
 *
 * @param access      who may come at all; others are answered with 403
 * @param rate        how many requests in a time; more are answered with 429
 * @param concurrency how many requests at once; more are answered with 503
 */
public record RequestLimits(Optional<Access> access, Optional<RateSettings> rate, Optional<ConcurrencySettings> concurrency) {
    /** No limit. */
    public static final RequestLimits NONE = new RequestLimits(Optional.empty(), Optional.empty(), Optional.empty());

    public RequestLimits {
        Objects.requireNonNull(access, "access");
        Objects.requireNonNull(rate, "rate");
        Objects.requireNonNull(concurrency, "concurrency");
    }

    /** Whether all limits are off. */
    public boolean isNone() {
        return access.isEmpty() && rate.isEmpty() && concurrency.isEmpty();
    }

    /**
     * Who may come.
     *
     * @param allow      networks that are let in; if there are none, and no files of them, all are
     * @param allowFiles files of more, which are read again when they change
     * @param deny       networks that are not, also if they are allowed
     * @param denyFiles  files of more, which are read again when they change
     */
    public record Access(List<Network> allow, List<Path> allowFiles, List<Network> deny, List<Path> denyFiles) {
        /** Copies the lists. */
        public Access {
            allow = List.copyOf(allow);
            allowFiles = List.copyOf(allowFiles);
            deny = List.copyOf(deny);
            denyFiles = List.copyOf(denyFiles);
        }

        /** Whether all lists are empty, so that everyone may come. */
        public boolean isNone() {
            return allow.isEmpty() && allowFiles.isEmpty() && deny.isEmpty() && denyFiles.isEmpty();
        }
    }
}

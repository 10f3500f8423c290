package dev.loomgate.upstream;

import java.time.Duration;
import java.util.Optional;

/** There is no place or no connection for a request, and nothing of it was sent. */
public sealed class UnavailableException extends Exception permits LateException, NotTriedException {
    private static final long serialVersionUID = 1;

    private final transient Optional<Duration> retryAfter;

    UnavailableException(String reason, Optional<Duration> retryAfter, Throwable cause) {
        super(reason, cause);
        this.retryAfter = retryAfter;
    }

    /** When it may be worth trying again, if the want is one of capacity; empty if the program can't be reached. */
    public Optional<Duration> retryAfter() {
        return retryAfter;
    }
}

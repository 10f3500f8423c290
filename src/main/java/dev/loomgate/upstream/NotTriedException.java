package dev.loomgate.upstream;

import java.util.Optional;

/** A program could not be reached before, and it was not the caller's turn to try again: tells nothing new about the program. */
final class NotTriedException extends UnavailableException {
    private static final long serialVersionUID = 1;

    NotTriedException(String reason, Throwable cause) {
        super(reason, Optional.empty(), cause);
    }
}

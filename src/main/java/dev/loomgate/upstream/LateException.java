package dev.loomgate.upstream;

import java.util.Optional;

/** Who wanted a connection does not want it any more, or has no time left: that tells nothing about the program. */
final class LateException extends UnavailableException {
    private static final long serialVersionUID = 1;

    LateException(String reason, Throwable cause) {
        super(reason, Optional.empty(), cause);
    }
}

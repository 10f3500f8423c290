package dev.loomgate.transport;

import java.io.IOException;

/** A client spoke without TLS where TLS is spoken; it has got an answer that it can read. */
final class PlainTextException extends IOException {
    private static final long serialVersionUID = 1L;

    PlainTextException() {
        super("the client speaks without TLS");
    }
}

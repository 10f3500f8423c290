package dev.loomgate.upstream.http;

import java.io.IOException;

/** What a server has sent is no response, or could be read in two ways. */
public final class BadResponseException extends IOException {
    private static final long serialVersionUID = 1;

    BadResponseException(String reason) {
        super(reason);
    }
}

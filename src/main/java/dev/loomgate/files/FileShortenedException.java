package dev.loomgate.files;

import java.io.IOException;

/** A file became shorter while it was being sent: the response can't be completed. */
final class FileShortenedException extends IOException {
    FileShortenedException(String message, Throwable cause) {
        super(message, cause);
    }
}

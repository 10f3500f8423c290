package dev.loomgate.portcheck;

import java.io.IOException;
import java.nio.file.Path;

/** What is to be looked at is neither a file nor a directory: a pipe, a socket or a device. */
public final class NoProgramException extends IOException {
    private static final long serialVersionUID = 1;

    NoProgramException(Path path) {
        super(path + " is neither a file nor a directory");
    }
}

package dev.loomgate.handler;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * A file that a form brought ({@code multipart/form-data}, RFC 7578), in a temporary file until the handler returns.
 *
 * @param name        name of the form's field
 * @param fileName    what the client calls the file, without directories; empty if no file was chosen. Not to be trusted: two
 *                    clients may send the same
 * @param contentType media type as the client says, or {@code null}
 * @param size        length in bytes
 * @param file        the temporary file; {@link #moveTo} keeps it
 */
public record Upload(String name, String fileName, String contentType, long size, Path file) {
    /** Opens the file. */
    public InputStream inputStream() throws IOException {
        return Files.newInputStream(file);
    }

    /** Keeps the file under another name, over one that is there. */
    public void moveTo(Path target) throws IOException {
        Files.move(file, target, StandardCopyOption.REPLACE_EXISTING);
    }
}

package dev.loomgate.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** A file with the process id, for programs that want one. The successor of a server writes its own over it. */
final class PidFile implements AutoCloseable {
    private final Path path;
    private final String content = ProcessHandle.current().pid() + "\n";

    /** @throws IOException if it can't be written; the message names it */
    PidFile(Path path) throws IOException {
        this.path = path.toAbsolutePath();
        try {
            Path early = Files.writeString(this.path.resolveSibling(this.path.getFileName() + "." + content.strip()), content);
            Files.move(early, this.path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new IOException("the PID file " + this.path + " can't be written: " + e, e);
        }
    }

    /** Removes it, unless another process has taken it over. */
    @Override
    public void close() throws IOException {
        if (Files.exists(path) && Files.readString(path).equals(content)) {
            Files.delete(path);
        }
    }
}

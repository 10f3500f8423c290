package dev.loomgate.testing;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A directory that a test fills with scripts.
 *
 * @param path        the directory
 * @param shellByPerl whether a shell script is one in Perl that becomes a shell: for gateways that run Perl in a way of their own
 */
public record ScriptDirectory(Path path, boolean shellByPerl) {
    /** A directory with shell scripts as they are. */
    public ScriptDirectory(Path path) {
        this(path, false);
    }

    /** Writes an executable shell script. */
    public Path sh(String name, String text) throws IOException {
        return shellByPerl
                ? perl(name, "exec '/bin/sh', '-c', join('', <DATA>), $0;\n__DATA__\n" + text)
                : executable(name, "#!/bin/sh\n" + text);
    }

    /** Writes an executable Perl script. */
    public Path perl(String name, String text) throws IOException {
        return executable(name, "#!" + Programs.require("perl", "perl") + " -w\nuse strict;\n" + text);
    }

    /** Writes an executable Python script. */
    public Path python(String name, String text) throws IOException {
        return executable(name, "#!" + Programs.require("python3", "python3") + "\n" + text);
    }

    /**
     * Writes an executable file; bytes above ASCII as ISO-8859-1. Another process writes it: a descriptor of this one, open for
     * writing, could for a moment be that of a program which another test starts, and would keep the file from being run
     * ("Text file busy").
     */
    public Path executable(String name, String text) throws IOException {
        Path file = path.resolve(name);
        Files.createDirectories(file.getParent());
        String install = Programs.require("install", "coreutils").toString();
        Process process = new ProcessBuilder(install, "-m", "755", "/dev/stdin", file.toString()).inheritIO()
                .redirectInput(ProcessBuilder.Redirect.PIPE).start();
        try (OutputStream content = process.getOutputStream()) {
            content.write(text.getBytes(StandardCharsets.ISO_8859_1));
        }
        try {
            if (process.waitFor() != 0) {
                throw new IOException(file + " can't be written");
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            throw new InterruptedIOException();
        }
        return file;
    }

    /** Writes a file that is not executable. */
    public Path plain(String name, String text) throws IOException {
        Path file = path.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, text, StandardCharsets.ISO_8859_1);
    }
}

package dev.loomgate.testing;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

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

    /** Writes an executable file; bytes above ASCII as ISO-8859-1. */
    public Path executable(String name, String text) throws IOException {
        Path file = plain(name, text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
        return file;
    }

    /** Writes a file that is not executable. */
    public Path plain(String name, String text) throws IOException {
        Path file = path.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, text, StandardCharsets.ISO_8859_1);
    }
}

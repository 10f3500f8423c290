package dev.loomgate.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A program that listens on a socket while a test runs, and says a line {@code ready PORT} when it does. */
public final class Responder implements AutoCloseable {
    private final Process process;
    private final int port;

    private Responder(Process process, int port) {
        this.process = process;
        this.port = port;
    }

    /** Starts a program and waits until it listens. */
    public static Responder start(List<String> command) throws IOException {
        Process process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        String line = new BufferedReader(new InputStreamReader(process.getInputStream())).readLine();
        if (line == null || !line.startsWith("ready ")) {
            process.destroyForcibly();
            throw new IOException(command + " said " + line);
        }
        return new Responder(process, Integer.parseInt(line.substring("ready ".length())));
    }

    /** A server that runs scripts for {@code scgi} or {@code fastcgi}; on this Unix-domain socket, or a free port if null. */
    public static Responder start(String protocol, Path socket) throws IOException {
        return start(List.of(Programs.require("python3", "python3").toString(),
                Path.of("src/test/resources/responder.py").toAbsolutePath().toString(), protocol,
                socket == null ? "0" : "unix:" + socket));
    }

    /** Port that it listens on; 0 for a Unix-domain socket. */
    public int port() {
        return port;
    }

    /** The process. */
    public Process process() {
        return process;
    }

    @Override
    public void close() {
        process.destroyForcibly();
        try {
            process.waitFor(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

package dev.loomgate.perf.work;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * The blocking handler, written as handlers are written that know nothing of the server they run in. Every model and every peer
 * runs this same code. Safe for use by many threads.
 *
 * <table>
 * <caption>By path</caption>
 * <tr><td>{@code /plaintext}</td><td>says hello</td></tr>
 * <tr><td>{@code /json}</td><td>the same as JSON, built for each request</td></tr>
 * <tr><td>{@code /wait/MS}</td><td>hello after so many milliseconds, as for a slow backend</td></tr>
 * <tr><td>{@code /bytes/N}</td><td>N bytes</td></tr>
 * <tr><td>{@code /cpu/N}</td><td>a digest computed N times: work for the processor, no wait</td></tr>
 * <tr><td>{@code /db}</td><td>a row of a database</td></tr>
 * <tr><td>{@code /backend}</td><td>what an HTTP server answers that the system property {@code perf.backend} names</td></tr>
 * </table>
 */
public final class Work {
    private static final Answer HELLO = Answer.text("Hello, World!");

    private final Database database = new Database();
    private final String backend = System.getProperty("perf.backend", "");
    private volatile byte[] bytes = {};

    /**
     * Answers a request.
     *
     * @param target the request's path
     * @return the answer; null if there is nothing at the path
     * @throws IOException if the backend or the database fails
     */
    public Answer answer(String target) throws IOException {
        int slash = target.indexOf('/', 1);
        String name = slash < 0 ? target : target.substring(0, slash);
        return switch (name) {
            case "/plaintext" -> HELLO;
            case "/json" -> json("Hello, World!");
            case "/wait" -> pause(number(target, slash));
            case "/bytes" -> new Answer("application/octet-stream", bytes(number(target, slash)));
            case "/cpu" -> digest(number(target, slash));
            case "/db" -> database.row();
            case "/backend" -> ask();
            default -> null;
        };
    }

    private static int number(String target, int slash) {
        return Integer.parseInt(target, slash + 1, target.length(), 10);
    }

    private static Answer json(String message) {
        var text = new StringBuilder(64).append("{\"message\":\"").append(message).append("\"}");
        return new Answer("application/json", Answer.text(text.toString()).body());
    }

    private static Answer pause(int millis) throws IOException {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
        return HELLO;
    }

    private byte[] bytes(int count) {
        byte[] current = bytes;
        if (current.length != count) {
            current = new byte[count];
            bytes = current;
        }
        return current;
    }

    private static Answer digest(int times) {
        try {
            var sha = MessageDigest.getInstance("SHA-256");
            byte[] value = new byte[1024];
            for (int i = 0; i < times; i++) {
                sha.update(value);
                byte[] next = sha.digest();
                System.arraycopy(next, 0, value, 0, next.length);
            }
            return Answer.text(HexFormat.of().formatHex(value, 0, 16));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private Answer ask() throws IOException {
        // as old code does it; it keeps http.maxConnections connections for the next request
        var connection = (HttpURLConnection) URI.create(backend).toURL().openConnection();
        connection.setReadTimeout(20_000);
        try (var in = connection.getInputStream()) {
            return new Answer("text/plain", in.readAllBytes());
        }
    }
}

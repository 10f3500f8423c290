package dev.loomgate.upstream.http;

import java.io.IOException;
import java.time.Duration;
import java.util.function.IntPredicate;

import dev.loomgate.upstream.Connection;
import dev.loomgate.upstream.HealthCheck;

/**
 * Asks for a path, and looks at the status.
 *
 * @param path    path and query
 * @param host    Host field
 * @param good    whether a status means that the server is well
 * @param timeout how long the server may be silent
 */
public record HttpCheck(String path, String host, IntPredicate good, Duration timeout) implements HealthCheck {
    @Override
    public void ask(Connection connection) throws IOException {
        var exchange = new HttpExchange(connection, "GET", false, timeout);
        exchange.send(new RequestText("GET", path).field("Host", host).field("User-Agent", "Loomgate-Health")
                .field("Connection", "close"), new byte[0], 0);
        int status = exchange.readHead().status();
        if (!good.test(status)) {
            throw new IOException("it answers " + path + " with status " + status);
        }
    }
}

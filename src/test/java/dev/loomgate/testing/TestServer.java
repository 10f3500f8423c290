package dev.loomgate.testing;

import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.HttpRouting;

/** A server on a free port of 127.0.0.1 for one test or test class. */
public final class TestServer implements AutoCloseable {
    private final WebServer server;

    private TestServer(WebServer server) {
        this.server = server;
    }

    /** Starts a server with this routing. */
    public static TestServer start(HttpRouting.Builder routing) {
        return new TestServer(WebServer.builder().host("127.0.0.1").port(0).routing(routing).build().start());
    }

    /** Port that the server listens on. */
    public int port() {
        return server.port();
    }

    /** Absolute URI of a path on this server. */
    public String uri(String path) {
        return "http://127.0.0.1:" + port() + path;
    }

    @Override
    public void close() {
        server.stop();
    }
}

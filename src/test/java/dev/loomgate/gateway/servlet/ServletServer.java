package dev.loomgate.gateway.servlet;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;

import dev.loomgate.server.Plan;
import dev.loomgate.server.Server;
import dev.loomgate.testing.RawClient;

/** A whole server with servlet routes. */
final class ServletServer implements AutoCloseable {
    private final Server server;

    private ServletServer(Server server) {
        this.server = server;
    }

    /** Starts with these routes, and what else the configuration is to say. */
    static ServletServer start(Path directory, String routes, String... more) throws Exception {
        Path file = Files.createTempFile(Files.createDirectories(directory), "loomgate", ".yaml");
        Files.writeString(file, "listeners:\n- port: 0\n" + String.join("\n", more) + "\nroutes:\n" + routes);
        return new ServletServer(Plan.read(file).start());
    }

    int port() {
        return URI.create(server.addresses().getFirst()).getPort();
    }

    URI uri(String path) {
        return URI.create(server.addresses().getFirst() + path);
    }

    RawClient connect() throws Exception {
        return RawClient.connect(port());
    }

    /** The answer to a GET on a connection of its own. */
    RawClient.Response get(String path) throws Exception {
        try (RawClient client = connect()) {
            return client.send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n").readResponse();
        }
    }

    Server server() {
        return server;
    }

    @Override
    public void close() {
        server.close();
    }
}

package dev.loomgate.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;

import dev.loomgate.guard.Guard;
import dev.loomgate.http1.Http1Selector;
import dev.loomgate.http1.Http1Settings;
import dev.loomgate.transport.Listener;
import dev.loomgate.transport.ListenerSettings;
import io.helidon.webserver.Router;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http1.spi.Http1Upgrader;
import io.helidon.webserver.spi.ServerConnectionSelector;

/** The real transport and protocol on a free port of 127.0.0.1, for one test or test class. */
public final class TestServer implements AutoCloseable {
    private final Listener listener;

    private TestServer(Listener listener) {
        this.listener = listener;
    }

    /** Starts a server with this routing and default limits. */
    public static TestServer start(HttpRouting.Builder routing) {
        return start(routing, ListenerSettings.local(0), Http1Settings.DEFAULT, List.of());
    }

    /** Starts a server with limits of its own. */
    public static TestServer start(HttpRouting.Builder routing, ListenerSettings settings, Http1Settings http1,
                                   List<Http1Upgrader> upgraders) {
        return start(routing, settings, Guard.none(), http1, upgraders);
    }

    /** Starts a server with limits of its own and a guard, which is not closed with it. */
    public static TestServer start(HttpRouting.Builder routing, ListenerSettings settings, Guard guard, Http1Settings http1,
                                   List<Http1Upgrader> upgraders) {
        return start(routing, settings, guard, Http1Selector.create(http1, upgraders));
    }

    /** Starts a server with protocols of its own and a guard, which is not closed with it. */
    public static TestServer start(HttpRouting.Builder routing, ListenerSettings settings, Guard guard,
                                   ServerConnectionSelector protocols) {
        Router router = Router.builder().addRouting(routing).build();
        router.beforeStart();
        try {
            return new TestServer(Listener.open(settings, guard, protocols, router));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Port that the server listens on. */
    public int port() {
        return listener.port();
    }

    /** Absolute URI of a path on this server. */
    public String uri(String path) {
        return "http://127.0.0.1:" + port() + path;
    }

    /** The listener itself. */
    public Listener listener() {
        return listener;
    }

    @Override
    public void close() {
        listener.close();
        listener.router().afterStop();
    }
}

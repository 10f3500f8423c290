package dev.loomgate.server;

import java.io.IOException;
import java.time.Duration;

import dev.loomgate.config.AdminConfig;
import dev.loomgate.guard.Guard;
import dev.loomgate.guard.GuardSettings;
import dev.loomgate.handover.InheritedSockets;
import dev.loomgate.http1.Http1Selector;
import dev.loomgate.http1.Http1Settings;
import dev.loomgate.observe.AdminPages;
import dev.loomgate.transport.Listener;
import dev.loomgate.transport.ListenerSettings;
import dev.loomgate.transport.ThreadModel;
import dev.loomgate.transport.TransportLimits;
import io.helidon.webserver.Router;

/**
 * The listener for those who look after the server. It has threads of the operating system, a guard and limits of its own, so
 * that it answers when everything else is overloaded; and few of each, so that it can't become the overload.
 */
final class Admin implements AutoCloseable {
    /** A page that shows the present keeps its connection. */
    private static final int MOST_CONNECTIONS = 32;
    private static final Duration IDLE = Duration.ofSeconds(10);
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final Guard guard;
    private final Router router;
    private final Listener listener;
    private final AdminConfig config;

    private Admin(AdminConfig config, Guard guard, Router router, Listener listener) {
        this.config = config;
        this.guard = guard;
        this.router = router;
        this.listener = listener;
    }

    /**
     * Begins to listen.
     *
     * @param inherited sockets that are bound already
     * @throws IOException if the address can't be listened on
     */
    static Admin open(AdminConfig config, AdminPages pages, InheritedSockets inherited) throws IOException {
        Guard guard = Guard.open(GuardSettings.builder().maxConnections(MOST_CONNECTIONS).build());
        Router router = Router.builder().addRouting(pages.routing()).build();
        router.beforeStart();
        try {
            var settings = new ListenerSettings("admin", config.host(), config.port(), MOST_CONNECTIONS,
                    ThreadModel.platform(MOST_CONNECTIONS), new TransportLimits(IDLE, PATIENCE));
            var http1 = new Http1Settings(4 << 10, 16 << 10, 100, 0, PATIENCE, PATIENCE);
            var selector = Http1Selector.create(http1);
            InheritedSockets.Taken taken = inherited.take(config.host(), config.port()).orElse(null);
            return new Admin(config, guard, router, taken == null ? Listener.open(settings, guard, selector, router)
                    : Listener.open(settings, taken.channel(), taken.port(), guard, selector, router));
        } catch (IOException | RuntimeException e) {
            router.afterStop();
            guard.close();
            throw e;
        }
    }

    /** The port that is bound. */
    int port() {
        return listener.port();
    }

    /** Where it listens. */
    String address() {
        return config.uri(listener.port());
    }

    /** Number of connections that are open. */
    int connectionCount() {
        return listener.connectionCount();
    }

    @Override
    public void close() {
        listener.close();
        router.afterStop();
        guard.close();
    }
}

package dev.loomgate.server;

import java.io.IOException;
import java.net.BindException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import dev.loomgate.config.ListenerConfig;
import dev.loomgate.handover.InheritedSockets;
import dev.loomgate.http2.BodyMemory;
import dev.loomgate.transport.Listener;
import dev.loomgate.transport.ListenerSettings;
import dev.loomgate.transport.Neighbours;
import io.helidon.webserver.Router;
import io.helidon.webserver.spi.ServerConnectionSelector;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The listeners of a server: those that serve the present revision, and those that finish what they have. */
final class Listeners {
    private static final Logger LOGGER = LoggerFactory.getLogger(Listeners.class);

    /** In the order of the configuration. The status is asked for while they are opened. */
    private volatile List<Open> open = List.of();
    private final List<Listener> leaving = new CopyOnWriteArrayList<>();
    private final Neighbours neighbours = new Neighbours();
    private final BodyMemory bodies = BodyMemory.ofHeap();
    // guarded by this
    private boolean diverting;

    private record Open(ListenerConfig config, Listener listener) {
        private boolean isAt(ListenerConfig other) {
            return config.host().equals(other.host()) && config.port() == other.port();
        }

        private String uri() {
            return config.uri(listener.port());
        }
    }

    /** New listeners that are not in use yet; they accept already. */
    private record Change(List<Open> kept, List<Open> opened, List<Open> all) {
    }

    /**
     * Opens what the revision wants, or hands what is open over to it. On failure everything is as it was before.
     *
     * @param inherited sockets that are bound already
     * @throws IOException if an address can't be listened on; the message says which, why and what to do
     */
    void serve(Revision revision, InheritedSockets inherited) throws IOException {
        Change change = open(revision, inherited);
        for (Open one : change.kept()) {
            one.listener().adopt(settings(one.config(), revision), revision.guard(),
                    selector(one.config(), revision), revision.router());
        }
        List<Open> dropped = open.stream().filter(one -> change.all().stream().noneMatch(other ->
                other.listener() == one.listener())).toList();
        // first: at no moment is one, which still serves, to be found nowhere
        dropped.forEach(one -> leaving.add(one.listener()));
        replace(change.all());
        Duration limit = revision.configuration().guard().drainTimeout();
        dropped.forEach(one -> leave(one, limit));
    }

    private synchronized void replace(List<Open> all) {
        open = all;
        if (diverting) {
            divert(true);
        }
    }

    private Change open(Revision revision, InheritedSockets inherited) throws IOException {
        var free = new ArrayList<>(open);
        var kept = new ArrayList<Open>();
        var opened = new ArrayList<Open>();
        var all = new ArrayList<Open>();
        try {
            for (ListenerConfig config : revision.configuration().listeners()) {
                Open present = free.stream().filter(one -> one.isAt(config)).findFirst().orElse(null);
                if (present == null) {
                    Open made = new Open(config, open(config, revision, inherited));
                    opened.add(made);
                    all.add(made);
                } else {
                    free.remove(present);
                    Open same = new Open(config, present.listener());
                    kept.add(same);
                    all.add(same);
                }
            }
        } catch (IOException | RuntimeException e) {
            opened.forEach(one -> one.listener().close());
            throw e;
        }
        return new Change(kept, opened, all);
    }

    private Listener open(ListenerConfig config, Revision revision, InheritedSockets inherited) throws IOException {
        ListenerSettings settings = settings(config, revision);
        try {
            InheritedSockets.Taken taken = inherited.take(config.host(), config.port()).orElse(null);
            return taken == null ? Listener.open(settings, revision.guard(), selector(config, revision), revision.router())
                    : Listener.open(settings, taken.channel(), taken.port(), revision.guard(), selector(config, revision),
                            revision.router());
        } catch (BindException e) {
            throw advised(e, config.port(), "listeners");
        }
    }

    private ListenerSettings settings(ListenerConfig config, Revision revision) {
        return revision.https().settings(Settings.of(config, revision.configuration()).withNeighbours(neighbours), config);
    }

    private ServerConnectionSelector selector(ListenerConfig config, Revision revision) {
        return Protocols.of(revision.configuration().guard(), config.http2(), bodies);
    }

    private void leave(Open one, Duration limit) {
        LOGGER.atInfo().addKeyValue("address", one.uri()).log("is not listened on any more");
        Thread.ofVirtual().name("listener-leaves").start(() -> {
            one.listener().drain(limit);
            leaving.remove(one.listener());
        });
    }

    /** Says what to do about an address that can't be listened on. */
    static BindException advised(BindException failure, int port, String key) {
        var advised = new BindException(failure.getMessage() + advice(failure.getMessage(), port, key));
        advised.initCause(failure);
        return advised;
    }

    private static String advice(String reason, int port, String key) {
        if (reason.contains("Address already in use")) {
            return "; another program listens there ('ss -ltnp sport = :" + port + "' shows which): stop it, or set another "
                    + "port under " + key;
        }
        if (reason.contains("Permission denied")) {
            return "; ports below 1024 are for root: set a higher port under " + key + ", or let Java have it with "
                    + "'sysctl net.ipv4.ip_unprivileged_port_start=" + port + "'";
        }
        if (reason.contains("Cannot assign requested address")) {
            return "; this machine has no such address: set host under " + key + " to one of its own, or to 0.0.0.0 for all";
        }
        return "";
    }

    /** Where it listens, as URIs with the ports that are really bound, in the order of the configuration. */
    List<String> addresses() {
        return open.stream().map(Open::uri).toList();
    }

    /** The ports that are bound, in the order of the configuration. */
    List<Integer> ports() {
        return open.stream().map(one -> one.listener().port()).toList();
    }

    /** Number of connections that are open. */
    int connectionCount() {
        return all().stream().mapToInt(Listener::connectionCount).sum();
    }

    /** Number of connections that are open by what they do; every state has a number. */
    Map<String, Integer> connectionStates() {
        var states = new TreeMap<String, Integer>();
        all().forEach(listener -> listener.connectionStates().forEach((state, count) ->
                states.merge(state, count, Integer::sum)));
        return states;
    }

    /** Number of connections that speak HTTP/2, and of the requests that they have at present. */
    Map<String, Integer> http2() {
        return Map.of("connections", all().stream().mapToInt(Listener::multiplexedCount).sum(),
                "streams", all().stream().mapToInt(Listener::streamCount).sum());
    }

    /** Has every connection end with its next response, or be kept again. */
    synchronized void divert(boolean elsewhere) {
        diverting = elsewhere;
        all().forEach(listener -> listener.divert(elsewhere));
    }

    /** Whether a request, or a connection that has changed its protocol, is served by these routings. */
    boolean isServing(Router router) {
        return all().stream().anyMatch(listener -> listener.isServing(router));
    }

    /** Each once; those that leave are looked for last, as one may begin to meanwhile. */
    private Collection<Listener> all() {
        var all = new LinkedHashSet<Listener>();
        open.forEach(one -> all.add(one.listener()));
        all.addAll(leaving);
        return all;
    }

    /** Accepts no more, on any. */
    void stopAccepting() {
        all().forEach(Listener::stopAccepting);
    }

    /**
     * Drains all at the same time.
     *
     * @param limit   how long requests in flight may take
     * @param patient whether clients that wait for nothing may send one more request within the limit, as they will go
     *                somewhere else afterwards; if not, their connections are closed at once
     * @return whether all connections ended by themselves
     */
    boolean drain(Duration limit, boolean patient) {
        boolean drained = true;
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Callable<Boolean>> drains = all().stream().<Callable<Boolean>>map(one -> () ->
                    patient ? one.drainPatiently(limit) : one.drain(limit)).toList();
            for (Future<Boolean> result : threads.invokeAll(drains)) {
                drained &= result.get();
            }
        } catch (ExecutionException e) {
            LOGGER.atError().setCause(e.getCause()).log("a listener did not stop properly");
            drained = false;
        } catch (InterruptedException e) {
            // whoever interrupts does not want to wait
            all().forEach(Listener::close);
            Thread.currentThread().interrupt();
            drained = false;
        }
        return drained;
    }
}

package dev.loomgate.server;

import java.io.IOException;
import java.net.BindException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;

import dev.loomgate.config.Configuration;
import dev.loomgate.config.ConfigurationException;
import dev.loomgate.config.ListenerConfig;
import dev.loomgate.config.ThreadsConfig;
import dev.loomgate.deploy.Deployment;
import dev.loomgate.guard.Guard;
import dev.loomgate.guard.Rejections;
import dev.loomgate.guard.RequestLimits;
import dev.loomgate.http1.Http1Selector;
import dev.loomgate.observe.CarrierWatch;
import dev.loomgate.observe.Health;
import dev.loomgate.observe.Status;
import dev.loomgate.route.Routes;
import dev.loomgate.tls.ServerTls;
import dev.loomgate.transport.Listener;
import io.helidon.webserver.Router;
import io.helidon.webserver.http.HttpRouting;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A running server. Start it with {@link Plan#start()}. Safe for use by many threads. */
public final class Server implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(Server.class);

    private final Configuration configuration;
    private final Applications applications;
    private final RouteBuilder parts;
    private final Router router;
    private final Guard guard;
    private final Https https;
    // the status is asked for while they are opened
    private final List<Listener> listeners = new CopyOnWriteArrayList<>();
    private final Carriers carriers = new Carriers();
    private final Observation observation;
    private final AtomicBoolean stopped = new AtomicBoolean();

    private Server(Configuration configuration, Applications applications, Observation observation)
            throws ConfigurationException {
        this.configuration = configuration;
        this.https = Https.open(configuration);
        this.applications = applications;
        this.guard = Guard.open(ConnectionSettings.guard(configuration.guard().connections(), configuration.guard().proxies()));
        this.parts = new RouteBuilder(applications, guard);
        this.observation = observation;
        observation.watch(this);
        try {
            var routing = HttpRouting.builder();
            WebSettings.ofServer(configuration.web()).register(routing);
            RequestLimits limits = RequestSettings.of(configuration.guard().requests());
            boolean forwarded = !configuration.guard().proxies().networks().isEmpty();
            guard.requestsOfAll(limits, forwarded, RequestSettings::watch).ifPresent(routing::addFilter);
            https.filter().ifPresent(routing::addFilter);
            Routes.of(parts.build(configuration)).register(routing);
            this.router = Router.builder().addRouting(observation.observe(routing)).build();
        } catch (ConfigurationException | RuntimeException e) {
            guard.close();
            parts.close();
            applications.close();
            observation.close();
            throw e;
        }
    }

    static Server start(Configuration configuration, Applications applications) throws ConfigurationException, IOException {
        ConsoleLogging.apply(configuration.log());
        var server = new Server(configuration, applications, Observation.open(configuration));
        try {
            server.router.beforeStart();
            server.listen();
            server.observation.health().clear(Health.STARTING);
            if (configuration.threads().watch() && configuration.threads().model() == ThreadsConfig.Model.VIRTUAL) {
                server.carriers.startLater();
            }
        } catch (IOException | RuntimeException e) {
            server.stop(Duration.ZERO);
            throw e;
        }
        return server;
    }

    private void listen() throws IOException {
        openAdmin();
        Http1Selector http1 = Http1Selector.create(Settings.http1(configuration.guard()));
        for (ListenerConfig listener : configuration.listeners()) {
            try {
                listeners.add(Listener.open(https.settings(Settings.of(listener, configuration), listener), guard, http1, router));
            } catch (BindException e) {
                throw advised(e, listener.port(), "listeners");
            }
        }
    }

    private void openAdmin() throws IOException {
        try {
            observation.listen();
        } catch (BindException e) {
            throw advised(e, configuration.admin().orElseThrow().port(), "admin, or 'admin: off'");
        }
    }

    private static BindException advised(BindException failure, int port, String key) {
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
    public List<String> addresses() {
        var addresses = new ArrayList<String>();
        for (int i = 0; i < listeners.size(); i++) {
            addresses.add(configuration.listeners().get(i).uri(listeners.get(i).port()));
        }
        return addresses;
    }

    /** Where the admin listener listens, as a URI with the port that is really bound; empty if there is none. */
    public Optional<String> adminAddress() {
        return observation.address();
    }

    /** What can be said about the server now; parts may add sections. */
    public Status status() {
        return observation.status();
    }

    /** Whether it is ready for requests; parts may name causes against it. */
    public Health health() {
        return observation.health();
    }

    /** Certificates that listeners use, with their ends. */
    public List<ServerTls.Line> certificates() {
        return https.lines();
    }

    /**
     * Reads the files of all certificates again, as is done by itself when they change.
     *
     * @throws IOException if one of them can't be used; what was in use before stays so
     */
    public void reloadCertificates() throws IOException {
        https.reload();
    }

    /** Opens files of logs by their names again, after they have been moved away. */
    public void reopenLogs() {
        observation.reopenLogs();
    }

    /** What sees virtual threads that keep their carriers; empty for a while after the start, and if it is switched off. */
    public Optional<CarrierWatch> carriers() {
        return carriers.watch();
    }

    /** What is replaced when its files change: which version serves, since when, and why a newer one does not. */
    public List<Deployment.Status> deployments() {
        return parts.deployments();
    }

    /** What gateways do at this moment. */
    public List<GatewayLine> gateways() {
        return parts.gateways();
    }

    /** Who was turned away since the start, by reason. */
    public Rejections rejections() {
        return guard.rejections();
    }

    /** Number of connections that are open, on all listeners. */
    public int connectionCount() {
        return listeners.stream().mapToInt(Listener::connectionCount).sum();
    }

    /** Number of connections that are open by what they do, on all listeners; every state has a number. */
    public Map<String, Integer> connectionStates() {
        var states = new TreeMap<String, Integer>();
        listeners.forEach(listener -> listener.connectionStates().forEach((state, count) ->
                states.merge(state, count, Integer::sum)));
        return states;
    }

    /**
     * Stops: no new connections, requests in flight may end within the configured time, then connections are closed, then
     * handlers. A second call does nothing.
     *
     * @return whether all requests ended in time
     */
    public boolean stop() {
        return stop(configuration.guard().drainTimeout());
    }

    /** Stops at once: requests in flight are broken off. */
    @Override
    public void close() {
        stop(Duration.ZERO);
    }

    private boolean stop(Duration limit) {
        if (!stopped.compareAndSet(false, true)) {
            return true;
        }
        observation.health().notReady(Health.DRAINING, "the server stops");
        carriers.close();
        boolean drained = drain(limit);
        https.close();
        router.afterStop();
        guard.close();
        parts.close();
        applications.close();
        // last: it tells what goes on while the rest stops
        observation.close();
        return drained;
    }

    private boolean drain(Duration limit) {
        boolean drained = true;
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Callable<Boolean>> drains = listeners.stream().<Callable<Boolean>>map(one -> () -> one.drain(limit)).toList();
            for (Future<Boolean> result : threads.invokeAll(drains)) {
                drained &= result.get();
            }
        } catch (ExecutionException e) {
            LOGGER.atError().setCause(e.getCause()).log("a listener did not stop properly");
            drained = false;
        } catch (InterruptedException e) {
            // whoever interrupts does not want to wait
            listeners.forEach(Listener::close);
            Thread.currentThread().interrupt();
            drained = false;
        }
        return drained;
    }
}

package dev.loomgate.server;

import java.io.IOException;
import java.net.BindException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.Supplier;

import dev.loomgate.config.Configuration;
import dev.loomgate.config.ConfigurationException;
import dev.loomgate.config.GuardConfig;
import dev.loomgate.config.ThreadsConfig;
import dev.loomgate.deploy.Deployment;
import dev.loomgate.guard.Rejections;
import dev.loomgate.handover.InheritedSockets;
import dev.loomgate.observe.CarrierWatch;
import dev.loomgate.observe.Health;
import dev.loomgate.observe.Status;
import dev.loomgate.tls.ServerTls;
import dev.loomgate.transport.HandlerEnvironment;
import dev.loomgate.upstream.Group;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A running server. Start it with {@link Plan#start()}. Safe for use by many threads. */
public final class Server implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(Server.class);
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final Listeners listeners = new Listeners();
    private final Carriers carriers = new Carriers();
    private final Observation observation;
    private final InheritedSockets inherited;
    private final Revisions revisions = new Revisions();
    private final ReentrantLock changing = new ReentrantLock();
    private final AtomicBoolean stopped = new AtomicBoolean();

    private Server(Observation observation, InheritedSockets inherited) {
        this.observation = observation;
        this.inherited = inherited;
    }

    static Server start(Configuration configuration, Applications applications, InheritedSockets inherited)
            throws ConfigurationException, IOException {
        ConsoleLogging.apply(configuration.log());
        HandlerEnvironment.prepare();
        var server = new Server(Observation.open(configuration), inherited);
        try {
            server.observation.watch(server);
            server.begin(new Revision(configuration, applications, server.observation, null));
            if (configuration.threads().model() == ThreadsConfig.Model.VIRTUAL) {
                server.carriers.startLater(configuration.threads().watch());
            }
        } catch (ConfigurationException | IOException | RuntimeException e) {
            server.close();
            throw e;
        }
        return server;
    }

    private void begin(Revision first) throws IOException {
        revisions.follow(first);
        try {
            observation.listen(inherited);
        } catch (BindException e) {
            throw Listeners.advised(e, first.configuration().admin().orElseThrow().port(), "admin, or 'admin: off'");
        }
        listeners.serve(first, inherited);
        first.parts().prepare();
        observation.health().clear(Health.STARTING);
    }

    /**
     * Goes on with another configuration. Its routes, limits and handlers are made beside those that serve; then all listeners
     * change over at once, each connection with its next request, and what served before is closed when its last request has
     * ended. Connections stay open. Addresses that are new are listened on, others are left.
     *
     * @param plan not to be used any more afterwards, whatever happens
     * @throws ConfigurationException if a handler can't start with its settings; everything goes on as before
     * @throws IOException            if an address can't be listened on; everything goes on as before
     * @throws IllegalStateException  if the server stops
     */
    public Reloaded reload(Plan plan) throws ConfigurationException, IOException {
        changing.lock();
        try {
            if (stopped.get()) {
                plan.close();
                throw new IllegalStateException("the server stops");
            }
            Revision before = revisions.current();
            Revision next = new Revision(plan.configuration(), plan.applications(), observation, before);
            try {
                listeners.serve(next, InheritedSockets.NONE);
            } catch (IOException | RuntimeException e) {
                next.close();
                throw e;
            }
            revisions.follow(next);
            next.parts().prepare();
            ConsoleLogging.apply(next.configuration().log());
            retire(before);
            LOGGER.atInfo().addKeyValue("configuration", next.configuration().file()).addKeyValue("number", revisions.served())
                    .log("serving another configuration");
            return new Reloaded(revisions.served(), notes(before.configuration(), next.configuration()));
        } finally {
            changing.unlock();
        }
    }

    private static List<String> notes(Configuration before, Configuration after) {
        var notes = new ArrayList<String>();
        var later = new LinkedHashMap<String, Function<Configuration, ?>>();
        later.put("threads", Configuration::threads);
        later.put("admin", Configuration::admin);
        later.put("log.access", configuration -> configuration.log().access());
        later.put("tracing", Configuration::tracing);
        later.put("control", Configuration::control);
        later.forEach((key, part) -> {
            if (!part.apply(before).equals(part.apply(after))) {
                notes.add(key + ": takes effect with the next start or upgrade");
            }
        });
        return notes;
    }

    /** Closes a revision when nothing is served by it any more. */
    private void retire(Revision old) {
        Thread.ofVirtual().name("revision-retires").start(() -> {
            while (listeners.isServing(old.router())) {
                if (stopped.get()) {
                    // its requests have the time that all have; who stops the server closes it after that
                    return;
                }
                LockSupport.parkNanos(LOOK_NANOS);
            }
            revisions.end(old);
        });
    }

    /** The configuration that is served. */
    public Configuration configuration() {
        return revisions.current().configuration();
    }

    /** How many configurations have been served since the start, and how many of them still have requests. */
    Map<String, Integer> revisionCounts() {
        return Map.of("served", revisions.served(), "retiring", revisions.retiringCount());
    }

    /** What they do and have counted. */
    Revisions revisions() {
        return revisions;
    }

    /** Where it listens, as URIs with the ports that are really bound, in the order of the configuration. */
    public List<String> addresses() {
        return listeners.addresses();
    }

    /** The port of the admin listener if there is one, and those of {@link #addresses}: the order in which they are opened. */
    public List<Integer> ports() {
        var ports = new ArrayList<Integer>();
        observation.port().ifPresent(ports::add);
        ports.addAll(listeners.ports());
        return ports;
    }

    /** Where the admin listener listens, as a URI with the port that is really bound; empty if there is none. */
    public Optional<String> adminAddress() {
        return observation.address();
    }

    /** What can be said about the server now; parts may add sections. */
    public Status status() {
        return observation.status();
    }

    /**
     * Adds a section to the status.
     *
     * @param name    key in the document
     * @param content asked each time that somebody looks
     */
    public void addToStatus(String name, Supplier<?> content) {
        observation.status().section(name, content);
    }

    /** The same as JSON, in one line. */
    public String statusJson() {
        return observation.status().json();
    }

    /** Whether it is ready for requests; parts may name causes against it. */
    public Health health() {
        return observation.health();
    }

    /** Certificates that listeners use, with their ends. */
    public List<ServerTls.Line> certificates() {
        return revisions.current() == null ? List.of() : revisions.current().https().lines();
    }

    /**
     * Reads the files of all certificates again, as is done by itself when they change.
     *
     * @throws IOException if one of them can't be used; what was in use before stays so
     */
    public void reloadCertificates() throws IOException {
        revisions.current().https().reload();
    }

    /** Opens files of logs by their names again, after they have been moved away. */
    public void reopenLogs() {
        observation.reopenLogs();
    }

    /**
     * Has load balancers and clients go elsewhere, or come here again: the server says that it is not ready, and ends every connection
     * with its next response ({@code Connection: close}). It serves what comes all the same.
     *
     * @return whether it is ready now
     */
    public boolean divert(boolean elsewhere) {
        if (elsewhere) {
            health().notReady(Health.DRAINING, "an operator wants it");
            listeners.divert(true);
        } else if (!stopped.get()) {
            listeners.divert(false);
            health().clear(Health.DRAINING);
            if (stopped.get()) {
                // it has begun to meanwhile
                leave();
            }
        }
        return health().isReady();
    }

    /**
     * Changes one level of logging, for all servers of this process.
     *
     * @param logger name of a logger, a package or a class; empty for everything that no other level is for
     * @param level  off, error, warn, info, debug or trace; empty to have the logger follow the package that it is in
     */
    public static void logLevel(String logger, Optional<String> level) {
        ConsoleLogging.setLevel(logger, level);
    }

    /** What sees virtual threads that keep their carriers; empty for a while after the start, and if it is switched off. */
    public Optional<CarrierWatch> carriers() {
        return carriers.watch();
    }

    /** What is replaced when its files change: which version serves, since when, and why a newer one does not. */
    public List<Deployment.Status> deployments() {
        return revisions.current() == null ? List.of() : revisions.current().parts().deployments();
    }

    /** How the servers behind this one do, by the name of their group. */
    public Map<String, Group.Status> upstreams() {
        return revisions.upstreams();
    }

    /** Who was turned away since the start, by reason. */
    public Rejections rejections() {
        return revisions.current() == null ? new Rejections() : revisions.current().guard().rejections();
    }

    /** Number of connections that are open, on all listeners. */
    public int connectionCount() {
        return listeners.connectionCount();
    }

    /** Number of connections that are open by what they do, on all listeners; every state has a number. */
    public Map<String, Integer> connectionStates() {
        return listeners.connectionStates();
    }

    /** Number of {@code connections} that speak HTTP/2, and of {@code streams}, the requests that they have at present. */
    public Map<String, Integer> http2() {
        return listeners.http2();
    }

    /**
     * Stops: says that it is not ready and waits for the time that the configuration gives load balancers to notice; then no new
     * connections, requests in flight may end within the configured time, then connections are closed, then handlers. A second
     * call does nothing.
     *
     * @return whether all requests ended in time
     */
    public boolean stop() {
        GuardConfig guard = configuration().guard();
        return stop(guard.drainDelay(), guard.drainTimeout(), false);
    }

    /** Leaves new connections to another process that listens on the same sockets. To be followed by {@link #stopForSuccessor}. */
    public void stopAccepting() {
        listeners.stopAccepting();
    }

    /**
     * Stops in favour of another process that listens on the same sockets: as {@link #stop}, but every client may send one more
     * request on the connection that it has, within the time for requests in flight.
     *
     * @return whether all requests ended in time
     */
    public boolean stopForSuccessor() {
        return stop(Duration.ZERO, configuration().guard().drainTimeout(), true);
    }

    /** Stops at once: requests in flight are broken off. */
    @Override
    public void close() {
        stop(Duration.ZERO, Duration.ZERO, false);
    }

    private void leave() {
        observation.health().notReady(Health.DRAINING, "the server stops");
        listeners.divert(true);
    }

    private boolean stop(Duration delay, Duration limit, boolean patient) {
        if (!stopped.compareAndSet(false, true)) {
            return true;
        }
        leave();
        // a reload that is under way comes to its end
        changing.lock();
        changing.unlock();
        LockSupport.parkNanos(delay.toNanos());
        carriers.close();
        boolean drained = listeners.drain(limit, patient);
        revisions.endRetiring();
        if (revisions.current() != null) {
            revisions.current().close();
        }
        // last: it tells what goes on while the rest stops
        observation.close();
        return drained;
    }
}

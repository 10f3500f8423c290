package dev.loomgate.gateway.forkserver;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;

import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import dev.loomgate.gateway.Destination;
import dev.loomgate.gateway.Dialogue;
import dev.loomgate.gateway.GatewayException;
import dev.loomgate.gateway.GatewaySettings;
import dev.loomgate.gateway.Load;
import dev.loomgate.gateway.MetaVariables;
import dev.loomgate.gateway.Octets;
import dev.loomgate.gateway.QueryArguments;
import dev.loomgate.gateway.ResponseRelay;
import dev.loomgate.gateway.Restarts;
import dev.loomgate.gateway.Script;
import dev.loomgate.gateway.ScriptGateway;
import dev.loomgate.gateway.ScriptResolver;
import dev.loomgate.gateway.ScriptResponse;
import dev.loomgate.gateway.StreamExchanges;
import dev.loomgate.gateway.Workers;
import dev.loomgate.gateway.process.ProcessGateway;
import dev.loomgate.gateway.process.ProcessSettings;
import dev.loomgate.gateway.scgi.Scgi;
import dev.loomgate.upstream.Connection;
import dev.loomgate.upstream.Places;
import dev.loomgate.upstream.Pool;
import dev.loomgate.upstream.PoolSettings;

/**
 * CGI scripts in Perl and Python, unmodified, without the start of an interpreter for each request: a process that has loaded the
 * script forks a child for it. All other scripts, and those that can't be loaded, run by plain CGI.
 */
public final class ForkServerGateway extends ScriptGateway {
    private static final Logger LOGGER = LoggerFactory.getLogger(ForkServerGateway.class);
    private static final Duration LOOK = Duration.ofSeconds(1);

    /** Longest body that a child gets through a pipe of its own; the drivers know the number too. */
    private static final long BODY_IN_PIPE = 4096;

    private final ScriptResolver resolver;
    private final ProcessSettings processes;
    private final ForkServerSettings settings;
    private final ProcessGateway plain;
    private final Places places;
    private final StreamExchanges exchanges;
    private final Map<String, String> baseEnvironment;
    private final Map<String, String> baseOctets;
    private final RuntimeDirectory directory;
    private final Map<Key, Host> hosts = new ConcurrentHashMap<>();
    private final Restarts restarts = new Restarts();
    private final AtomicLong forks = new AtomicLong();
    private final Thread caretaker;
    private volatile boolean closed;

    /**
     * A gateway to the scripts that the resolver finds.
     *
     * @param resolver  from paths to scripts
     * @param processes limits and environment, which are the same however a script runs
     * @param settings  which scripts get a fork server
     */
    public ForkServerGateway(ScriptResolver resolver, ProcessSettings processes, ForkServerSettings settings) {
        super(resolver);
        this.resolver = resolver;
        this.processes = processes;
        this.settings = settings;
        this.places = new Places(processes.places());
        this.plain = new ProcessGateway(resolver, processes, places);
        this.exchanges = new StreamExchanges(gatewaySettings(resolver, processes), true);
        this.baseEnvironment = processes.baseEnvironment();
        this.baseOctets = Octets.of(baseEnvironment);
        this.directory = new RuntimeDirectory(settings.directory());
        this.caretaker = Thread.ofVirtual().name("fork-server-caretaker").start(this::lookAfter);
    }

    private static GatewaySettings gatewaySettings(ScriptResolver resolver, ProcessSettings processes) {
        return new GatewaySettings(processes.limits(), processes.bodyLimits(), processes.environment(),
                processes.passAuthorization(), Optional.of(processes.documentRoot().orElse(resolver.root())));
    }

    /** A script, as it is run. */
    private record Key(Path file, List<String> interpreter) {
    }

    /**
     * What runs a script.
     *
     * @param state  the script's file when this was found out
     * @param server its fork server, or null if it is in no language for one
     * @param pool   connections to it, or null
     */
    private record Host(FileState state, ForkServer server, Pool pool) {
        private void close() {
            if (server != null) {
                pool.close();
                server.close();
            }
        }
    }

    @Override
    public Optional<ScriptResponse.LocalRedirect> run(Script script, ServerRequest request, ResponseRelay relay)
            throws GatewayException, IOException, InterruptedException {
        if (closed) {
            throw new GatewayException(Status.SERVICE_UNAVAILABLE_503, "the server stops");
        }
        FileState state = FileState.of(script.file());
        Host host = host(script, state);
        Optional<Obstacle> obstacle = host.server() == null
                ? Optional.of(Obstacle.lasting("it is no Perl or Python script that may have a fork server"))
                : host.server().require(state);
        if (obstacle.isEmpty()) {
            return exchanges.run(script, request, relay, new Destination.One(host.pool()),
                    (connection, named, variables) -> open(host.server(), connection, named, variables));
        }
        if (settings.mode() == ForkServerSettings.Mode.FORK_SERVER) {
            throw obstacle.get().forClient(script);
        }
        return plain.run(script, request, relay);
    }

    /** Loads the one script that there is, if processes of it are to wait for requests. */
    @Override
    public void prepare() {
        if (settings.spare().count() > 0) {
            resolver.single().ifPresent(script -> Thread.ofVirtual().name("fork-server-prepare").start(() -> load(script)));
        }
    }

    private void load(Script script) {
        FileState state = FileState.of(script.file());
        Host host = host(script, state);
        if (closed) {
            host.close();
        } else if (host.server() != null) {
            try {
                // what is in its way is logged there, and tried again with a request
                host.server().require(state);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private Host host(Script script, FileState state) {
        var key = new Key(script.file(), script.interpreter());
        Host host = hosts.get(key);
        if (host != null && host.state().equals(state)) {
            return host;
        }
        return hosts.compute(key, (same, old) -> {
            if (old != null && old.state().equals(state)) {
                return old;
            }
            Optional<Interpreter> interpreter = settings.isPlain(resolver.root().relativize(script.file()))
                    ? Optional.empty() : Interpreter.of(script);
            if (old != null && old.server() != null
                    && interpreter.filter(old.server().launch().interpreter()::equals).isPresent()) {
                return new Host(state, old.server(), old.pool());
            }
            if (old != null) {
                old.close();
            }
            return interpreter.map(known -> newHost(script, state, known)).orElse(new Host(state, null, null));
        });
    }

    private Host newHost(Script script, FileState state, Interpreter interpreter) {
        var launch = new Launch(script.file(), interpreter, environment(script), processes.memoryLimit(),
                processes.terminationGrace(), settings.loadTimeout(), settings.requestsPerProcess(), settings.spare().count() > 0);
        var server = new ForkServer(launch, directory, processes.noOutputTimeout(), settings.drivers(), settings.spare(),
                restarts, forks);
        var pool = new Pool(server, PoolSettings.unkept(processes.places(), Duration.ofSeconds(1)), places, true);
        return new Host(state, server, pool);
    }

    /** What a script finds in its environment while it is loaded: all that is the same for every request. */
    private Map<String, String> environment(Script script) {
        var environment = new LinkedHashMap<>(baseEnvironment);
        environment.put("GATEWAY_INTERFACE", "CGI/1.1");
        environment.put("SERVER_SOFTWARE", MetaVariables.serverSoftware());
        environment.put("SCRIPT_FILENAME", script.file().toString());
        environment.put("DOCUMENT_ROOT", processes.documentRoot().orElse(resolver.root()).toString());
        environment.putAll(processes.environment());
        return environment;
    }

    private Dialogue open(ForkServer server, Connection connection, Script script, Map<String, String> variables) {
        long request = server.nextRequest();
        var all = new LinkedHashMap<>(baseOctets);
        all.putAll(variables);
        all.put("LOOMGATE_REQUEST", String.valueOf(request));
        String length = variables.get("CONTENT_LENGTH");
        if (length == null) {
            all.put("LOOMGATE_NO_BODY", "1");
        }
        if (processes.queryArguments() && script.interpreter().isEmpty()) {
            List<String> words = QueryArguments.of(variables.get("REQUEST_METHOD"), variables.get("QUERY_STRING"));
            if (!words.isEmpty()) {
                all.put("LOOMGATE_ARGUMENTS", words.stream()
                        .map(word -> HexFormat.of().formatHex(Octets.bytes(word))).collect(Collectors.joining(" ")));
            }
        }
        boolean longBody = length != null && Long.parseLong(length) > BODY_IN_PIPE;
        Dialogue dialogue = new Scgi(longBody).open(connection, script, all);
        // of a driver that has gone since the connection was made, the connection's end tells
        return driver(server, connection).<Dialogue>map(driver -> new ForkedDialogue(dialogue, driver, request)).orElse(dialogue);
    }

    private static Optional<Driver> driver(ForkServer server, Connection connection) {
        try {
            return server.at(((UnixDomainSocketAddress) connection.remoteAddress()).getPath());
        } catch (UncheckedIOException e) {
            // it was closed here meanwhile, which the first read tells
            return Optional.empty();
        }
    }

    private void lookAfter() {
        try {
            while (true) {
                Thread.sleep(LOOK);
                for (Host host : hosts.values()) {
                    if (host.server() != null) {
                        host.server().lookAfter(settings.idleTimeout());
                    }
                }
            }
        } catch (InterruptedException e) {
            // closed
        }
    }

    @Override
    public Workers workers() {
        return restarts.workers();
    }

    @Override
    public Load load() {
        int drivers = 0;
        for (Host host : hosts.values()) {
            if (host.server() != null) {
                drivers += host.server().driverCount();
            }
        }
        return new Load(places.taken(), places.count(), places.waiting(), places.refusedCount(), drivers, forks.get());
    }

    /** Refuses new requests, ends those that run, and waits for the processes: a little longer than their grace. */
    @Override
    public void close() {
        closed = true;
        caretaker.interrupt();
        exchanges.close();
        var drivers = new ArrayList<Driver>();
        hosts.values().stream().filter(host -> host.server() != null).forEach(host -> drivers.addAll(host.server().close()));
        plain.close();
        Duration limit = processes.terminationGrace().plusSeconds(1);
        long deadline = System.nanoTime() + limit.toNanos();
        try {
            for (Driver driver : drivers) {
                driver.awaitEnd(Duration.ofNanos(Math.max(0, deadline - System.nanoTime())));
            }
            for (Driver driver : drivers) {
                driver.destroy();
                if (!driver.awaitEnd(LOOK)) {
                    LOGGER.atWarn().addKeyValue("pid", driver.pid()).log("fork server does not end");
                }
                driver.endOrphans();
            }
        } catch (InterruptedException e) {
            drivers.forEach(Driver::destroy);
            Thread.currentThread().interrupt();
        } finally {
            hosts.values().stream().filter(host -> host.pool() != null).forEach(host -> host.pool().close());
            directory.close();
        }
    }
}

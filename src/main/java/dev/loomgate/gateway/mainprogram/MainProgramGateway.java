package dev.loomgate.gateway.mainprogram;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import io.helidon.webserver.http.ServerRequest;

import dev.loomgate.deploy.Deployment;
import dev.loomgate.deploy.Snapshot;
import dev.loomgate.deploy.Version;
import dev.loomgate.gateway.GatewayException;
import dev.loomgate.gateway.Load;
import dev.loomgate.gateway.LocalRedirection;
import dev.loomgate.gateway.MetaVariables;
import dev.loomgate.gateway.Octets;
import dev.loomgate.gateway.RequestBody;
import dev.loomgate.gateway.ResponseRelay;
import dev.loomgate.gateway.RunningExchanges;
import dev.loomgate.gateway.Script;
import dev.loomgate.gateway.ScriptGateway;
import dev.loomgate.gateway.ScriptResolver;
import dev.loomgate.gateway.ScriptResponse;
import dev.loomgate.transport.ClientWatch;

/**
 * Java CGI programs with a main method, run within this JVM: unmodified, each request on a virtual thread of its own. For
 * programs that are trusted: they can reach what the server can.
 */
public final class MainProgramGateway extends ScriptGateway {
    private static final String DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    private static final long LONGEST_NAP = 500;

    private final ProgramSettings settings;
    private final Deployment<Program> deployment;
    private final MetaVariables metaVariables;
    private final Map<String, String> base = new LinkedHashMap<>();
    private final RunningExchanges running = new RunningExchanges();
    private final Set<Execution> executions = ConcurrentHashMap.newKeySet();
    private final Thread sweep;
    private volatile boolean closed;

    /**
     * Loads a program; none of its code runs.
     *
     * @param mount    SCRIPT_NAME: decoded path of the program, empty or beginning with a slash
     * @param settings what to run, and how
     * @throws IllegalArgumentException if it can't be loaded; the message says why
     */
    public MainProgramGateway(String mount, ProgramSettings settings) {
        this(ScriptResolver.ofScript(mount, first(settings), List.of()), settings);
    }

    MainProgramGateway(ScriptResolver resolver, ProgramSettings settings) {
        super(resolver);
        this.settings = settings;
        this.deployment = load(settings);
        this.metaVariables = new MetaVariables(new MetaVariables.Options(
                Optional.of(settings.gateway().documentRoot().orElse(first(settings).getParent())),
                settings.gateway().passAuthorization(), true, MetaVariables.serverSoftware()));
        Map<String, String> own = System.getenv();
        base.put("PATH", own.getOrDefault("PATH", DEFAULT_PATH));
        settings.passEnvironment().stream().filter(own::containsKey).forEach(name -> base.put(name, own.get(name)));
        this.sweep = Thread.ofVirtual().name("main-program-sweep").start(this::sweep);
    }

    private static Path first(ProgramSettings settings) {
        return Snapshot.listed(settings.classPath()).stream().findFirst()
                .orElseThrow(() -> new IllegalArgumentException("there is no jar in " + settings.classPath()));
    }

    private static Deployment<Program> load(ProgramSettings settings) {
        try {
            return Deployment.load(settings.classPath(), () -> Program.load(settings));
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** The program, to be looked after for changes of its files. */
    public Deployment<?> deployment() {
        return deployment;
    }

    /**
     * Finds out whether a program could be loaded. None of its code runs.
     *
     * @throws IllegalArgumentException if it can't; the message says why
     */
    public static void check(ProgramSettings settings) {
        Program.load(settings).close();
    }

    @Override
    public Optional<ScriptResponse.LocalRedirect> run(Script script, ServerRequest request, ResponseRelay relay)
            throws GatewayException, IOException, InterruptedException {
        try (RequestBody body = RequestBody.receive(request, settings.gateway().body())) {
            Version<Program> version = deployment.enter();
            var execution = new Execution(version.content(), settings, surroundings(script, request, body), body, relay,
                    one -> ended(one, version));
            boolean begun = false;
            try (ClientWatch.Watch watch = RunningExchanges.watch(request, execution)) {
                running.add(execution);
                execution.receiveFirstPiece();
                executions.add(execution);
                begun = true;
                return execution.run();
            } finally {
                if (!begun) {
                    ended(execution, version);
                }
            }
        }
    }

    private ExecutionState.Surroundings surroundings(Script script, ServerRequest request, RequestBody body) {
        // thousands of requests may wait with theirs
        Map<String, String> environment = metaVariables.of(request, script, body.length());
        environment.replaceAll((name, value) -> characters(value));
        base.forEach(environment::putIfAbsent);
        environment.putAll(settings.gateway().environment());
        return new ExecutionState.Surroundings(Collections.unmodifiableMap(environment),
                LocalRedirection.method(request).text(), request.prologue().uriPath().rawPath(),
                request.remotePeer().host());
    }

    /** Bytes as a Java program sees them: UTF-8, or where they are not, a character for each byte. */
    private static String characters(String octets) {
        return Octets.decode(octets).orElse(octets);
    }

    private void ended(Execution execution, Version<Program> version) {
        executions.remove(execution);
        running.remove(execution);
        version.exit();
    }

    private void sweep() {
        long shortest = Math.min(settings.gateway().limits().silence().toMillis(),
                settings.gateway().limits().run().map(Duration::toMillis).orElse(Long.MAX_VALUE));
        // threads of a program may go on for a while after its request, also after the end of the last
        while (!closed || running.count() > 0) {
            try {
                Thread.sleep(Math.clamp(shortest / 8, 1, LONGEST_NAP));
            } catch (InterruptedException e) {
                // closed
            }
            executions.forEach(Execution::look);
        }
    }

    @Override
    public Load load() {
        return new Load(executions.size(), 0, 0, 0, 0, 0);
    }

    /** Refuses new requests and ends those that run; waits for none. */
    @Override
    public void close() {
        running.close();
        closed = true;
        sweep.interrupt();
        deployment.close();
    }

    /** Of the classes of the version that serves. */
    ClassLoader loader() {
        Version<Program> version = deployment.enter();
        try {
            return version.content().loader();
        } finally {
            version.exit();
        }
    }

    /** How many requests the program works on. */
    int running() {
        return executions.size();
    }
}

package dev.loomgate.gateway.process;

import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

import io.helidon.webserver.http.ServerRequest;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import dev.loomgate.gateway.Exchange;
import dev.loomgate.gateway.GatewayException;
import dev.loomgate.gateway.Load;
import dev.loomgate.gateway.LocalRedirection;
import dev.loomgate.gateway.MetaVariables;
import dev.loomgate.gateway.Octets;
import dev.loomgate.gateway.QueryArguments;
import dev.loomgate.gateway.RequestBody;
import dev.loomgate.gateway.ResponseRelay;
import dev.loomgate.gateway.RunningExchanges;
import dev.loomgate.gateway.Script;
import dev.loomgate.gateway.ScriptGateway;
import dev.loomgate.gateway.ScriptResolver;
import dev.loomgate.gateway.ScriptResponse;
import dev.loomgate.transport.ClientWatch;
import dev.loomgate.upstream.Places;
import dev.loomgate.upstream.UnavailableException;

/**
 * CGI by fork and exec (RFC 3875): runs a script as a process of its own for each request. Any executable will do, in any
 * language. The price is the start of the program, interpreter and all, every time: for scripts that are asked for often, one
 * of the gateways that keep the program running serves many times as much.
 *
 * <p>Requests beyond the limit of running scripts wait, parked, in the order they came. A script is ended, with everything it
 * started, when its client goes away or its time is up.
 */
public final class ProcessGateway extends ScriptGateway {
    private static final Logger LOGGER = LoggerFactory.getLogger(ProcessGateway.class);

    private final ProcessSettings settings;
    private final MetaVariables metaVariables;
    private final Map<String, String> fixedEnvironment;
    private final Map<String, String> baseEnvironment;
    private final RequestBody.Limits bodyLimits;
    private final Places places;
    private final RunningExchanges running = new RunningExchanges();
    private final Launcher launcher;
    private final ExecutorService scripts;

    /**
     * A gateway to the scripts that the resolver finds.
     *
     * @param resolver from paths to scripts
     * @param settings limits and environment; the limits are this gateway's alone
     */
    public ProcessGateway(ScriptResolver resolver, ProcessSettings settings) {
        this(resolver, settings, new Places(settings.places()));
    }

    /**
     * A gateway that shares its places with others.
     *
     * @param resolver from paths to scripts
     * @param settings limits and environment
     * @param places   instead of those of the settings
     */
    public ProcessGateway(ScriptResolver resolver, ProcessSettings settings, Places places) {
        this(resolver, settings, places, Launcher.best());
    }

    ProcessGateway(ScriptResolver resolver, ProcessSettings settings, Launcher launcher) {
        this(resolver, settings, new Places(settings.places()), launcher);
    }

    private ProcessGateway(ScriptResolver resolver, ProcessSettings settings, Places places, Launcher launcher) {
        super(resolver);
        this.settings = settings;
        this.launcher = launcher;
        this.metaVariables = new MetaVariables(new MetaVariables.Options(
                Optional.of(settings.documentRoot().orElse(resolver.root())), settings.passAuthorization(), true,
                MetaVariables.serverSoftware()));
        this.baseEnvironment = Octets.of(settings.baseEnvironment());
        this.fixedEnvironment = Octets.of(settings.environment());
        this.bodyLimits = new RequestBody.Limits(settings.bodyMemory(), settings.maxBody(), settings.temporaryDirectory());
        this.places = places;
        // as many threads as scripts run: a process costs so much more than its thread
        this.scripts = Executors.newCachedThreadPool(Thread.ofPlatform().daemon().name("script-", 0).factory());
    }

    @Override
    public Optional<ScriptResponse.LocalRedirect> run(Script script, ServerRequest request, ResponseRelay relay)
            throws GatewayException, IOException, InterruptedException {
        requireRoom();
        try (RequestBody body = RequestBody.receive(request, bodyLimits)) {
            var exchange = new ProcessExchange(launcher, settings, command(script, request, body), body, relay);
            boolean inPlace = false;
            try (ClientWatch.Watch watch = RunningExchanges.watch(request, exchange)) {
                running.add(exchange);
                exchange.receiveFirstPiece();
                exchange.awaitIn(places::acquire);
                inPlace = true;
                return exchange.run(scripts, () -> {
                    running.remove(exchange);
                    places.release();
                });
            } finally {
                if (!inPlace) {
                    running.remove(exchange);
                }
            }
        }
    }

    private void requireRoom() throws GatewayException {
        try {
            places.requireRoom();
        } catch (UnavailableException e) {
            throw Exchange.unavailable(e);
        }
    }

    private Command command(Script script, ServerRequest request, RequestBody body) {
        var environment = new LinkedHashMap<>(baseEnvironment);
        environment.putAll(metaVariables.of(request, script, body.length()));
        environment.putAll(fixedEnvironment);
        Command.Stdin stdin = switch (body) {
            case RequestBody.None none -> new Command.Stdin.Nothing();
            case RequestBody.InMemory whole when whole.bytes().length == 0 -> new Command.Stdin.Nothing();
            case RequestBody.Spooled spooled -> new Command.Stdin.FromFile(spooled.file());
            default -> new Command.Stdin.Pipe();
        };
        return Command.of(script, arguments(script, request), environment, stdin, settings.memoryLimit());
    }

    private List<String> arguments(Script script, ServerRequest request) {
        return settings.queryArguments() && script.interpreter().isEmpty()
                ? QueryArguments.of(LocalRedirection.method(request).text(), request.prologue().query().rawValue())
                : List.of();
    }

    @Override
    public Load load() {
        return new Load(places.taken(), places.count(), places.waiting(), places.refusedCount(), 0, 0);
    }

    /**
     * Refuses new requests, ends the scripts that run, and waits until they have ended: at most the grace that they have
     * between SIGTERM and SIGKILL, and a little more.
     */
    @Override
    public void close() {
        running.close();
        scripts.shutdown();
        try {
            Duration limit = settings.terminationGrace().plusSeconds(6);
            if (!scripts.awaitTermination(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                LOGGER.warn("{} scripts still run {} after they were told to end", running.count(), limit);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

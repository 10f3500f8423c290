package dev.loomgate.gateway.process;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

import io.helidon.http.HeaderNames;
import io.helidon.http.Method;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

import dev.loomgate.gateway.GatewayException;
import dev.loomgate.gateway.LocalRedirection;
import dev.loomgate.gateway.MetaVariables;
import dev.loomgate.gateway.Octets;
import dev.loomgate.gateway.RequestBody;
import dev.loomgate.gateway.Resolution;
import dev.loomgate.gateway.ResponseRelay;
import dev.loomgate.gateway.Script;
import dev.loomgate.gateway.ScriptResolver;
import dev.loomgate.gateway.ScriptResponse;
import dev.loomgate.transport.ClientWatch;

/**
 * CGI by fork and exec (RFC 3875): runs a script as a process of its own for each request. Any executable will do, in any
 * language. The price is the start of the program, interpreter and all, every time: for scripts that are asked for often, one
 * of the gateways that keep the program running serves many times as much.
 *
 * <p>Requests beyond the limit of running scripts wait, parked, in the order they came. A script is ended, with everything it
 * started, when its client goes away or its time is up.
 */
public final class ProcessGateway implements Handler, AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(ProcessGateway.class);
    private static final String DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    private final ScriptResolver resolver;
    private final ProcessSettings settings;
    private final MetaVariables metaVariables;
    private final Map<String, String> fixedEnvironment;
    private final Map<String, String> baseEnvironment;
    private final RequestBody.Limits bodyLimits;
    private final ProcessSlots slots;
    private final Launcher launcher;
    private final ExecutorService scripts;
    private final Set<Exchange> running = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    /**
     * A gateway to the scripts that the resolver finds.
     *
     * @param resolver from paths to scripts
     * @param settings limits and environment; the limits are this gateway's alone
     */
    public ProcessGateway(ScriptResolver resolver, ProcessSettings settings) {
        this(resolver, settings, Launcher.best());
    }

    ProcessGateway(ScriptResolver resolver, ProcessSettings settings, Launcher launcher) {
        this.resolver = resolver;
        this.settings = settings;
        this.launcher = launcher;
        this.metaVariables = new MetaVariables(new MetaVariables.Options(
                Optional.of(settings.documentRoot().orElse(resolver.root())), settings.passAuthorization(),
                MetaVariables.serverSoftware()));
        this.baseEnvironment = baseEnvironment(settings, System.getenv());
        this.fixedEnvironment = octets(settings.environment());
        this.bodyLimits = new RequestBody.Limits(settings.bodyMemory(), settings.maxBody(), settings.temporaryDirectory());
        this.slots = new ProcessSlots(settings);
        // as many threads as scripts run: a process costs so much more than its thread
        this.scripts = Executors.newCachedThreadPool(Thread.ofPlatform().daemon().name("script-", 0).factory());
    }

    private static Map<String, String> baseEnvironment(ProcessSettings settings, Map<String, String> own) {
        var base = new LinkedHashMap<String, String>();
        base.put("PATH", own.getOrDefault("PATH", DEFAULT_PATH));
        settings.passEnvironment().stream().filter(own::containsKey).forEach(name -> base.put(name, own.get(name)));
        return octets(base);
    }

    private static Map<String, String> octets(Map<String, String> variables) {
        var octets = new LinkedHashMap<String, String>();
        variables.forEach((name, value) -> octets.put(Octets.of(name), Octets.of(value)));
        return octets;
    }

    @Override
    public void handle(ServerRequest request, ServerResponse response) {
        switch (resolver.resolve(request.prologue().uriPath().rawPath())) {
            case Script script -> serve(script, request, response);
            case Resolution.NotAScript other -> {
                LOGGER.debug("not served: {}", other.reason());
                response.next();
            }
            case Resolution.MissingSlash directory -> addSlash(directory, request, response);
            case Resolution.Refused refused -> {
                var failure = new GatewayException(refused.status(), refused.reason());
                log(failure, refused.status().equals(Status.FORBIDDEN_403) ? Level.WARN : Level.DEBUG, request);
                throw failure.toHttpException(!request.content().hasEntity());
            }
        }
    }

    private static void addSlash(Resolution.MissingSlash directory, ServerRequest request, ServerResponse response) {
        String query = request.prologue().query().rawValue();
        response.status(Status.MOVED_PERMANENTLY_301);
        response.header(HeaderNames.LOCATION, query.isEmpty() ? directory.location() : directory.location() + '?' + query);
        response.send();
    }

    private void serve(Script script, ServerRequest request, ServerResponse response) {
        var relay = new ResponseRelay(request, response, script);
        try {
            Optional<ScriptResponse.LocalRedirect> redirect = run(script, request, relay);
            if (redirect.isPresent()) {
                LocalRedirection.follow(request, response, redirect.get().location());
            }
        } catch (TimedOutput.GivenUpException e) {
            fail(e.failure(), request, relay);
        } catch (GatewayException e) {
            fail(e, request, relay);
        } catch (IOException e) {
            LOGGER.atDebug().addKeyValue("script", script.file()).setCause(e).log("client failed");
            throw new CloseConnectionException("the client failed: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CloseConnectionException("interrupted while waiting to run '" + script.file() + "'", e);
        }
    }

    private static void fail(GatewayException e, ServerRequest request, ResponseRelay relay) {
        // refusals under load are many, and ProcessSlots says enough about them
        log(e, e.status().equals(Status.SERVICE_UNAVAILABLE_503) ? Level.DEBUG : Level.WARN, request);
        if (relay.hasBegun()) {
            throw new CloseConnectionException("response cut short: " + e.getMessage(), e);
        }
        throw e.toHttpException(!request.content().hasEntity() || request.content().consumed());
    }

    private Optional<ScriptResponse.LocalRedirect> run(Script script, ServerRequest request, ResponseRelay relay)
            throws GatewayException, IOException, InterruptedException {
        slots.requireRoom();
        try (RequestBody body = RequestBody.receive(request, bodyLimits)) {
            var exchange = new Exchange(launcher, settings, command(script, request, body), body, relay);
            running.add(exchange);
            boolean inPlace = false;
            try (ClientWatch.Watch watch = watch(request, exchange)) {
                requireOpen();
                exchange.receiveFirstPiece();
                exchange.takePlace(slots);
                inPlace = true;
                return exchange.run(scripts, () -> {
                    running.remove(exchange);
                    slots.release();
                });
            } finally {
                if (!inPlace) {
                    running.remove(exchange);
                }
            }
        }
    }

    private static ClientWatch.Watch watch(ServerRequest request, Exchange exchange) {
        return request instanceof ClientWatch client
                ? client.onClientGone(() -> exchange.cancel(Exchange.Cancellation.CLIENT_GONE))
                : () -> { };
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
        return Command.of(script, arguments(script, request), environment, stdin);
    }

    /** RFC 3875 section 4.4: the words of a query that is no form, separated by plus signs; all of them or none. */
    private List<String> arguments(Script script, ServerRequest request) {
        String query = request.prologue().query().rawValue();
        Method method = LocalRedirection.method(request);
        boolean indexed = settings.queryArguments() && script.interpreter().isEmpty() && !query.isEmpty()
                && query.indexOf('=') < 0 && (method.equals(Method.GET) || method.equals(Method.HEAD));
        if (!indexed) {
            return List.of();
        }
        var words = new ArrayList<String>();
        for (String word : query.split("\\+", -1)) {
            Optional<String> decoded = Octets.unescape(word);
            if (decoded.isEmpty() || decoded.get().indexOf('\0') >= 0) {
                return List.of();
            }
            words.add(decoded.get());
        }
        return words;
    }

    private void requireOpen() throws GatewayException {
        if (closed) {
            throw new GatewayException(Status.SERVICE_UNAVAILABLE_503, "the server stops");
        }
    }

    private static void log(GatewayException failure, Level level, ServerRequest request) {
        LOGGER.atLevel(level)
                .addKeyValue("status", failure.status().code())
                .addKeyValue("method", request.prologue().method().text())
                .addKeyValue("path", request.prologue().uriPath().rawPath())
                .addKeyValue("client", request.remotePeer().host())
                .log("{}", failure.getMessage());
    }

    /**
     * Refuses new requests, ends the scripts that run, and waits until they have ended: at most the grace that they have
     * between SIGTERM and SIGKILL, and a little more.
     */
    @Override
    public void close() {
        closed = true;
        running.forEach(exchange -> exchange.cancel(Exchange.Cancellation.SERVER_STOPS));
        scripts.shutdown();
        try {
            Duration limit = settings.terminationGrace().plusSeconds(6);
            if (!scripts.awaitTermination(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                LOGGER.warn("{} scripts still run {} after they were told to end", running.size(), limit);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

}

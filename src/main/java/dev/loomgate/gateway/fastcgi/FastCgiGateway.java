package dev.loomgate.gateway.fastcgi;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;

import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import dev.loomgate.gateway.Destination;
import dev.loomgate.gateway.GatewayException;
import dev.loomgate.gateway.GatewaySettings;
import dev.loomgate.gateway.Load;
import dev.loomgate.gateway.ResponseRelay;
import dev.loomgate.gateway.Script;
import dev.loomgate.gateway.ScriptGateway;
import dev.loomgate.gateway.ScriptResolver;
import dev.loomgate.gateway.ScriptResponse;
import dev.loomgate.gateway.StreamExchanges;
import dev.loomgate.gateway.Workers;
import dev.loomgate.upstream.Connection;
import dev.loomgate.upstream.Endpoint;
import dev.loomgate.upstream.Pool;
import dev.loomgate.upstream.UnavailableException;

/** A program that speaks FastCGI: one that listens on a socket by itself, or one that this server starts. */
public final class FastCgiGateway extends ScriptGateway {
    private static final Logger LOGGER = LoggerFactory.getLogger(FastCgiGateway.class);
    private static final Duration ANSWER = Duration.ofSeconds(2);
    private static final Duration RETRY = Duration.ofSeconds(1);

    private final Destination destination;
    private final StreamExchanges exchanges;
    private final FastCgi protocol;
    private final Optional<ResponderHost> host;
    private final AtomicBoolean asked = new AtomicBoolean();

    private FastCgiGateway(ScriptResolver resolver, boolean scriptIsFile, Destination destination, boolean keep, GatewaySettings settings,
                           Optional<ResponderHost> host) {
        super(resolver);
        this.destination = destination;
        this.protocol = new FastCgi(keep);
        this.exchanges = new StreamExchanges(settings, scriptIsFile);
        this.host = host;
    }

    /**
     * A gateway to a program that listens on a socket, such as php-fpm, or a group of such.
     *
     * @param resolver     finds what is asked for
     * @param scriptIsFile whether that is a file that the program has to know (SCRIPT_FILENAME)
     * @param destination  who answers; closed with the gateway
     * @param keep         whether connections are kept for further requests
     * @param settings     limits and environment
     */
    public static FastCgiGateway to(ScriptResolver resolver, boolean scriptIsFile, Destination destination, boolean keep,
                                    GatewaySettings settings) {
        return new FastCgiGateway(resolver, scriptIsFile, destination, keep, settings, Optional.empty());
    }

    /**
     * A gateway to a program that it starts, and ends when it is closed.
     *
     * @param resolver     finds what is asked for
     * @param scriptIsFile whether that is a file that the program has to know (SCRIPT_FILENAME)
     * @param command      the program
     * @param pool         makes the pool of connections to it
     * @param keep         whether connections are kept for further requests
     * @param settings     limits and environment
     * @throws IllegalArgumentException if there can be no socket for the program
     */
    public static FastCgiGateway start(ScriptResolver resolver, boolean scriptIsFile, ResponderCommand command,
                                       Function<Endpoint, Pool> pool, boolean keep, GatewaySettings settings) {
        var host = new ResponderHost(command);
        Pool connections = pool.apply(host.endpoint());
        var gateway = new FastCgiGateway(resolver, scriptIsFile, new Destination.One(connections), keep, settings,
                Optional.of(host));
        gateway.asked.set(true);
        host.start(connections::closeUnanswered);
        return gateway;
    }

    @Override
    public Optional<ScriptResponse.LocalRedirect> run(Script script, ServerRequest request, ResponseRelay relay)
            throws GatewayException, IOException, InterruptedException {
        Optional<String> problem = host.flatMap(ResponderHost::problem);
        if (problem.isPresent()) {
            throw new GatewayException(Status.SERVICE_UNAVAILABLE_503, problem.get(), RETRY, null);
        }
        if (!asked.get() && asked.compareAndSet(false, true) && destination instanceof Destination.One(Pool pool)) {
            Thread.ofVirtual().name("fastcgi-values").start(() -> askForValues(pool));
        }
        return exchanges.run(script, request, relay, destination, protocol);
    }

    private static void askForValues(Pool pool) {
        try {
            Connection connection = pool.aside();
            try {
                OptionalInt most = ProgramValues.maxConnections(connection, ANSWER);
                LOGGER.atDebug().addKeyValue("program", pool.endpoint()).addKeyValue(ProgramValues.MAX_CONNS, most).log("asked");
                // 1 is what each process of several says
                if (most.isPresent() && most.getAsInt() > 1) {
                    pool.places().limitTo(most.getAsInt());
                }
            } finally {
                pool.giveBack(connection, false);
            }
        } catch (IOException | UnavailableException e) {
            LOGGER.atDebug().addKeyValue("program", pool.endpoint()).setCause(e).log("the program does not say what it can do");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public Optional<String> trouble() {
        return host.flatMap(ResponderHost::problem);
    }

    @Override
    public Workers workers() {
        return host.map(ResponderHost::workers).orElse(Workers.WELL);
    }

    @Override
    public Load load() {
        return destination.load(host.map(ResponderHost::runningCount).orElse(0));
    }

    @Override
    public void close() {
        exchanges.close();
        destination.close();
        host.ifPresent(ResponderHost::close);
    }
}

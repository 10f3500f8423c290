package dev.loomgate.gateway.fastcgi;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;

import io.helidon.http.Status;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import dev.loomgate.gateway.Destination;
import dev.loomgate.gateway.GatewayException;
import dev.loomgate.gateway.Load;
import dev.loomgate.gateway.Workers;
import dev.loomgate.upstream.Connection;
import dev.loomgate.upstream.Endpoint;
import dev.loomgate.upstream.Pool;

/** A FastCGI program, whatever it is asked as: the connections to it, and its processes if this server runs them. */
final class FastCgiProgram implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(FastCgiProgram.class);
    private static final Duration ANSWER = Duration.ofSeconds(2);
    private static final Duration RETRY = Duration.ofSeconds(1);

    private final Destination destination;
    private final Optional<ResponderHost> host;
    private final AtomicBoolean asked;

    private FastCgiProgram(Destination destination, Optional<ResponderHost> host) {
        this.destination = destination;
        this.host = host;
        // of one that is started here it is known what it can do
        this.asked = new AtomicBoolean(host.isPresent());
    }

    /** One that listens on a socket by itself, or a group of such; its connections are closed with this. */
    static FastCgiProgram at(Destination destination) {
        return new FastCgiProgram(destination, Optional.empty());
    }

    /**
     * One that is started now, and ended when this is closed.
     *
     * @param pool makes the pool of connections to it
     * @throws IllegalArgumentException if there can be no socket for it
     */
    static FastCgiProgram start(ResponderCommand command, Function<Endpoint, Pool> pool) {
        var host = new ResponderHost(command);
        Pool connections = pool.apply(host.endpoint());
        host.start(connections::closeUnanswered);
        return new FastCgiProgram(new Destination.One(connections), Optional.of(host));
    }

    /**
     * Where requests go.
     *
     * @throws GatewayException 503 if the program can't be started
     */
    Destination destination() throws GatewayException {
        Optional<String> problem = trouble();
        if (problem.isPresent()) {
            throw new GatewayException(Status.SERVICE_UNAVAILABLE_503, problem.get(), RETRY, null);
        }
        if (!asked.get() && asked.compareAndSet(false, true) && destination instanceof Destination.One(Pool pool)) {
            Thread.ofVirtual().name("fastcgi-values").start(() -> askForValues(pool));
        }
        return destination;
    }

    private static void askForValues(Pool pool) {
        try {
            Connection connection = pool.aside();
            try {
                OptionalInt most = ProgramValues.maxConnections(connection, ANSWER);
                // 1 is what each process of several says
                if (most.isPresent() && most.getAsInt() > 1) {
                    pool.places().limitTo(most.getAsInt());
                }
                LOGGER.atDebug().addKeyValue("program", pool.endpoint()).addKeyValue(ProgramValues.MAX_CONNS, most).log("asked");
            } finally {
                pool.giveBack(connection, false);
            }
        } catch (IOException e) {
            LOGGER.atDebug().addKeyValue("program", pool.endpoint()).setCause(e).log("the program does not say what it can do");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Why no process of it runs, if this server runs it and there is such a reason. */
    Optional<String> trouble() {
        return host.flatMap(ResponderHost::problem);
    }

    /** How its processes do. */
    Workers workers() {
        return host.map(ResponderHost::workers).orElse(Workers.WELL);
    }

    /** What it has to do at this moment. */
    Load load() {
        return destination.load(host.map(ResponderHost::runningCount).orElse(0));
    }

    @Override
    public void close() {
        destination.close();
        host.ifPresent(ResponderHost::close);
    }
}

package dev.loomgate.gateway;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

import io.helidon.http.Method;
import io.helidon.webserver.http.ServerRequest;

import dev.loomgate.transport.ClientWatch;
import dev.loomgate.upstream.Connection;
import dev.loomgate.upstream.UnavailableException;

/**
 * Has programs that listen on sockets answer requests, whatever they speak. Each request waits for its turn, and then takes
 * a connection. What is late is ended by a look at all that run, twice a second or more often. Safe for use by many threads.
 */
public final class StreamExchanges implements AutoCloseable {
    private static final long LONGEST_NAP = 500;

    private final GatewaySettings settings;
    private final MetaVariables metaVariables;
    private final Map<String, String> environment;
    private final RunningExchanges running = new RunningExchanges();
    private final Thread sweep;

    /** A protocol that programs speak. */
    public interface Protocol {
        /**
         * A request on a connection; sends nothing yet.
         *
         * @param connection where to
         * @param script     what is asked for
         * @param variables  the meta-variables, as octets
         */
        Dialogue open(Connection connection, Script script, Map<String, String> variables);
    }

    /**
     * With these settings.
     *
     * @param settings     limits and environment
     * @param scriptIsFile whether scripts are files whose names their programs have to know
     */
    public StreamExchanges(GatewaySettings settings, boolean scriptIsFile) {
        this.settings = settings;
        this.metaVariables = new MetaVariables(new MetaVariables.Options(settings.documentRoot(),
                settings.passAuthorization(), scriptIsFile, MetaVariables.serverSoftware()));
        this.environment = Octets.of(settings.environment());
        this.sweep = Thread.ofVirtual().name("gateway-sweep").start(this::sweep);
    }

    private void sweep() {
        Duration shortest = settings.limits().run().filter(run -> run.compareTo(settings.limits().silence()) < 0)
                .orElse(settings.limits().silence());
        try {
            while (true) {
                Thread.sleep(Math.clamp(shortest.toMillis() / 8, 1, LONGEST_NAP));
                running.endLate();
            }
        } catch (InterruptedException e) {
            // closed
        }
    }

    /**
     * Answers a request.
     *
     * @param script      what is asked for
     * @param request     the request; its body must not have been read
     * @param relay       passes the answer on
     * @param destination who answers
     * @param protocol    what is spoken there
     * @return the local redirect to follow instead, if the program asks for one
     * @throws GatewayException     as {@link ScriptGateway#run}
     * @throws IOException          as there
     * @throws InterruptedException as there
     */
    public Optional<ScriptResponse.LocalRedirect> run(Script script, ServerRequest request, ResponseRelay relay, Destination destination,
                                                      Protocol protocol)
            throws GatewayException, IOException, InterruptedException {
        requireRoom(destination);
        try (RequestBody body = RequestBody.receive(request, settings.body())) {
            return run(new Message(script, metaVariables.of(request, script, body.length()), body,
                    LocalRedirection.method(request).text()), request, relay, destination, protocol);
        }
    }

    /**
     * Asks about a request, whose body stays where it is; the question may be asked twice, whatever the request's method.
     *
     * @param script      who is asked
     * @param request     the request
     * @param relay       passes the answer on, or keeps it
     * @param destination who answers
     * @param protocol    what is spoken there
     * @return the local redirect to follow instead, if the program asks for one
     * @throws GatewayException     as {@link ScriptGateway#run}
     * @throws IOException          as there
     * @throws InterruptedException as there
     */
    public Optional<ScriptResponse.LocalRedirect> ask(Script script, ServerRequest request, ResponseRelay relay, Destination destination,
                                                      Protocol protocol)
            throws GatewayException, IOException, InterruptedException {
        requireRoom(destination);
        return run(new Message(script, metaVariables.ofQuestion(request, script), new RequestBody.None(), Method.GET.text()), request,
                relay, destination, protocol);
    }

    /** What is sent to a program. */
    private record Message(Script script, Map<String, String> variables, RequestBody body, String method) {
    }

    private Optional<ScriptResponse.LocalRedirect> run(Message message, ServerRequest request, ResponseRelay relay,
                                                       Destination destination, Protocol protocol)
            throws GatewayException, IOException, InterruptedException {
        message.variables().putAll(environment);
        try (Destination.Visit visit = destination.visit(request.remotePeer().host())) {
            var exchange = new StreamExchange(visit, destination,
                    connection -> protocol.open(connection, message.script(), message.variables()), message.body(), relay,
                    message.method(), settings.limits());
            try (ClientWatch.Watch watch = RunningExchanges.watch(request, exchange)) {
                running.add(exchange);
                exchange.receiveFirstPiece();
                return exchange.run();
            } finally {
                running.remove(exchange);
            }
        }
    }

    private static void requireRoom(Destination destination) throws GatewayException {
        try {
            destination.requireRoom();
        } catch (UnavailableException e) {
            throw Exchange.unavailable(e);
        }
    }

    /** Refuses new requests and ends those that run; waits for none. */
    @Override
    public void close() {
        running.close();
        sweep.interrupt();
    }
}

package dev.loomgate.gateway;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;

import dev.loomgate.transport.ClientWatch;

/** What a gateway works on at this moment, so that it can be ended with the gateway. Safe for use by many threads. */
public final class RunningExchanges implements AutoCloseable {
    private final Set<Exchange> running = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    /** None yet. */
    public RunningExchanges() {
        // nothing to prepare
    }

    /**
     * An exchange runs from now on.
     *
     * @throws GatewayException 503 if the gateway has been closed; the exchange is to be {@linkplain #remove removed} also then
     */
    public void add(Exchange exchange) throws GatewayException {
        running.add(exchange);
        if (closed) {
            throw new GatewayException(Status.SERVICE_UNAVAILABLE_503, Exchange.Cancellation.SERVER_STOPS.reason());
        }
    }

    /** An exchange does not run any more. */
    public void remove(Exchange exchange) {
        running.remove(exchange);
    }

    /** How many run. */
    public int count() {
        return running.size();
    }

    /** Cancels an exchange when its client goes away. */
    public static ClientWatch.Watch watch(ServerRequest request, Exchange exchange) {
        return request instanceof ClientWatch client
                ? client.onClientGone(() -> exchange.cancel(Exchange.Cancellation.CLIENT_GONE))
                : () -> { };
    }

    /** Ends those whose time is up, of those that do not see to it themselves. */
    void endLate() {
        for (Exchange exchange : running) {
            if (exchange instanceof StreamExchange stream) {
                stream.endIfLate();
            }
        }
    }

    /** Refuses new ones and cancels those that run. */
    @Override
    public void close() {
        closed = true;
        running.forEach(exchange -> exchange.cancel(Exchange.Cancellation.SERVER_STOPS));
    }
}

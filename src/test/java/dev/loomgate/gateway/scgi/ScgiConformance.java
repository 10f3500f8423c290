package dev.loomgate.gateway.scgi;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

import io.helidon.webserver.http.Handler;
import org.junit.jupiter.api.AfterEach;

import dev.loomgate.gateway.CgiConformance;
import dev.loomgate.gateway.GatewaySettings;
import dev.loomgate.gateway.ScriptResolver;
import dev.loomgate.testing.Responder;
import dev.loomgate.upstream.Endpoint;
import dev.loomgate.upstream.Places;
import dev.loomgate.upstream.Pool;
import dev.loomgate.upstream.PoolSettings;

/** The conformance suite with an SCGI server that runs the scripts. */
abstract class ScgiConformance extends CgiConformance {
    private Responder responder;
    private int started;

    /** The socket's file; empty for TCP. A second gateway of one test is to have a new one. */
    abstract Optional<Path> socket(int number);

    @Override
    protected Handler gateway(ScriptResolver resolver, Options options) {
        stopResponder();
        Optional<Path> socket = socket(++started);
        try {
            responder = Responder.scgi(socket.orElse(null));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Endpoint endpoint = socket.<Endpoint>map(Endpoint.Unix::new)
                .orElseGet(() -> new Endpoint.Tcp("127.0.0.1", responder.port()));
        var places = new Places.Limits(64, 1024, Duration.ofSeconds(10), "a request", "wait");
        var pool = new Pool(endpoint, new PoolSettings(places, Duration.ofSeconds(5), PoolSettings.PATIENCE));
        return new ScgiGateway(resolver, true, pool, GatewaySettings.defaults()
                .withPassAuthorization(options.passAuthorization())
                .withEnvironment(options.environment()).withDocumentRoot(Optional.of(options.documentRoot())));
    }

    @Override
    protected Map<String, String> surroundings() {
        return Map.of("SCGI", "1", "CONTENT_LENGTH", "0");
    }

    @AfterEach
    void stopResponder() {
        if (responder != null) {
            responder.close();
        }
    }
}

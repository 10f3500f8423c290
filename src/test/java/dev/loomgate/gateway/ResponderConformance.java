package dev.loomgate.gateway;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

import io.helidon.webserver.http.Handler;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.TestInfo;

import dev.loomgate.testing.Responder;
import dev.loomgate.upstream.Endpoint;
import dev.loomgate.upstream.Places;
import dev.loomgate.upstream.Pool;
import dev.loomgate.upstream.PoolSettings;

/** The conformance suite with a server of another language that runs the scripts. */
public abstract class ResponderConformance extends CgiConformance {
    // one for all tests of a class
    private static final Map<Class<?>, Place> PLACES = new ConcurrentHashMap<>();

    private record Place(Responder responder, Path directory) {
    }

    /** What the server speaks: scgi or fastcgi. */
    protected abstract String protocol();

    /** Whether it listens on a Unix-domain socket, and not on a port. */
    protected abstract boolean isUnix();

    /** A gateway that speaks it. */
    protected abstract Handler gateway(ScriptResolver resolver, Pool pool, GatewaySettings settings);

    @Override
    protected Handler gateway(ScriptResolver resolver, Options options) {
        Place place = PLACES.computeIfAbsent(getClass(), type -> startResponder());
        Endpoint endpoint = isUnix() ? new Endpoint.Unix(place.directory().resolve("socket"))
                : new Endpoint.Tcp("127.0.0.1", place.responder().port());
        var places = new Places.Limits(64, 1024, Duration.ofSeconds(10), "a request", "wait");
        var pool = new Pool(endpoint, new PoolSettings(places, Duration.ofSeconds(5), PoolSettings.PATIENCE,
                Duration.ofSeconds(5), Duration.ofHours(1)));
        return gateway(resolver, pool, GatewaySettings.defaults().withPassAuthorization(options.passAuthorization())
                .withEnvironment(options.environment()).withDocumentRoot(Optional.of(options.documentRoot())));
    }

    private Place startResponder() {
        try {
            Path directory = Files.createTempDirectory("responder");
            return new Place(Responder.start(protocol(), isUnix() ? directory.resolve("socket") : null), directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @AfterAll
    static void stopResponder(TestInfo test) throws IOException {
        Place place = PLACES.remove(test.getTestClass().orElseThrow());
        if (place != null) {
            place.responder().close();
            Files.deleteIfExists(place.directory().resolve("socket"));
            Files.delete(place.directory());
        }
    }
}

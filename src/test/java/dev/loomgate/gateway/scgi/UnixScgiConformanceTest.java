package dev.loomgate.gateway.scgi;

import java.util.Map;

import io.helidon.webserver.http.Handler;

import dev.loomgate.gateway.Destination;
import dev.loomgate.gateway.GatewaySettings;
import dev.loomgate.gateway.ResponderConformance;
import dev.loomgate.gateway.ScriptResolver;
import dev.loomgate.upstream.Pool;

/** SCGI over a Unix-domain socket. */
class UnixScgiConformanceTest extends ResponderConformance {
    @Override
    protected String protocol() {
        return "scgi";
    }

    @Override
    protected boolean isUnix() {
        return true;
    }

    @Override
    protected Handler gateway(ScriptResolver resolver, Pool pool, GatewaySettings settings) {
        return new ScgiGateway(resolver, true, new Destination.One(pool), settings);
    }

    @Override
    protected Map<String, String> surroundings() {
        return Map.of("SCGI", "1", "CONTENT_LENGTH", "0");
    }
}

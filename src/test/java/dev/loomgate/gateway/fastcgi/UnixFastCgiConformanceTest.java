package dev.loomgate.gateway.fastcgi;

import java.util.Map;

import io.helidon.webserver.http.Handler;

import dev.loomgate.gateway.Destination;
import dev.loomgate.gateway.GatewaySettings;
import dev.loomgate.gateway.ResponderConformance;
import dev.loomgate.gateway.ScriptResolver;
import dev.loomgate.upstream.Pool;

/** FastCGI over a Unix-domain socket, with kept connections. */
class UnixFastCgiConformanceTest extends ResponderConformance {
    @Override
    protected String protocol() {
        return "fastcgi";
    }

    @Override
    protected boolean isUnix() {
        return true;
    }

    @Override
    protected Handler gateway(ScriptResolver resolver, Pool pool, GatewaySettings settings) {
        return FastCgiGateway.to(resolver, true, new Destination.One(pool), true, settings);
    }

    @Override
    protected Map<String, String> surroundings() {
        return Map.of();
    }
}

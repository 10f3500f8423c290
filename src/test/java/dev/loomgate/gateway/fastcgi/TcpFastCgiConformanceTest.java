package dev.loomgate.gateway.fastcgi;

import java.util.Map;

import io.helidon.webserver.http.Handler;

import dev.loomgate.gateway.Destination;
import dev.loomgate.gateway.GatewaySettings;
import dev.loomgate.gateway.ResponderConformance;
import dev.loomgate.gateway.ScriptResolver;
import dev.loomgate.upstream.Pool;

/** FastCGI over TCP, with kept connections. */
class TcpFastCgiConformanceTest extends ResponderConformance {
    @Override
    protected String protocol() {
        return "fastcgi";
    }

    @Override
    protected boolean isUnix() {
        return false;
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

package dev.loomgate.gateway.scgi;

import java.io.IOException;
import java.util.Optional;

import io.helidon.webserver.http.ServerRequest;

import dev.loomgate.gateway.GatewayException;
import dev.loomgate.gateway.GatewaySettings;
import dev.loomgate.gateway.Load;
import dev.loomgate.gateway.ResponseRelay;
import dev.loomgate.gateway.Script;
import dev.loomgate.gateway.ScriptGateway;
import dev.loomgate.gateway.ScriptResolver;
import dev.loomgate.gateway.ScriptResponse;
import dev.loomgate.gateway.StreamExchanges;
import dev.loomgate.upstream.Places;
import dev.loomgate.upstream.Pool;

/** A program that speaks SCGI, as an application for a whole path or as the host of scripts in a directory. */
public final class ScgiGateway extends ScriptGateway {
    private static final Scgi PROTOCOL = new Scgi(false);

    private final Pool pool;
    private final StreamExchanges exchanges;

    /**
     * A gateway to one program.
     *
     * @param resolver     finds what is asked for
     * @param scriptIsFile whether that is a file that the program has to know (SCRIPT_FILENAME)
     * @param pool         connections to the program; closed with the gateway
     * @param settings     limits and environment
     */
    public ScgiGateway(ScriptResolver resolver, boolean scriptIsFile, Pool pool, GatewaySettings settings) {
        super(resolver);
        this.pool = pool;
        this.exchanges = new StreamExchanges(settings, scriptIsFile);
    }

    @Override
    public Optional<ScriptResponse.LocalRedirect> run(Script script, ServerRequest request, ResponseRelay relay)
            throws GatewayException, IOException, InterruptedException {
        return exchanges.run(script, request, relay, pool, PROTOCOL);
    }

    @Override
    public Load load() {
        Places places = pool.places();
        return new Load(places.taken(), places.count(), places.waiting(), places.refusedCount(), 0, 0);
    }

    @Override
    public void close() {
        exchanges.close();
        pool.close();
    }
}

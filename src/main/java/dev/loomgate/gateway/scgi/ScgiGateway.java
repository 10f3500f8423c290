package dev.loomgate.gateway.scgi;

import java.io.IOException;
import java.util.Optional;

import io.helidon.webserver.http.ServerRequest;

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

/** A program that speaks SCGI, as an application for a whole path or as the host of scripts in a directory. */
public final class ScgiGateway extends ScriptGateway {
    private static final Scgi PROTOCOL = new Scgi(false);

    private final Destination destination;
    private final StreamExchanges exchanges;

    /**
     * A gateway to one program, or a group of them.
     *
     * @param resolver     finds what is asked for
     * @param scriptIsFile whether that is a file that the program has to know (SCRIPT_FILENAME)
     * @param destination  who answers; closed with the gateway
     * @param settings     limits and environment
     */
    public ScgiGateway(ScriptResolver resolver, boolean scriptIsFile, Destination destination, GatewaySettings settings) {
        super(resolver);
        this.destination = destination;
        this.exchanges = new StreamExchanges(settings, scriptIsFile);
    }

    @Override
    public Optional<ScriptResponse.LocalRedirect> run(Script script, ServerRequest request, ResponseRelay relay)
            throws GatewayException, IOException, InterruptedException {
        return exchanges.run(script, request, relay, destination, PROTOCOL);
    }

    @Override
    public Load load() {
        return destination.load(0);
    }

    @Override
    public void close() {
        exchanges.close();
        destination.close();
    }
}

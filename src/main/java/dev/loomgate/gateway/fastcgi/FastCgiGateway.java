package dev.loomgate.gateway.fastcgi;

import java.io.IOException;
import java.util.Optional;
import java.util.function.Function;

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
import dev.loomgate.gateway.Workers;
import dev.loomgate.upstream.Endpoint;
import dev.loomgate.upstream.Pool;

/** A program that speaks FastCGI: one that listens on a socket by itself, or one that this server starts. */
public final class FastCgiGateway extends ScriptGateway {
    private final FastCgiProgram program;
    private final StreamExchanges exchanges;
    private final FastCgi protocol;

    private FastCgiGateway(ScriptResolver resolver, boolean scriptIsFile, FastCgiProgram program, boolean keep,
                           GatewaySettings settings) {
        super(resolver);
        this.program = program;
        this.protocol = new FastCgi(keep);
        this.exchanges = new StreamExchanges(settings, scriptIsFile);
    }

    /**
     * A gateway to a program that listens on a socket, such as php-fpm, or a group of such.
     *
     * @param resolver     finds what is asked for
     * @param scriptIsFile whether that is a file that the program has to know (SCRIPT_FILENAME)
     * @param destination  who answers; closed with the gateway
     * @param keep         whether connections are kept for further requests
     * @param settings     limits and environment
     */
    public static FastCgiGateway to(ScriptResolver resolver, boolean scriptIsFile, Destination destination, boolean keep,
                                    GatewaySettings settings) {
        return new FastCgiGateway(resolver, scriptIsFile, FastCgiProgram.at(destination), keep, settings);
    }

    /**
     * A gateway to a program that it starts, and ends when it is closed.
     *
     * @param resolver     finds what is asked for
     * @param scriptIsFile whether that is a file that the program has to know (SCRIPT_FILENAME)
     * @param command      the program
     * @param pool         makes the pool of connections to it
     * @param keep         whether connections are kept for further requests
     * @param settings     limits and environment
     * @throws IllegalArgumentException if there can be no socket for the program
     */
    public static FastCgiGateway start(ScriptResolver resolver, boolean scriptIsFile, ResponderCommand command,
                                       Function<Endpoint, Pool> pool, boolean keep, GatewaySettings settings) {
        return new FastCgiGateway(resolver, scriptIsFile, FastCgiProgram.start(command, pool), keep, settings);
    }

    @Override
    public Optional<ScriptResponse.LocalRedirect> run(Script script, ServerRequest request, ResponseRelay relay)
            throws GatewayException, IOException, InterruptedException {
        return exchanges.run(script, request, relay, program.destination(), protocol);
    }

    @Override
    public Optional<String> trouble() {
        return program.trouble();
    }

    @Override
    public Workers workers() {
        return program.workers();
    }

    @Override
    public Load load() {
        return program.load();
    }

    @Override
    public void close() {
        exchanges.close();
        program.close();
    }
}

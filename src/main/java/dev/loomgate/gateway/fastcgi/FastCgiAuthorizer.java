package dev.loomgate.gateway.fastcgi;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;

import dev.loomgate.gateway.Authorizer;
import dev.loomgate.gateway.Destination;
import dev.loomgate.gateway.Dialogue;
import dev.loomgate.gateway.GatewayException;
import dev.loomgate.gateway.GatewaySettings;
import dev.loomgate.gateway.Load;
import dev.loomgate.gateway.ResponseRelay;
import dev.loomgate.gateway.Script;
import dev.loomgate.gateway.ScriptResponse;
import dev.loomgate.gateway.StreamExchanges;
import dev.loomgate.gateway.Workers;
import dev.loomgate.upstream.Connection;
import dev.loomgate.upstream.Endpoint;
import dev.loomgate.upstream.Pool;

/**
 * A FastCGI program in the role of an authorizer (section 6.3 of the specification): it gets the request without its body, and what
 * it answers other than 200 is the answer to the client. Whether a request was sent on a kept connection that turns out to be closed
 * is no matter: the question is asked again, whatever the request's method.
 */
public final class FastCgiAuthorizer extends Authorizer {
    private final FastCgiProgram program;
    private final StreamExchanges exchanges;
    private final boolean keep;

    private FastCgiAuthorizer(Path file, boolean fileIsScript, FastCgiProgram program, boolean keep, GatewaySettings settings) {
        super(file);
        this.program = program;
        this.exchanges = new StreamExchanges(settings, fileIsScript);
        this.keep = keep;
    }

    /**
     * One that listens on a socket, or a group of such.
     *
     * @param file         the script that the program runs, or what logs call the program
     * @param fileIsScript whether it is a script that the program has to know (SCRIPT_FILENAME)
     * @param destination  who answers; closed with the authorizer
     * @param keep         whether connections are kept for further requests
     * @param settings     limits and environment
     */
    public static FastCgiAuthorizer to(Path file, boolean fileIsScript, Destination destination, boolean keep,
                                       GatewaySettings settings) {
        return new FastCgiAuthorizer(file, fileIsScript, FastCgiProgram.at(destination), keep, settings);
    }

    /**
     * One that it starts, and ends when it is closed.
     *
     * @param file         as for {@link #to}
     * @param fileIsScript as for {@link #to}
     * @param command      the program
     * @param pool         makes the pool of connections to it
     * @param keep         whether connections are kept for further requests
     * @param settings     limits and environment
     * @throws IllegalArgumentException if there can be no socket for the program
     */
    public static FastCgiAuthorizer start(Path file, boolean fileIsScript, ResponderCommand command, Function<Endpoint, Pool> pool,
                                          boolean keep, GatewaySettings settings) {
        return new FastCgiAuthorizer(file, fileIsScript, FastCgiProgram.start(command, pool), keep, settings);
    }

    /** A question on the connection that it was asked on last: it may be asked again if a kept one was closed. */
    private final class Question implements StreamExchanges.Protocol {
        private FastCgiDialogue dialogue;

        @Override
        public Dialogue open(Connection connection, Script script, Map<String, String> variables) {
            dialogue = new FastCgiDialogue(connection, Role.AUTHORIZER, script.file(), variables, keep);
            return dialogue;
        }
    }

    @Override
    protected Optional<ScriptResponse.LocalRedirect> ask(Script script, ServerRequest request, ResponseRelay relay)
            throws GatewayException, IOException, InterruptedException {
        var question = new Question();
        Optional<ScriptResponse.LocalRedirect> redirect = exchanges.ask(script, request, relay, program.destination(), question);
        if (question.dialogue.exitStatus() != 0 && !relay.hasBegun()) {
            // one that dies after its header has been written may have had no more to say, or all of it
            throw new GatewayException(Status.BAD_GATEWAY_502, "the authorizer exited with status "
                    + question.dialogue.exitStatus() + ", so that its answer is not taken for a yes");
        }
        return redirect;
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

package dev.loomgate.gateway;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;

/**
 * A program that is asked whether a request may be served, before it is (FastCGI 1.0, section 6.3). Only an answer with status 200
 * that is complete is a yes; whatever else it answers goes to the client, and if it does not answer, the client is told so as by
 * {@link ScriptGateway}. The request's body stays where it is. Safe for use by many threads.
 */
public abstract class Authorizer implements AutoCloseable {
    private final Script script;
    private final ScriptFailures failures = new ScriptFailures();

    /** @param file the script that the program runs, or what logs call the program */
    protected Authorizer(Path file) {
        this.script = new Script("", "", file, List.of());
    }

    /**
     * Asks the program and has its answer read to the end by the relay, which keeps a yes from the client.
     *
     * @return the local redirect to follow instead, if the program asks for one
     * @throws GatewayException     if the program failed, or can't be asked
     * @throws IOException          if the client failed; {@link ScriptFailedException} like {@link GatewayException}
     * @throws InterruptedException if the thread was interrupted
     */
    protected abstract Optional<ScriptResponse.LocalRedirect> ask(Script program, ServerRequest request, ResponseRelay relay)
            throws GatewayException, IOException, InterruptedException;

    /** What there is to do at this moment. */
    public abstract Load load();

    /** How the processes do that it keeps. */
    public abstract Workers workers();

    /** Why it can't be asked at present, if there is such a reason. */
    public abstract Optional<String> trouble();

    /**
     * Asks whether a request may be served. If not, the request has been answered, or goes on elsewhere.
     *
     * @throws RuntimeException as Helidon's error handling takes it, if there is no answer
     */
    public final boolean admits(ServerRequest request, ServerResponse response) {
        var verdict = new Verdict();
        var relay = new ResponseRelay(request, response, script, verdict::isYes);
        failures.guard(script, request, relay, () -> {
            Optional<ScriptResponse.LocalRedirect> redirect = ask(script, request, relay);
            if (redirect.isPresent()) {
                LocalRedirection.follow(request, response, redirect.get().location());
            } else {
                verdict.read = true;
            }
        });
        if (verdict.read && verdict.yes != null) {
            verdict.yes.grantTo(request);
            return true;
        }
        return false;
    }

    /** What the program says to one request. */
    private static final class Verdict {
        private GrantedVariables yes;
        private boolean read;

        private boolean isYes(ScriptResponse answer) {
            boolean isOk = answer instanceof ScriptResponse.Document document && document.status().code() == Status.OK_200.code();
            yes = isOk ? GrantedVariables.in(((ScriptResponse.Document) answer).fields()) : null;
            return isOk;
        }
    }

    @Override
    public abstract void close();
}

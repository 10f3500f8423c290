package dev.loomgate.gateway;

import java.io.IOException;
import java.util.Optional;

import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * What all gateways do alike: find the script, answer what leads to none, follow local redirects, and turn what fails into a
 * status for the client and a line in the log. Subclasses run the script. Safe for use by many threads.
 */
public abstract class ScriptGateway implements Handler, AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(ScriptGateway.class);

    private final ScriptResolver resolver;
    private final ScriptFailures failures = new ScriptFailures();

    /** A gateway to the scripts that the resolver finds. */
    protected ScriptGateway(ScriptResolver resolver) {
        this.resolver = resolver;
    }

    /**
     * Runs a script and answers the request with what it writes.
     *
     * @return the local redirect to follow instead, if the script asks for one
     * @throws GatewayException     if the script failed, or can't be run
     * @throws IOException          if the client failed; {@link ScriptFailedException} like {@link GatewayException}
     * @throws InterruptedException if the thread was interrupted
     */
    public abstract Optional<ScriptResponse.LocalRedirect> run(Script script, ServerRequest request, ResponseRelay relay)
            throws GatewayException, IOException, InterruptedException;

    /** Begins, in the background, what the first requests would wait for, if there is anything: requests may come from now on. */
    public void prepare() {
        // nothing, for most
    }

    /** What there is to do at this moment. */
    public abstract Load load();

    /** How the processes do that it keeps. */
    public Workers workers() {
        return Workers.WELL;
    }

    /** Why no script can run at present, if there is such a reason. */
    public Optional<String> trouble() {
        return Optional.empty();
    }

    @Override
    public final void handle(ServerRequest request, ServerResponse response) {
        switch (resolver.resolve(request.prologue().uriPath().rawPath())) {
            case Script script -> serve(script, request, response);
            case Resolution.NotAScript other -> {
                LOGGER.debug("not served: {}", other.reason());
                response.next();
            }
            case Resolution.MissingSlash directory -> addSlash(directory, request, response);
            case Resolution.Refused refused -> {
                var failure = new GatewayException(refused.status(), refused.reason());
                failures.log(failure, refused.status().equals(Status.FORBIDDEN_403) ? Level.WARN : Level.DEBUG, request);
                throw failure.toHttpException(!request.content().hasEntity());
            }
        }
    }

    private static void addSlash(Resolution.MissingSlash directory, ServerRequest request, ServerResponse response) {
        String query = request.prologue().query().rawValue();
        response.status(Status.MOVED_PERMANENTLY_301);
        response.header(HeaderNames.LOCATION, query.isEmpty() ? directory.location() : directory.location() + '?' + query);
        response.send();
    }

    private void serve(Script script, ServerRequest request, ServerResponse response) {
        var relay = new ResponseRelay(request, response, script);
        failures.guard(script, request, relay, () -> {
            Optional<ScriptResponse.LocalRedirect> redirect = run(script, request, relay);
            if (redirect.isPresent()) {
                LocalRedirection.follow(request, response, redirect.get().location());
            }
        });
    }

    @Override
    public abstract void close();
}

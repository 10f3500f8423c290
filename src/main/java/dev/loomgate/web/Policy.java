package dev.loomgate.web;

import java.util.concurrent.Callable;

import dev.loomgate.gateway.Authorizer;
import dev.loomgate.route.Around;
import io.helidon.http.HttpException;
import io.helidon.http.RequestException;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;

/**
 * What a route does around each of its requests, whatever answers it. Each part may be null: then there is none.
 *
 * @param limits      limits of requests: they come before passwords, which cost more; never null
 * @param fields      header fields of each response
 * @param compression of responses
 * @param cors        which other sites may use the route
 * @param users       who may use it
 * @param authorizer  a program that is asked about each request, after passwords and before the handler
 * @param errors      what is shown when it fails
 */
public record Policy(Around limits, ResponseFields fields, Compression compression, Cors cors, BasicAuthentication users,
                     Authorizer authorizer, ErrorPages errors) implements Around {
    /** The least that is needed around a route. */
    public static Around of(Around limits, ResponseFields fields, Compression compression, Cors cors,
                            BasicAuthentication users, Authorizer authorizer, ErrorPages errors) {
        return fields == null && compression == null && cors == null && users == null && authorizer == null && errors == null
                ? limits : new Policy(limits, fields, compression, cors, users, authorizer, errors);
    }

    @Override
    public boolean serve(ServerRequest request, ServerResponse response, Callable<Boolean> target) throws Exception {
        if (fields != null) {
            fields.addTo(response);
        }
        if (cors != null) {
            cors.addTo(request, response);
        }
        if (compression != null) {
            compression.addTo(request, response);
        }
        if (errors == null) {
            return limits.serve(request, response, () -> admit(request, response, target));
        }
        try {
            return limits.serve(request, response, () -> admit(request, response, target));
        } catch (HttpException | RequestException e) {
            if (errors.answers(request, response, e)) {
                return true;
            }
            throw e;
        }
    }

    private boolean admit(ServerRequest request, ServerResponse response, Callable<Boolean> target) throws Exception {
        // browsers send no credentials with a preflight (Fetch, section "CORS-preflight fetch")
        if (cors != null && cors.answers(request, response)) {
            return true;
        }
        if (users != null) {
            users.require(request);
        }
        // who was refused has his answer, or is on his way to another route
        return authorizer != null && !authorizer.admits(request, response) || target.call();
    }
}

package dev.loomgate.web;

import dev.loomgate.transport.RequestId;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.HttpException;
import io.helidon.webserver.http.Filter;
import io.helidon.webserver.http.FilterChain;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.RoutingResponse;

/**
 * What the server does around all requests, also those that no route takes.
 *
 * @param fields    header fields of each response; null if there are none
 * @param errors    what is shown when it fails; null for the line of text that is always there
 * @param requestId whether each response tells the request's id
 */
public record ServerPolicy(ResponseFields fields, ErrorPages errors, boolean requestId) implements Filter {
    static final HeaderName REQUEST_ID = HeaderNames.create("X-Request-Id");

    private boolean isNone() {
        return fields == null && !requestId;
    }

    @Override
    public void filter(FilterChain chain, RoutingRequest request, RoutingResponse response) {
        if (fields != null) {
            fields.addTo(response);
        }
        if (requestId) {
            response.beforeSend(() -> response.header(REQUEST_ID, RequestId.of(request)));
        }
        chain.proceed();
    }

    /** Makes this what the routing does around its requests, if there is anything to do. */
    public void register(HttpRouting.Builder routing) {
        if (!isNone()) {
            routing.addFilter(this);
        }
        if (errors != null) {
            // filters don't see what fails in a route: Helidon has answered it by then
            routing.error(HttpException.class, (request, response, failure) -> {
                if (!errors.answers(request, response, failure)) {
                    response.next();
                }
            });
        }
    }
}

package dev.loomgate.observe;

import java.util.function.Function;
import java.util.function.ToLongFunction;

import io.helidon.common.Builder;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;

/**
 * Who wants to know of each request that has ended.
 *
 * @param statistics    counts them; null if nobody does
 * @param errors        keeps those that failed; null if nobody does
 * @param log           writes a line for each; null if nobody does
 * @param tracing       makes a span of each; null if nobody does
 * @param upstreamNanos how long something behind the server took to begin its answer, in nanoseconds; less than 0 if nothing was
 *                      asked
 * @param requestId     the name of a request, for logs
 */
record Observers(RequestStatistics statistics, RecentErrors errors, AccessLog log, Tracing tracing,
                 ToLongFunction<? super ServerRequest> upstreamNanos, Function<? super ServerRequest, String> requestId) {
    /** The same routing, with its requests observed. */
    Builder<?, HttpRouting> around(HttpRouting.Builder routing) {
        return new Observed(routing, this);
    }

    private record Observed(HttpRouting.Builder routing, Observers observers) implements Builder<Observed, HttpRouting> {
        @Override
        public HttpRouting build() {
            return new ObservedRouting(routing.build(), observers);
        }
    }
}

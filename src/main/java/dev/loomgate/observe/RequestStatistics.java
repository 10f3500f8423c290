package dev.loomgate.observe;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/** The requests that were answered, by route. Safe for use by many threads. */
public final class RequestStatistics {
    /** What a request counts as that no route took. */
    private static final String NONE = "none";
    private static final String OTHER = "other";
    /** Patterns come from the configuration and from services; a service that makes them up must not fill the memory. */
    private static final int MOST_ROUTES = 500;

    private final Map<String, RouteStatistics> routes = new ConcurrentHashMap<>();

    /** Nothing yet. */
    public RequestStatistics() {
        // nothing to prepare
    }

    /**
     * Counts a request.
     *
     * @param route  pattern of the route that answered; null for none
     * @param method method of the request
     * @param status status of the response; 0 if it was broken off
     * @param nanos  how long it took, in nanoseconds
     * @param bytes  length of the response's body
     */
    void record(String route, String method, int status, long nanos, long bytes) {
        String name = route == null ? NONE : route;
        RouteStatistics statistics = routes.get(name);
        if (statistics == null) {
            String kept = routes.size() < MOST_ROUTES ? name : OTHER;
            statistics = routes.computeIfAbsent(kept, any -> new RouteStatistics());
        }
        statistics.record(method, status, nanos, bytes);
    }

    /** All routes that have answered, in order of their patterns. */
    Map<String, RouteStatistics> routes() {
        return new TreeMap<>(routes);
    }

    /** All requests together. */
    LatencyHistogram.Counts total() {
        return routes.values().stream().flatMap(route -> route.counts().values().stream())
                .reduce(LatencyHistogram.Counts.none(), LatencyHistogram.Counts::plus);
    }

    /** How many were answered with 500 or above. */
    long errors() {
        return routes.values().stream().flatMap(route -> route.counts().entrySet().stream())
                .filter(entry -> entry.getKey().isError()).mapToLong(entry -> entry.getValue().total()).sum();
    }

    /**
     * What the status says of one route.
     *
     * @param route    pattern
     * @param requests how many
     * @param status   how many by class of status
     * @param bytes    bytes of bodies
     * @param p50      median of the times
     * @param p99      what 99 of 100 took at most
     */
    public record Line(String route, long requests, Map<String, Long> status, long bytes, Duration p50, Duration p99) {
    }

    /** A line for each route, the most used first. */
    public List<Line> lines() {
        var lines = new ArrayList<Line>();
        routes().forEach((route, statistics) -> {
            var all = LatencyHistogram.Counts.none();
            var byStatus = new TreeMap<String, Long>();
            for (var entry : statistics.counts().entrySet()) {
                all = all.plus(entry.getValue());
                byStatus.merge(entry.getKey().status(), entry.getValue().total(), Long::sum);
            }
            lines.add(new Line(route, all.total(), byStatus, statistics.bytes(), time(all, 0.5), time(all, 0.99)));
        });
        lines.sort((one, other) -> Long.compare(other.requests(), one.requests()));
        return lines;
    }

    private static Duration time(LatencyHistogram.Counts counts, double part) {
        return Duration.ofNanos((long) (counts.percentile(part) * 1e9));
    }
}

package dev.loomgate.observe;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;

import io.helidon.common.Builder;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Measures a server: counts its requests, and looks at all else once a second, on a thread of its own. For the admin listener; a
 * server without one has none of this. Safe for use by many threads.
 */
public final class Telemetry implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(Telemetry.class);
    private static final long PERIOD = TimeUnit.SECONDS.toNanos(1);
    private static final long FIRST = TimeUnit.SECONDS.toNanos(2);

    private final Sources sources;
    private final RequestStatistics requests = new RequestStatistics();
    private final RecentErrors errors = new RecentErrors();
    private final Figures figures = new Figures();
    private final History history = new History();
    private final Thread sampler = Thread.ofPlatform().name("loomgate-telemetry").daemon().unstarted(this::sampleAll);
    private volatile boolean closed;

    // guarded by this, and made when they are needed first: it takes too long for the start of the server
    private ProcessFigures process;
    private VirtualThreads virtualThreads;
    private Metrics metrics;
    // of the sampler's thread
    private LatencyHistogram.Counts before = LatencyHistogram.Counts.none();
    private Map<String, Long> rejectionsBefore = Map.of();
    private long errorsBefore;
    private double cpuBefore;
    private long sampledAt;

    /**
     * What the server tells of itself.
     *
     * @param connections open connections by state
     * @param rejections  who was turned away since the start, by reason
     * @param virtual     whether each connection has a virtual thread
     * @param ready       whether requests are welcome
     */
    public record Sources(Supplier<Map<String, Integer>> connections, Supplier<Map<String, Long>> rejections, boolean virtual,
                          BooleanSupplier ready) {
    }

    private Telemetry(Sources sources, Status status) {
        this.sources = sources;
        status.section("requests", () -> Map.of("total", requests.total().total(), "errors", requests.errors()));
        status.section("routes", requests::lines);
        status.section("errors", errors::entries);
        status.section("latest", () -> history.latest().map(History.Sample::values).orElse(Map.of()));
        figures.gauge("http_server_connections", "Open connections by what they do", "state", sources.connections());
        figures.counter("loomgate_rejections", "Clients that were turned away", "reason", sources.rejections());
        figures.gauge("loomgate_ready", "1 if requests are welcome", () -> sources.ready().getAsBoolean() ? 1 : 0);
    }

    /**
     * Begins to measure.
     *
     * @param status gets sections of what is measured
     */
    public static Telemetry start(Sources sources, Status status) {
        var telemetry = new Telemetry(sources, status);
        telemetry.sampler.start();
        return telemetry;
    }

    /**
     * A routing whose requests are counted, logged or traced; the routing as it is, if they are none of it.
     *
     * @param telemetry     counts them; null if nobody does
     * @param log           writes a line for each; null if there is no such log
     * @param tracing       makes a span of each; null if nobody does
     * @param upstreamNanos how long something behind the server took to begin its answer, in nanoseconds; less than 0 if nothing
     *                      was asked
     * @param requestId     the name of a request, for logs
     */
    public static Builder<?, HttpRouting> observe(HttpRouting.Builder routing, Telemetry telemetry, AccessLog log, Tracing tracing,
                                                  ToLongFunction<? super ServerRequest> upstreamNanos,
                                                  Function<? super ServerRequest, String> requestId) {
        return telemetry == null && log == null && tracing == null ? routing : new Observers(telemetry == null ? null : telemetry.requests,
                telemetry == null ? null : telemetry.errors, log, tracing, upstreamNanos, requestId).around(routing);
    }

    /** For parts to add what they can tell. */
    public Figures figures() {
        return figures;
    }

    History history() {
        return history;
    }

    /** All metrics in Prometheus' text format. */
    String metrics() {
        return openMetrics().text();
    }

    private synchronized Metrics openMetrics() {
        prepare();
        if (metrics == null) {
            metrics = new Metrics(requests, figures);
        }
        return metrics;
    }

    private synchronized void prepare() {
        if (process == null) {
            var processFigures = new ProcessFigures();
            VirtualThreads threads = VirtualThreads.ofThisJvm();
            figures.counter("process_cpu_seconds", "Processor time that the process has used, in seconds",
                    processFigures::cpuSeconds);
            figures.gauge("process_resident_memory_bytes", "Memory of the process, in bytes", processFigures::residentBytes);
            figures.gauge("loomgate_virtual_threads", "Virtual threads: mounted on a carrier, queued for one, or parked in a "
                    + "connection", "state", () -> virtualThreads(threads));
            figures.gauge("loomgate_carriers", "Carriers of virtual threads: how many there are, and are aimed for", "kind",
                    () -> threads.scheduler().map(one -> Map.of("present", one.carriers(), "parallelism", one.parallelism()))
                            .orElse(Map.of()));
            process = processFigures;
            virtualThreads = threads;
        }
    }

    private Map<String, Long> virtualThreads(VirtualThreads threads) {
        Optional<VirtualThreads.Scheduler> scheduler = threads.scheduler();
        if (scheduler.isEmpty()) {
            return Map.of();
        }
        long connections = sources.virtual()
                ? sources.connections().get().values().stream().mapToLong(Integer::longValue).sum() : 0;
        long active = scheduler.get().mounted() + scheduler.get().queued();
        return Map.of("mounted", (long) scheduler.get().mounted(), "queued", scheduler.get().queued(),
                "parked", Math.max(0, connections - active));
    }

    private void sampleAll() {
        // the start is busy enough
        LockSupport.parkNanos(FIRST);
        prepare();
        cpuBefore = process.cpuSeconds();
        sampledAt = System.nanoTime();
        long next = sampledAt + PERIOD;
        while (!closed) {
            LockSupport.parkNanos(next - System.nanoTime());
            if (closed || System.nanoTime() < next) {
                continue;
            }
            // a machine that was too busy for some looks does not get them all at once
            next = Math.max(next + PERIOD, System.nanoTime());
            try {
                history.add(System.currentTimeMillis(), sample());
            } catch (RuntimeException | Error e) {
                LOGGER.atWarn().setCause(e).log("measuring failed, going on");
            }
        }
    }

    private Map<String, Double> sample() {
        long now = System.nanoTime();
        double seconds = (now - sampledAt) / 1e9;
        sampledAt = now;
        var values = new LinkedHashMap<String, Double>();
        LatencyHistogram.Counts counts = requests.total();
        LatencyHistogram.Counts since = counts.minus(before);
        before = counts;
        values.put("requests", since.total() / seconds);
        long failed = requests.errors();
        values.put("errors", (failed - errorsBefore) / seconds);
        errorsBefore = failed;
        values.put("p50", since.percentile(0.5));
        values.put("p90", since.percentile(0.9));
        values.put("p99", since.percentile(0.99));
        sources.connections().get().forEach((state, count) -> values.put("connections." + state, count.doubleValue()));
        Map<String, Long> rejections = sources.rejections().get();
        rejections.forEach((reason, count) -> {
            if (count > 0) {
                values.put("rejections." + reason, (count - rejectionsBefore.getOrDefault(reason, 0L)) / seconds);
            }
        });
        rejectionsBefore = rejections;
        virtualThreads(virtualThreads).forEach((state, count) -> values.put("threads." + state, count.doubleValue()));
        virtualThreads.scheduler().ifPresent(scheduler -> {
            values.put("carriers.busy", (double) scheduler.mounted());
            values.put("carriers.present", (double) scheduler.carriers());
        });
        double cpu = process.cpuSeconds();
        values.put("cpu.process", (cpu - cpuBefore) / seconds / process.processors());
        cpuBefore = cpu;
        values.put("cpu.machine", process.systemCpu());
        values.put("memory.heap", (double) process.heapUsed());
        values.put("memory.heap-max", (double) process.heapMax());
        values.put("memory.resident", process.residentBytes());
        return values;
    }

    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(sampler);
        synchronized (this) {
            if (metrics != null) {
                metrics.close();
            }
        }
    }
}

package dev.loomgate.observe;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The metrics of the server for Prometheus: those of the JVM and the process from Micrometer, and those of requests and parts from
 * what counts them anyway, so that a request costs no more for being scraped. Safe for use by many threads.
 */
final class Metrics implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(Metrics.class);
    /** Upper bounds in seconds; all are steps of {@link LatencyHistogram}. */
    private static final double[] BOUNDS = {0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1,
        2.5, 5, 10, 30, 60, Double.POSITIVE_INFINITY};

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final JvmGcMetrics collections = new JvmGcMetrics();
    private final RequestStatistics requests;
    private final Figures figures;

    Metrics(RequestStatistics requests, Figures figures) {
        this.requests = requests;
        this.figures = figures;
        new ClassLoaderMetrics().bindTo(registry);
        new JvmMemoryMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        new UptimeMetrics().bindTo(registry);
        new FileDescriptorMetrics().bindTo(registry);
        collections.bindTo(registry);
        MultiCollector ours = this::collect;
        registry.getPrometheusRegistry().register(ours);
    }

    /** All metrics in Prometheus' text format. */
    String text() {
        return registry.scrape();
    }

    private MetricSnapshots collect() {
        var snapshots = new ArrayList<MetricSnapshot>();
        addRequests(snapshots);
        for (Figures.Figure figure : figures.all()) {
            try {
                snapshots.add(snapshot(figure));
            } catch (RuntimeException e) {
                LOGGER.atDebug().addKeyValue("metric", figure.name()).setCause(e).log("a metric can't be read");
            }
        }
        return MetricSnapshots.of(snapshots.toArray(MetricSnapshot[]::new));
    }

    private void addRequests(List<MetricSnapshot> snapshots) {
        var times = HistogramSnapshot.builder().name("http_server_requests_seconds")
                .help("Time from the end of a request's header to the end of the response");
        var bytes = CounterSnapshot.builder().name("http_server_response_bytes").help("Bytes of response bodies");
        requests.routes().forEach((route, statistics) -> {
            statistics.counts().forEach((series, counts) -> times.dataPoint(point(route, series, counts)));
            bytes.dataPoint(CounterSnapshot.CounterDataPointSnapshot.builder().labels(Labels.of("route", route))
                    .value(statistics.bytes()).build());
        });
        snapshots.add(times.build());
        snapshots.add(bytes.build());
    }

    private static HistogramSnapshot.HistogramDataPointSnapshot point(String route, RouteStatistics.Series series,
                                                                      LatencyHistogram.Counts counts) {
        var buckets = new long[BOUNDS.length];
        long before = 0;
        for (int i = 0; i < BOUNDS.length; i++) {
            long upTo = Double.isInfinite(BOUNDS[i]) ? counts.total() : counts.atMost(BOUNDS[i]);
            buckets[i] = upTo - before;
            before = upTo;
        }
        return HistogramSnapshot.HistogramDataPointSnapshot.builder()
                .labels(Labels.of("route", route, "method", series.method(), "status", series.status()))
                .classicHistogramBuckets(ClassicHistogramBuckets.of(BOUNDS, buckets)).sum(counts.seconds()).build();
    }

    private static MetricSnapshot snapshot(Figures.Figure figure) {
        Map<String, ? extends Number> values = figure.values().get();
        return switch (figure.kind()) {
            case GAUGE -> {
                var gauge = GaugeSnapshot.builder().name(figure.name()).help(figure.help());
                values.forEach((label, value) -> gauge.dataPoint(GaugeSnapshot.GaugeDataPointSnapshot.builder()
                        .labels(labels(figure, label)).value(value.doubleValue()).build()));
                yield gauge.build();
            }
            case COUNTER -> {
                var counter = CounterSnapshot.builder().name(figure.name()).help(figure.help());
                values.forEach((label, value) -> counter.dataPoint(CounterSnapshot.CounterDataPointSnapshot.builder()
                        .labels(labels(figure, label)).value(value.doubleValue()).build()));
                yield counter.build();
            }
        };
    }

    private static Labels labels(Figures.Figure figure, String value) {
        return figure.label().isEmpty() ? Labels.EMPTY : Labels.of(figure.label(), value);
    }

    @Override
    public void close() {
        collections.close();
        registry.close();
    }
}

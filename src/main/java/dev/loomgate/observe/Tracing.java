package dev.loomgate.observe;

import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.webserver.http.RoutingRequest;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import io.opentelemetry.sdk.trace.samplers.Sampler;

/**
 * A span for each request that is sampled, sent by OTLP over HTTP. What a request calls gets the span as its parent: the field
 * {@code traceparent} of the request is replaced, so that it reaches handlers, scripts and backends. Safe for use by many
 * threads.
 */
public final class Tracing implements AutoCloseable {
    private static final HeaderName TRACE_PARENT = HeaderNames.create("traceparent");
    private static final AttributeKey<String> METHOD = AttributeKey.stringKey("http.request.method");
    private static final AttributeKey<String> ROUTE = AttributeKey.stringKey("http.route");
    private static final AttributeKey<String> PATH = AttributeKey.stringKey("url.path");
    private static final AttributeKey<String> SCHEME = AttributeKey.stringKey("url.scheme");
    private static final AttributeKey<String> CLIENT = AttributeKey.stringKey("client.address");
    private static final AttributeKey<String> ERROR = AttributeKey.stringKey("error.type");
    private static final AttributeKey<Long> STATUS = AttributeKey.longKey("http.response.status_code");
    private static final AttributeKey<Long> SIZE = AttributeKey.longKey("http.response.body.size");
    private static final long LAST_SECONDS = 5;

    private final SdkTracerProvider provider;
    private final Tracer tracer;

    private Tracing(SdkTracerProvider provider) {
        this.provider = provider;
        this.tracer = provider.get("dev.loomgate");
    }

    /**
     * Begins to trace.
     *
     * @param collector where to send spans, without the path, such as {@code http://127.0.0.1:4318}
     * @param sample    part of the requests that are traced if the caller does not say whether they are, 0 to 1
     * @param service   name of the service
     * @param headers   fields for the collector, such as an authorization
     */
    public static Tracing open(URI collector, double sample, String service, Map<String, String> headers) {
        LibraryLog.install();
        String base = collector.toString().replaceAll("/+$", "");
        var exporter = OtlpHttpSpanExporter.builder().setEndpoint(base + "/v1/traces").setTimeout(Duration.ofSeconds(10));
        headers.forEach(exporter::addHeader);
        return new Tracing(SdkTracerProvider.builder()
                .setResource(Resource.getDefault().merge(Resource.create(
                        Attributes.of(AttributeKey.stringKey("service.name"), service))))
                .setSampler(Sampler.parentBased(Sampler.traceIdRatioBased(sample)))
                .addSpanProcessor(BatchSpanProcessor.builder(exporter.build()).setScheduleDelay(Duration.ofSeconds(1)).build())
                .build());
    }

    Span begin(RoutingRequest request) {
        SpanBuilder builder = tracer.spanBuilder(request.prologue().method().text()).setSpanKind(SpanKind.SERVER)
                .setParent(parent(request));
        Span span = builder.startSpan();
        SpanContext context = span.getSpanContext();
        request.header(HeaderValues.create(TRACE_PARENT,
                new TraceParent(context.getTraceId(), context.getSpanId(), context.getTraceFlags().asHex()).toString()));
        return span;
    }

    private static Context parent(RoutingRequest request) {
        if (!request.headers().contains(TRACE_PARENT)) {
            return Context.root();
        }
        return TraceParent.parse(request.headers().get(TRACE_PARENT).get())
                .map(parent -> Context.root().with(Span.wrap(SpanContext.createFromRemoteParent(parent.trace(), parent.parent(),
                        TraceFlags.fromHex(parent.flags(), 0), TraceState.getDefault()))))
                .orElse(Context.root());
    }

    /**
     * Ends a span.
     *
     * @param status status of the response; 0 if it was broken off
     */
    static void end(Span span, RoutingRequest request, String route, int status, long bytes) {
        if (span.isRecording()) {
            String method = request.prologue().method().text();
            span.updateName(route == null ? method : method + " " + route);
            span.setAttribute(METHOD, method).setAttribute(PATH, request.prologue().uriPath().rawPath())
                    .setAttribute(SCHEME, request.isSecure() ? "https" : "http")
                    .setAttribute(CLIENT, request.remotePeer().host()).setAttribute(SIZE, bytes);
            if (route != null) {
                span.setAttribute(ROUTE, route);
            }
            if (status > 0) {
                span.setAttribute(STATUS, (long) status);
            }
            if (status == 0 || status >= 500) {
                span.setAttribute(ERROR, status == 0 ? "aborted" : String.valueOf(status)).setStatus(StatusCode.ERROR);
            }
        }
        span.end();
    }

    /** Sends what is left, for some seconds at most. */
    @Override
    public void close() {
        provider.shutdown().join(LAST_SECONDS, TimeUnit.SECONDS);
    }
}

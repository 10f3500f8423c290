package dev.loomgate.config;

import java.net.URI;
import java.util.Map;

/**
 * Where traces of requests are sent.
 *
 * @param otlp    address of a collector that speaks OTLP over HTTP, without the path
 * @param sample  part of the requests that are traced if their callers don't say whether they are, 0 to 1; default 1
 * @param service name of the service; default loomgate
 * @param headers fields for the collector; default none
 */
public record TracingConfig(URI otlp, double sample, String service, Map<String, String> headers) {
    /** Copies the map. */
    public TracingConfig {
        headers = Map.copyOf(headers);
    }
}

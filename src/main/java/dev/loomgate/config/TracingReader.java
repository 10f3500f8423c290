package dev.loomgate.config;

import java.net.URI;
import java.util.Map;
import java.util.Optional;

/** Reads {@code tracing}. */
final class TracingReader {
    private static final String EXAMPLE = "otlp: http://127.0.0.1:4318";

    private TracingReader() {
    }

    static Optional<TracingConfig> read(Section section) {
        section.required("otlp", EXAMPLE);
        Optional<URI> otlp = section.value("otlp", TracingReader::address);
        double sample = section.value("sample", TracingReader::part).orElse(1.0);
        String service = section.value("service", ConfigurationReader::notBlank).orElse("loomgate");
        Map<String, String> headers = section.map("headers");
        section.finish();
        return otlp.map(address -> new TracingConfig(address, sample, service, headers));
    }

    private static URI address(String text) {
        try {
            URI address = URI.create(text);
            boolean web = "http".equals(address.getScheme()) || "https".equals(address.getScheme());
            if (web && address.getHost() != null && address.getQuery() == null) {
                return address;
            }
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("an address is needed, such as " + EXAMPLE, e);
        }
        throw new IllegalArgumentException("an address of http or https is needed, such as " + EXAMPLE);
    }

    private static double part(String text) {
        String allowed = "a part from 0 to 1 is allowed, such as 0.1, or 10%";
        try {
            double part = text.endsWith("%") ? Double.parseDouble(text.substring(0, text.length() - 1)) / 100
                    : Double.parseDouble(text);
            if (part >= 0 && part <= 1) {
                return part;
            }
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(allowed, e);
        }
        throw new IllegalArgumentException(allowed);
    }
}

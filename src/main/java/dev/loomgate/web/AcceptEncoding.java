package dev.loomgate.web;

import java.util.Locale;

/** What a client says of gzip in {@code Accept-Encoding} (RFC 9110 section 12.5.3). */
final class AcceptEncoding {
    private static final double UNSAID = -1;

    private AcceptEncoding() {
    }

    /** Whether gzip is acceptable, and not less than the response as it is. */
    static boolean prefersGzip(String field) {
        double gzip = UNSAID;
        double identity = UNSAID;
        double others = UNSAID;
        for (String element : field.split(",")) {
            int semicolon = element.indexOf(';');
            String coding = (semicolon < 0 ? element : element.substring(0, semicolon)).strip().toLowerCase(Locale.ROOT);
            double weight = semicolon < 0 ? 1 : weight(element.substring(semicolon + 1));
            switch (coding) {
                case "gzip", "x-gzip" -> gzip = Math.max(gzip, weight);
                case "identity" -> identity = weight;
                case "*" -> others = weight;
                default -> {
                    // a coding that this server can't make
                }
            }
        }
        double wanted = gzip == UNSAID ? others : gzip;
        return wanted > 0 && wanted >= identity;
    }

    /** Reads {@code q=0.5}; what is no weight counts as 0. */
    private static double weight(String parameter) {
        String text = parameter.strip().toLowerCase(Locale.ROOT);
        return text.matches("q\\s*=\\s*(0(\\.[0-9]{0,3})?|1(\\.0{0,3})?)")
                ? Double.parseDouble(text.substring(text.indexOf('=') + 1).strip()) : 0;
    }
}

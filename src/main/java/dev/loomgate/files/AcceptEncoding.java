package dev.loomgate.files;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** The weights that an {@code Accept-Encoding} field gives to content codings (RFC 9110 section 12.5.3). */
final class AcceptEncoding {
    /** Weights are kept in thousandths, which is all the precision that they have (RFC 9110 section 12.4.2). */
    private static final int ONE = 1000;
    private static final int UNSAID = -1;

    private final int[] weights = new int[ContentCoding.values().length];
    private int identity = UNSAID;
    private int others = UNSAID;

    private AcceptEncoding(String field) {
        Arrays.fill(weights, UNSAID);
        for (int start = 0; start <= field.length();) {
            int comma = field.indexOf(',', start);
            int end = comma < 0 ? field.length() : comma;
            read(field.substring(start, end));
            start = end + 1;
        }
    }

    private void read(String element) {
        int semicolon = element.indexOf(';');
        String token = (semicolon < 0 ? element : element.substring(0, semicolon)).strip();
        int weight = semicolon < 0 ? ONE : weight(element.substring(semicolon + 1));
        if (token.equals("*")) {
            others = weight;
        } else if (token.equalsIgnoreCase("identity")) {
            identity = weight;
        } else {
            Optional<ContentCoding> coding = ContentCoding.find(token);
            coding.ifPresent(known -> weights[known.ordinal()] = weight);
        }
    }

    /** Reads {@code q=0.5}. What is not a weight counts as 0: the client wants something that this server does not know. */
    private static int weight(String parameter) {
        String text = parameter.strip().toLowerCase(Locale.ROOT);
        if (!text.matches("q=(0(\\.[0-9]{0,3})?|1(\\.0{0,3})?)")) {
            return 0;
        }
        return (int) Math.round(Double.parseDouble(text.substring(2)) * ONE);
    }

    private int weight(ContentCoding coding) {
        int named = weights[coding.ordinal()];
        return named != UNSAID ? named : Math.max(others, 0);
    }

    /**
     * Selects a representation.
     *
     * @param field value of the field; null if the request has none, which is taken to ask for no coding: a client that says
     *              nothing may not understand any
     * @return the encoded representation with the highest weight, among equals the first in the order of the settings; the file
     *         itself if no coding is wanted, or if the client asks for it with a higher weight
     */
    static Representation select(String field, Resource resource) {
        if (field == null || resource.encoded().isEmpty()) {
            return resource.plain();
        }
        var accepted = new AcceptEncoding(field);
        Representation best = resource.plain();
        int bestWeight = Math.max(accepted.identity, 0);
        boolean encoded = false;
        for (Resource.Encoded candidate : resource.encoded()) {
            int weight = accepted.weight(candidate.coding());
            if (weight > bestWeight || weight == bestWeight && weight > 0 && !encoded) {
                best = candidate.representation();
                bestWeight = weight;
                encoded = true;
            }
        }
        return best;
    }
}

package dev.loomgate.config;

import java.util.List;
import java.util.regex.Pattern;

/**
 * What HTTP/2 asks of cipher suites (RFC 9113 section 9.2.2): clients end connections with one of its Appendix A, which lists all
 * that are without an ephemeral key exchange or without authenticated encryption, and only those.
 */
final class Http2Ciphers {
    private static final Pattern OF_TLS12 = Pattern.compile("(TLS|SSL)_.+_WITH_.+");
    private static final Pattern ALLOWED = Pattern.compile("TLS_(ECDHE|DHE)_.+_WITH_.+_(GCM|CCM|CCM_8|POLY1305)(_SHA(256|384))?");
    /** With either kind of certificate. */
    private static final Pattern EVERYBODY_HAS = Pattern.compile("TLS_ECDHE_(RSA|ECDSA)_WITH_AES_128_GCM_SHA256");
    private static final String WAY_OUT = "; take it out, or set 'http2: false' for this listener";

    private Http2Ciphers() {
    }

    /**
     * Checks one suite.
     *
     * @throws IllegalArgumentException if HTTP/2 forbids it
     */
    static String requireAllowed(String suite) {
        if (OF_TLS12.matcher(suite).matches() && !ALLOWED.matcher(suite).matches()) {
            throw new IllegalArgumentException("HTTP/2 forbids this suite (RFC 9113 Appendix A), and clients that agree on both end the "
                    + "connection" + WAY_OUT);
        }
        return suite;
    }

    /** Notes if a listener that speaks TLS 1.2 only has not the suite that all clients of HTTP/2 have then. */
    static void requireCommon(Section tls, List<String> protocols, List<String> ciphers) {
        if (!ciphers.isEmpty() && protocols.equals(List.of("TLSv1.2"))
                && ciphers.stream().noneMatch(suite -> EVERYBODY_HAS.matcher(suite).matches())) {
            tls.problem("ciphers", "HTTP/2 over TLSv1.2 needs TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, or with a certificate for ECDSA "
                    + "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 (RFC 9113 section 9.2.2); add it, allow TLSv1.3, or set "
                    + "'http2: false' for this listener");
        }
    }
}

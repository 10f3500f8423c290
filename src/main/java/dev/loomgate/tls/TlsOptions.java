package dev.loomgate.tls;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * How TLS is to be spoken.
 *
 * @param certificates   certificates with keys; the first is for clients that name no host, or one that there is none for
 * @param protocols      versions by their names in the JDK, such as {@code TLSv1.3}
 * @param ciphers        cipher suites by their names in the JDK, the preferred one first; empty for {@link #CIPHERS}
 * @param clients        whether clients are asked for a certificate
 * @param clientIssuers  PEM file of the certificates of those whose certificates clients may have; needed unless they are not asked
 * @param applications   application protocols (RFC 7301), the preferred one first
 * @param ocspStapling   whether the status of the certificate is fetched from its issuer and handed out with it (RFC 6066
 *                       section 8)
 */
public record TlsOptions(List<CertificateFiles> certificates, List<String> protocols, List<String> ciphers, Clients clients,
                         Optional<Path> clientIssuers, List<String> applications, boolean ocspStapling) {
    /** Whether clients are asked for a certificate. */
    public enum Clients {
        /** They are not. */
        NONE,
        /** They are, and may have none. */
        WANT,
        /** Who has none is not let in. */
        REQUIRE
    }

    /** All with forward secrecy and authenticated encryption, as Mozilla's intermediate recommendation has them. */
    public static final List<String> CIPHERS = List.of("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384",
            "TLS_CHACHA20_POLY1305_SHA256", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
            "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256");

    public TlsOptions {
        certificates = List.copyOf(certificates);
        protocols = List.copyOf(protocols);
        ciphers = ciphers.isEmpty() ? CIPHERS : List.copyOf(ciphers);
        applications = List.copyOf(applications);
        if (certificates.isEmpty()) {
            throw new IllegalArgumentException("TLS needs a certificate");
        }
    }
}

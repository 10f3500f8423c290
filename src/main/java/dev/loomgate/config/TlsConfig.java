package dev.loomgate.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * How a listener speaks TLS.
 *
 * @param certificates   certificates with their keys, 1 or more; the first is for clients that ask for no host, or for one that
 *                       no certificate is for
 * @param protocols      versions; default TLSv1.3 and TLSv1.2
 * @param ciphers        cipher suites by their standard names, the preferred one first; empty for the server's own choice
 * @param clients        whether clients are asked for a certificate; default none
 * @param clientIssuers  PEM file with the certificates of those whose certificates clients may have
 * @param ocspStapling   whether the certificate's status is fetched from its issuer and handed out; default false
 * @param handshakeTimeout how long a handshake may take; default 10 s
 * @param reloadInterval how often the files are looked at for changes; default 10 s
 * @param hsts           for how long browsers are told to use nothing but HTTPS (RFC 6797); empty if they are not told
 * @param hstsSubdomains whether that is for all subdomains, too; default false
 */
public record TlsConfig(List<Certificate> certificates, List<String> protocols, List<String> ciphers, Clients clients,
                        Optional<Path> clientIssuers, boolean ocspStapling, Duration handshakeTimeout, Duration reloadInterval,
                        Optional<Duration> hsts, boolean hstsSubdomains) {
    /** Whether clients are asked for a certificate. */
    public enum Clients {
        /** They are not. */
        NONE,
        /** They are, and may have none. */
        WANT,
        /** Who has none is not let in. */
        REQUIRE
    }

    /**
     * A certificate with its key.
     *
     * @param certificate PEM file with the certificate and those of its issuers
     * @param key         PEM file with the key
     * @param passwordFile file whose first line is the password of the key; empty if the key is not encrypted
     */
    public record Certificate(Path certificate, Path key, Optional<Path> passwordFile) {
    }
}

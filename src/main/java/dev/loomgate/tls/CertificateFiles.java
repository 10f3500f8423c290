package dev.loomgate.tls;

import java.nio.file.Path;
import java.util.Optional;

/**
 * Where a certificate and its key are.
 *
 * @param certificate PEM file of the certificate, followed by those of its issuers
 * @param key         PEM file of its private key: PKCS#8, PKCS#1 or SEC 1 (EC)
 * @param passwordFile file whose first line is the password of the key; empty if the key is not encrypted
 */
public record CertificateFiles(Path certificate, Path key, Optional<Path> passwordFile) {
}

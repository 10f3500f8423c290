package dev.loomgate.tls;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;

/**
 * A certificate with those of its issuers, and its key.
 *
 * @param file  where the certificate is
 * @param key   private key
 * @param chain the certificate, then its issuer's, and so on
 * @param names names it is for, in lower case; one may begin with {@code *.}
 */
record Credential(Path file, PrivateKey key, List<X509Certificate> chain, List<String> names) {
    private static final int DNS_NAME = 2;

    /** @throws IllegalArgumentException if the files are not what they should be, or do not belong together */
    static Credential read(CertificateFiles files) {
        List<X509Certificate> chain = Pem.certificates(files.certificate());
        for (int i = 1; i < chain.size(); i++) {
            if (!chain.get(i - 1).getIssuerX500Principal().equals(chain.get(i).getSubjectX500Principal())) {
                throw new IllegalArgumentException(files.certificate() + " has its certificates in the wrong order: number " + (i + 1) + " ("
                        + chain.get(i).getSubjectX500Principal() + ") is not the issuer of the one before it");
            }
        }
        PrivateKey key = Pem.key(files.key(), files.passwordFile());
        if (!belongs(key, chain.getFirst())) {
            throw new IllegalArgumentException(files.key() + " is not the key of the certificate in " + files.certificate());
        }
        return new Credential(files.certificate(), key, chain, names(chain.getFirst()));
    }

    private static boolean belongs(PrivateKey key, X509Certificate certificate) {
        if (!family(key.getAlgorithm()).equals(family(certificate.getPublicKey().getAlgorithm()))) {
            return false;
        }
        try {
            Signature signature = Signature.getInstance(switch (family(key.getAlgorithm())) {
                case "RSA" -> "SHA256withRSA";
                case "EC" -> "SHA256withECDSA";
                default -> "EdDSA";
            });
            byte[] text = "loomgate".getBytes(StandardCharsets.US_ASCII);
            signature.initSign(key);
            signature.update(text);
            byte[] signed = signature.sign();
            signature.initVerify(certificate.getPublicKey());
            signature.update(text);
            return signature.verify(signed);
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    /** The same key has several names: {@code EC} and {@code ECDSA}, {@code EdDSA} and {@code Ed25519}. */
    private static String family(String algorithm) {
        return algorithm.startsWith("EC") ? "EC" : algorithm.startsWith("Ed") ? "EdDSA" : algorithm;
    }

    boolean isOf(String keyType) {
        return family(key.getAlgorithm()).equals(family(keyType));
    }

    private static List<String> names(X509Certificate certificate) {
        var names = new ArrayList<String>();
        try {
            Collection<List<?>> alternatives = certificate.getSubjectAlternativeNames();
            if (alternatives != null) {
                for (List<?> name : alternatives) {
                    if (name.getFirst().equals(DNS_NAME)) {
                        names.add(name.get(1).toString().toLowerCase(Locale.ROOT));
                    }
                }
            }
        } catch (CertificateParsingException e) {
            // no client would take it for any name
            return List.of();
        }
        return List.copyOf(names);
    }

    /** Whether it is for this host; {@code *} stands for exactly one label (RFC 9525 section 6.3). */
    boolean isFor(String host) {
        int dot = host.indexOf('.');
        String below = dot < 0 ? null : "*" + host.substring(dot);
        return names.contains(host) || names.contains(below);
    }

}

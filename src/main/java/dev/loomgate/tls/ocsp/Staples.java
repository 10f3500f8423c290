package dev.loomgate.tls.ocsp;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

import java.security.NoSuchAlgorithmException;
import javax.net.ssl.SSLContext;

import org.bouncycastle.cert.ocsp.CertificateID;
import org.bouncycastle.cert.ocsp.OCSPReq;

/**
 * What is known of the status of certificates, for the whole process: the JDK takes one address for all its questions, and makes
 * itself what answers there. Safe for use by many threads.
 */
final class Staples {
    private static final String ADDRESS = "ocsp://known/";
    private static final String SWITCH = "jdk.tls.server.enableStatusRequestExtension";
    private static final String PACKAGES = "java.protocol.handler.pkgs";
    /** How long an answer that names no end is used. */
    private static final Duration ENDLESS = Duration.ofDays(1);
    private static final ReentrantLock PROPERTIES = new ReentrantLock();
    private static final Map<Key, Staple> KNOWN = new ConcurrentHashMap<>();

    /** By what issuers know a certificate; which digest made the hash is of no interest, as all use SHA-1 here. */
    private record Key(String issuer, String serial) {
        static Key of(CertificateID id) {
            return new Key(HexFormat.of().formatHex(id.getIssuerKeyHash()), id.getSerialNumber().toString(16));
        }
    }

    private record Staple(byte[] response, Instant end) {
    }

    private Staples() {
    }

    /** A context that hands out what is known. The JDK looks at its switch once, when a context is made: others stay without. */
    static SSLContext context() throws NoSuchAlgorithmException {
        PROPERTIES.lock();
        try {
            String own = Handler.class.getPackageName().replaceFirst("\\.ocsp$", "");
            String packages = System.getProperty(PACKAGES, "");
            if (!("|" + packages + "|").contains("|" + own + "|")) {
                System.setProperty(PACKAGES, packages.isEmpty() ? own : packages + "|" + own);
            }
            System.setProperty("jdk.tls.stapling.responderURI", ADDRESS);
            System.setProperty("jdk.tls.stapling.responderOverride", "true");
            String before = System.setProperty(SWITCH, "true");
            try {
                return SSLContext.getInstance("TLS");
            } finally {
                if (before == null) {
                    System.clearProperty(SWITCH);
                } else {
                    System.setProperty(SWITCH, before);
                }
            }
        } finally {
            PROPERTIES.unlock();
        }
    }

    static void keep(CertificateID id, byte[] response, Optional<Instant> end) {
        Instant now = Instant.now();
        KNOWN.values().removeIf(staple -> staple.end().isBefore(now));
        KNOWN.put(Key.of(id), new Staple(response, end.orElse(now.plus(ENDLESS))));
    }


    /**
     * What is known of the certificate that a question is for.
     *
     * @throws IOException if it is no question
     */
    static Optional<byte[]> find(byte[] question) throws IOException {
        var asked = new OCSPReq(question).getRequestList();
        Staple staple = asked.length == 1 ? KNOWN.get(Key.of(asked[0].getCertID())) : null;
        return staple == null || staple.end().isBefore(Instant.now()) ? Optional.empty() : Optional.of(staple.response());
    }
}

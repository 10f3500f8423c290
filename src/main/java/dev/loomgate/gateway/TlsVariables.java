package dev.loomgate.gateway;

import java.nio.charset.StandardCharsets;
import java.security.cert.Certificate;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;

import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import javax.security.auth.x500.X500Principal;

import dev.loomgate.transport.TlsPeer;
import io.helidon.webserver.http.ServerRequest;

/** What a script may know of TLS, under the names that Apache's mod_ssl gave it. */
final class TlsVariables {
    private static final DateTimeFormatter DATE = DateTimeFormatter.ofPattern("MMM ppd HH:mm:ss yyyy 'GMT'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);
    /** Parts of names that have a variable of their own. */
    private static final List<String> PARTS = List.of("CN", "O", "OU", "C", "L", "ST");

    private final Map<String, String> variables;

    private TlsVariables(Map<String, String> variables) {
        this.variables = variables;
    }

    /** Adds the variables for a request that came here over TLS; none for one that a proxy received so. */
    static void put(Map<String, String> variables, ServerRequest request) {
        if (request.remotePeer() instanceof TlsPeer peer && peer.session().isPresent()) {
            new TlsVariables(variables).put(peer.session().get());
        }
    }

    private void put(SSLSession session) {
        String cipher = session.getCipherSuite();
        variables.put("SSL_PROTOCOL", session.getProtocol());
        variables.put("SSL_CIPHER", openSslName(cipher));
        String bits = cipher.contains("_256_") || cipher.contains("CHACHA20") ? "256" : "128";
        variables.put("SSL_CIPHER_USEKEYSIZE", bits);
        variables.put("SSL_CIPHER_ALGKEYSIZE", bits);
        variables.put("SSL_CIPHER_EXPORT", "false");
        variables.put("SSL_SECURE_RENEG", "true");
        variables.put("SSL_COMPRESS_METHOD", "NULL");
        byte[] id = session.getId();
        if (id.length > 0) {
            variables.put("SSL_SESSION_ID", HexFormat.of().formatHex(id));
        }
        if (session instanceof ExtendedSSLSession extended) {
            extended.getRequestedServerNames().stream().filter(SNIHostName.class::isInstance).map(SNIHostName.class::cast).findFirst()
                    .ifPresent(name -> variables.put("SSL_TLS_SNI", name.getAsciiName()));
        }
        Certificate[] own = session.getLocalCertificates();
        if (own != null && own.length > 0 && own[0] instanceof X509Certificate certificate) {
            put("SSL_SERVER_", certificate);
        }
        client(session);
    }

    private void client(SSLSession session) {
        try {
            Certificate[] chain = session.getPeerCertificates();
            variables.put("SSL_CLIENT_VERIFY", "SUCCESS");
            for (int i = 0; i < chain.length; i++) {
                variables.put(i == 0 ? "SSL_CLIENT_CERT" : "SSL_CLIENT_CERT_CHAIN_" + (i - 1), pem(chain[i]));
            }
            if (chain[0] instanceof X509Certificate certificate) {
                put("SSL_CLIENT_", certificate);
                variables.put("SSL_CLIENT_V_REMAIN", Long.toString(Math.max(0,
                        Duration.between(Instant.now(), certificate.getNotAfter().toInstant()).toDays())));
            }
        } catch (SSLPeerUnverifiedException | CertificateEncodingException e) {
            // it was not asked for a certificate, or has none
            variables.put("SSL_CLIENT_VERIFY", "NONE");
        }
    }

    private void put(String prefix, X509Certificate certificate) {
        variables.put(prefix + "M_VERSION", Integer.toString(certificate.getVersion()));
        variables.put(prefix + "M_SERIAL", certificate.getSerialNumber().toString(16).toUpperCase(Locale.ROOT));
        variables.put(prefix + "V_START", DATE.format(certificate.getNotBefore().toInstant()));
        variables.put(prefix + "V_END", DATE.format(certificate.getNotAfter().toInstant()));
        variables.put(prefix + "A_SIG", certificate.getSigAlgName());
        variables.put(prefix + "A_KEY", certificate.getPublicKey().getAlgorithm());
        put(prefix + "S_DN", certificate.getSubjectX500Principal());
        put(prefix + "I_DN", certificate.getIssuerX500Principal());
    }

    private void put(String name, X500Principal principal) {
        String text = principal.getName(X500Principal.RFC2253, Map.of("1.2.840.113549.1.9.1", "emailAddress"));
        variables.put(name, octets(text));
        try {
            for (Rdn part : new LdapName(text).getRdns()) {
                String type = part.getType().toUpperCase(Locale.ROOT);
                if (part.getValue() instanceof String value) {
                    if (PARTS.contains(type)) {
                        variables.put(name + "_" + type, octets(value));
                    } else if (type.equals("EMAILADDRESS")) {
                        variables.put(name + "_Email", octets(value));
                    }
                }
            }
        } catch (InvalidNameException e) {
            // the whole name is there; nothing can be said of its parts
            return;
        }
    }

    /** Values are texts of octets on the way to a script; a NUL would end one early, and let a name look like another. */
    private static String octets(String text) {
        return Octets.of(text).replace('\0', '?');
    }

    private static String pem(Certificate certificate) throws CertificateEncodingException {
        return "-----BEGIN CERTIFICATE-----\n"
                + Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII)).encodeToString(certificate.getEncoded())
                + "\n-----END CERTIFICATE-----\n";
    }

    /** {@code TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256} is {@code ECDHE-RSA-AES128-GCM-SHA256} there; TLS 1.3 has one name. */
    private static String openSslName(String cipher) {
        if (!cipher.contains("_WITH_")) {
            return cipher;
        }
        String name = cipher.substring("TLS_".length()).replace("_WITH_", "-").replace('_', '-')
                .replace("AES-128", "AES128").replace("AES-256", "AES256");
        return name.contains("CHACHA20") ? name.replace("-SHA256", "") : name;
    }
}

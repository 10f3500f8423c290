package dev.loomgate.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;

import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

import dev.loomgate.config.ConfigurationException;
import dev.loomgate.testing.Programs;
import dev.loomgate.testing.RawClient;
import dev.loomgate.testing.ScriptDirectory;
import dev.loomgate.tls.DevCertificate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** HTTPS, from the configuration to real clients. */
class TlsTest {
    private static final String ROUTES = """
            routes:
            - {path: /hello, handler: respond, body: hello}
            - {path: "/files/**", handler: static, root: .}
            """;

    @TempDir
    Path directory;

    private Path certificate(String where, String... names) throws Exception {
        return DevCertificate.write(directory.resolve(where), List.of(names), 30).certificate();
    }

    private Plan plan(String listeners, String routes) throws Exception {
        return Plan.read(Files.writeString(directory.resolve("test.yaml"), "listeners:\n" + listeners + routes));
    }

    private Server start(String listeners, String routes) throws Exception {
        return plan(listeners, routes).start();
    }

    private static SSLContext trusting(KeyStore own, Path... certificates) throws Exception {
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        for (Path file : certificates) {
            trusted.setCertificateEntry(file.toString(), read(file));
        }
        TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
        trust.init(trusted);
        KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
        keys.init(own, "secret".toCharArray());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(own == null ? null : keys.getKeyManagers(), trust.getTrustManagers(), null);
        return context;
    }

    private static X509Certificate read(Path file) throws Exception {
        try (InputStream in = Files.newInputStream(file)) {
            return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
        }
    }

    private static HttpClient client(SSLContext context, String... protocols) {
        var parameters = new SSLParameters();
        if (protocols.length > 0) {
            parameters.setProtocols(protocols);
        }
        return HttpClient.newBuilder().sslContext(context).sslParameters(parameters).version(HttpClient.Version.HTTP_1_1).build();
    }

    private static <T> HttpResponse<T> get(HttpClient client, Server server, String path, HttpResponse.BodyHandler<T> body) throws Exception {
        return client.send(HttpRequest.newBuilder(URI.create(server.addresses().getFirst() + path)).timeout(Duration.ofSeconds(30)).build(), body);
    }

    private static String text(HttpClient client, Server server, String path) throws Exception {
        return get(client, server, path, HttpResponse.BodyHandlers.ofString()).body();
    }

    private static int port(Server server, int index) {
        return URI.create(server.addresses().get(index)).getPort();
    }

    private static X509Certificate shown(SSLContext context, int port, String host) throws Exception {
        try (SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", port)) {
            socket.setSoTimeout(30_000);
            SSLParameters parameters = socket.getSSLParameters();
            parameters.setServerNames(host == null ? List.of() : List.of(new SNIHostName(host)));
            socket.setSSLParameters(parameters);
            socket.startHandshake();
            return (X509Certificate) socket.getSession().getPeerCertificates()[0];
        }
    }

    private void openssl(String... words) throws Exception {
        Path program = Programs.require("openssl", "openssl");
        var command = new ProcessBuilder(words).directory(directory.toFile()).redirectErrorStream(true)
                .redirectOutput(directory.resolve("openssl.log").toFile());
        command.command().addFirst(program.toString());
        Process process = command.start();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(() -> String.join(" ", words)).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    void servesLargeAndSmallOverEachVersion(String protocol) throws Exception {
        Path certificate = certificate("c", "127.0.0.1");
        byte[] large = new byte[3_000_001];
        new Random(7).nextBytes(large);
        Files.write(directory.resolve("large"), large);
        Files.write(directory.resolve("small"), Arrays.copyOf(large, 20_000));
        var scripts = new ScriptDirectory(directory.resolve("cgi"));
        scripts.sh("count.sh", "printf 'Content-Type: text/plain\\n\\n%s %s %s %s %s ' \"$HTTPS\" \"$REQUEST_SCHEME\" \"$SSL_PROTOCOL\" "
                + "\"$SSL_CLIENT_VERIFY\" \"$SSL_SERVER_S_DN_O\"; cat | wc -c");
        try (Server server = start("- {port: 0, tls: {certificate: c/dev-cert.pem, key: c/dev-key.pem, hsts-days: 1}}\n",
                ROUTES + "- {path: \"/cgi/**\", handler: cgi, root: cgi, extensions: .sh}\n")) {
            HttpClient client = client(trusting(null, certificate), protocol);
            HttpResponse<String> hello = get(client, server, "/hello", HttpResponse.BodyHandlers.ofString());
            assertThat(hello.body()).isEqualTo("hello");
            assertThat(hello.sslSession().orElseThrow().getProtocol()).isEqualTo(protocol);
            assertThat(hello.headers().firstValue("Strict-Transport-Security")).contains("max-age=86400");
            assertThat(get(client, server, "/files/large", HttpResponse.BodyHandlers.ofByteArray()).body()).isEqualTo(large);
            assertThat(get(client, server, "/files/small", HttpResponse.BodyHandlers.ofByteArray()).body())
                    .isEqualTo(Arrays.copyOf(large, 20_000));
            var upload = HttpRequest.newBuilder(URI.create(server.addresses().getFirst() + "/cgi/count.sh"))
                    .timeout(Duration.ofSeconds(30)).POST(HttpRequest.BodyPublishers.ofByteArray(large)).build();
            assertThat(client.send(upload, HttpResponse.BodyHandlers.ofString()).body().strip())
                    .isEqualTo("on https " + protocol + " NONE Loomgate development " + large.length);
        }
    }

    @Test
    void choosesTheCertificateByTheNameAskedFor() throws Exception {
        Path first = certificate("a", "a.example");
        Path second = certificate("b", "b.example", "*.b.example");
        try (Server server = start("""
                - port: 0
                  tls:
                    certificates:
                    - {certificate: a/dev-cert.pem, key: a/dev-key.pem}
                    - {certificate: b/dev-cert.pem, key: b/dev-key.pem}
                """, ROUTES)) {
            for (List<Object> row : List.<List<Object>>of(List.of("b.example", second), List.of("X.B.example", second),
                    List.of("x.y.b.example", first), List.of("a.example", first), List.of("", first))) {
                // a context of its own: one that knows a session of the same address would go on with that
                SSLContext context = trusting(null, first, second);
                String host = row.getFirst().toString();
                assertThat(shown(context, port(server, 0), host.isEmpty() ? null : host)).as(host).isEqualTo(read((Path) row.get(1)));
            }
        }
    }

    @Test
    void takesChangedFilesIntoUseAndKeepsWhatItHasWhenTheyAreWrong() throws Exception {
        Path old = certificate("c", "127.0.0.1");
        Path next = certificate("next", "127.0.0.1");
        X509Certificate before = read(old);
        try (Server server = start("- {port: 0, tls: {certificate: c/dev-cert.pem, key: c/dev-key.pem, reload-interval: 50ms}}\n", ROUTES)) {
            SSLContext context = trusting(null, old, next);
            assertThat(shown(context, port(server, 0), null)).isEqualTo(before);
            Files.writeString(directory.resolve("c/dev-key.pem"), "no key\n");
            assertThatThrownBy(server::reloadCertificates).hasMessageContaining("dev-key.pem holds no private key");
            assertThat(shown(trusting(null, old, next), port(server, 0), null)).isEqualTo(before);
            for (String file : List.of("dev-cert.pem", "dev-key.pem")) {
                Files.move(directory.resolve("next").resolve(file), directory.resolve("c").resolve(file), StandardCopyOption.REPLACE_EXISTING);
            }
            X509Certificate renewed = read(old);
            SSLContext after = trusting(null, old);
            await().atMost(Duration.ofSeconds(30)).ignoreExceptions()
                    .untilAsserted(() -> assertThat(shown(after, port(server, 0), null)).isEqualTo(renewed));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "rsa PKCS#1, genrsa -traditional -out key.pem 2048",
        "rsa PKCS#8, genrsa -out key.pem 2048",
        "ec with parameters, ecparam -name prime256v1 -genkey -out key.pem",
        "encrypted PKCS#8, 'genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -aes256 -pass pass:secret -out key.pem'",
        "encrypted PKCS#1, genrsa -traditional -aes128 -passout pass:secret -out key.pem 2048"})
    void readsKeysInEveryForm(String form, String command) throws Exception {
        openssl(command.split(" "));
        openssl("req", "-x509", "-key", "key.pem", "-passin", "pass:secret", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
                "-days", "3", "-out", "cert.pem");
        Files.writeString(directory.resolve("password"), "secret\n");
        String password = form.startsWith("encrypted") ? ", key-password-file: password" : "";
        try (Server server = start("- {port: 0, tls: {certificate: cert.pem, key: key.pem" + password + "}}\n", ROUTES)) {
            assertThat(text(client(trusting(null, directory.resolve("cert.pem"))), server, "/hello")).isEqualTo("hello");
            assertThat(server.certificates().getFirst().daysLeft()).isBetween(2L, 3L);
        }
        if (!password.isEmpty()) {
            Files.writeString(directory.resolve("password"), "wrong\n");
            assertThatThrownBy(() -> plan("- {port: 0, tls: {certificate: cert.pem, key: key.pem, key-password-file: password}}\n", ROUTES))
                    .hasMessageContaining("can't be decrypted with the password in");
            assertThatThrownBy(() -> plan("- {port: 0, tls: {certificate: cert.pem, key: key.pem}}\n", ROUTES))
                    .hasMessageContaining("is encrypted: name the file with its password in key-password-file");
        }
    }

    @Test
    void passesTheCertificateOfAClientOn() throws Exception {
        Path certificate = certificate("c", "127.0.0.1");
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca-key.pem", "-subj", "/CN=Our CA", "-days", "3", "-out", "ca.pem");
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", "me-key.pem", "-subj", "/CN=J\u00f6rg/O=Weavers/emailAddress=j@example.org", "-utf8",
                "-out", "me.csr");
        openssl("x509", "-req", "-in", "me.csr", "-CA", "ca.pem", "-CAkey", "ca-key.pem", "-set_serial", "0x2A", "-days", "3", "-out", "me.pem");
        openssl("pkcs12", "-export", "-inkey", "me-key.pem", "-in", "me.pem", "-passout", "pass:secret", "-out", "me.p12");
        new ScriptDirectory(directory.resolve("cgi")).sh("who.sh", "printf 'Content-Type: text/plain; charset=utf-8\\n\\n'; "
                + "printf '%s\\n' \"$SSL_CLIENT_VERIFY\" \"$SSL_CLIENT_S_DN\" \"$SSL_CLIENT_S_DN_CN\" \"$SSL_CLIENT_S_DN_Email\" "
                + "\"$SSL_CLIENT_I_DN\" \"$SSL_CLIENT_M_SERIAL\" \"$SSL_CLIENT_CERT\"");
        KeyStore own = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(directory.resolve("me.p12"))) {
            own.load(in, "secret".toCharArray());
        }
        String tls = "tls: {certificate: c/dev-cert.pem, key: c/dev-key.pem, client-issuers: ca.pem, client-certificates: ";
        try (Server server = start("- {port: 0, " + tls + "want}}\n- {port: 0, " + tls + "require}}\n",
                "routes:\n- {path: \"/cgi/**\", handler: cgi, root: cgi, extensions: .sh}\n")) {
            String known = text(client(trusting(own, certificate)), server, "/cgi/who.sh");
            assertThat(known.lines().limit(6)).containsExactly("SUCCESS", "emailAddress=j@example.org,O=Weavers,CN=J\u00f6rg", "J\u00f6rg",
                    "j@example.org", "CN=Our CA", "2A");
            assertThat(known).contains(Files.readString(directory.resolve("me.pem")).strip());
            HttpClient nobody = client(trusting(null, certificate));
            assertThat(text(nobody, server, "/cgi/who.sh")).startsWith("NONE\n\n");
            assertThatThrownBy(() -> nobody.send(HttpRequest.newBuilder(URI.create(server.addresses().get(1) + "/cgi/who.sh")).build(),
                    HttpResponse.BodyHandlers.ofString())).isInstanceOf(Exception.class);
        }
    }

    @Test
    void answersInClearTextWhoSpeaksWithoutTls() throws Exception {
        certificate("c", "127.0.0.1");
        try (Server server = start("""
                - {port: 0, tls: {certificate: c/dev-cert.pem, key: c/dev-key.pem}}
                - {port: 0, redirect-to-https: 8443}
                """, ROUTES)) {
            try (RawClient client = RawClient.connect(port(server, 0))) {
                client.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
                assertThat(client.readToEnd()).startsWith("HTTP/1.1 400 ").contains("https://");
            }
            try (RawClient client = RawClient.connect(port(server, 1))) {
                client.send("GET /a%20b?c=d HTTP/1.1\r\nHost: site.example:80\r\nConnection: close\r\n\r\n");
                assertThat(client.readToEnd()).startsWith("HTTP/1.1 308 ").contains("Location: https://site.example:8443/a%20b?c=d\r\n");
            }
            try (RawClient client = RawClient.connect(port(server, 0))) {
                // a record of a handshake that is none
                client.send(new byte[] {22, 3, 1, 0, 4, 1, 2, 3, 4});
                client.readToEnd();
            }
            assertThat(server.addresses().getFirst()).startsWith("https://");
        }
    }

    @Test
    void endsHandshakesThatTakeTooLong() throws Exception {
        certificate("c", "127.0.0.1");
        try (Server server = start("- {port: 0, tls: {certificate: c/dev-cert.pem, key: c/dev-key.pem, handshake-timeout: 200ms}}\n", ROUTES);
             RawClient client = RawClient.connect(port(server, 0)); RawClient silent = RawClient.connect(port(server, 0))) {
            client.send(new byte[] {22, 3, 1, 2});
            assertThat(client.readToEnd()).isEmpty();
            assertThat(silent.readToEnd()).isEmpty();
            await().atMost(Duration.ofSeconds(30)).until(() -> server.connectionCount() == 0);
        }
    }

    @Test
    void neverAgreesOnWhatIsBroken() throws Exception {
        Path certificate = certificate("c", "127.0.0.1");
        try (Server server = start("- {port: 0, tls: {certificate: c/dev-cert.pem, key: c/dev-key.pem, protocols: TLSv1.3}}\n", ROUTES)) {
            assertThatThrownBy(() -> text(client(trusting(null, certificate), "TLSv1.2"), server, "/hello")).isInstanceOf(SSLException.class);
            assertThat(text(client(trusting(null, certificate)), server, "/hello")).isEqualTo("hello");
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "{}| is missing; it must be there, as in certificate: site.pem",
        "{certificate: a/dev-cert.pem, key: absent.pem}| absent.pem does not exist",
        "{certificate: a/dev-cert.pem, key: b/dev-key.pem}| is not the key of the certificate in",
        "{certificate: a/dev-key.pem, key: a/dev-key.pem}| holds no certificate",
        "{certificate: a/dev-cert.pem, key: a/dev-cert.pem}| holds no private key",
        "{certificate: a/dev-cert.pem, key: a/dev-key.pem, protocols: TLSv1.1}| TLSv1.2",
        "{certificate: a/dev-cert.pem, key: a/dev-key.pem, ciphers: NONE_SUCH}| no cipher suite NONE_SUCH",
        "{certificate: a/dev-cert.pem, key: a/dev-key.pem, client-certificates: want}| client-issuers: is missing",
        "{certificates: []}| at least one is needed",
        "{certficate: a/dev-cert.pem, key: a/dev-key.pem}| did you mean 'certificate'?"})
    void saysWhatIsWrong(String tls, String message) throws Exception {
        certificate("a", "a.example");
        certificate("b", "b.example");
        assertThatThrownBy(() -> plan("- {port: 0, tls: " + tls + "}\n", ROUTES)).isInstanceOf(ConfigurationException.class)
                .hasMessageContaining(message.strip());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "[TLS_AES_128_GCM_SHA256, TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384]| found 'TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384'; HTTP/2 forbids",
        "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256| found 'TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256'; HTTP/2 forbids",
        "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, protocols: TLSv1.2| HTTP/2 over TLSv1.2 needs TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"})
    void offersHttp2WithNoSuiteThatItForbids(String ciphers, String message) throws Exception {
        certificate("a", "a.example");
        String tls = "{certificate: a/dev-cert.pem, key: a/dev-key.pem, ciphers: " + ciphers + "}";
        assertThatThrownBy(() -> plan("- {port: 0, tls: " + tls + "}\n", ROUTES)).isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("listeners[0].tls.ciphers: " + message).hasMessageContaining("'http2: false'");
        plan("- {port: 0, http2: false, tls: " + tls + "}\n", ROUTES);
    }

    @ParameterizedTest
    @ValueSource(strings = {"[TLS_AES_256_GCM_SHA384, TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384]",
        "[TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, TLS_DHE_RSA_WITH_AES_128_GCM_SHA256]",
        "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, protocols: TLSv1.2", "TLS_CHACHA20_POLY1305_SHA256"})
    void offersHttp2WithAllOthers(String ciphers) throws Exception {
        certificate("a", "a.example");
        plan("- {port: 0, tls: {certificate: a/dev-cert.pem, key: a/dev-key.pem, ciphers: " + ciphers + "}}\n", ROUTES);
    }
}

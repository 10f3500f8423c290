package dev.loomgate.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.loomgate.testing.LogCapture;
import dev.loomgate.testing.Programs;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** OCSP stapling, with the responder and the client of OpenSSL. */
class OcspStaplingTest {
    @TempDir
    Path directory;

    private final AtomicInteger asked = new AtomicInteger();
    private final CountDownLatch silence = new CountDownLatch(1);
    private volatile boolean silent;
    private HttpServer issuer;

    private String openssl(String... words) throws IOException {
        Path output = Files.createTempFile(directory, "openssl", ".log");
        var command = new ProcessBuilder(words).directory(directory.toFile()).redirectErrorStream(true).redirectOutput(output.toFile())
                .redirectInput(Path.of("/dev/null").toFile());
        command.command().addFirst(Programs.require("openssl", "openssl").toString());
        Process process = command.start();
        try {
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IOException(e);
        } finally {
            process.destroyForcibly();
        }
        String text = Files.readString(output);
        assertThat(process.exitValue()).as(() -> String.join(" ", words) + "\n" + text).isZero();
        return text;
    }

    /** An issuer, with its responder at an address of this machine alone, which OpenSSL's own can't be told to stay at. */
    @BeforeEach
    void begin() throws Exception {
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "ca-key.pem", "-subj", "/CN=Our CA",
                "-days", "3", "-out", "ca.pem");
        issuer = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        issuer.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        issuer.createContext("/", this::answer);
        issuer.start();
    }

    @AfterEach
    void end() {
        silence.countDown();
        issuer.stop(0);
    }

    private void answer(HttpExchange exchange) throws IOException {
        int number = asked.incrementAndGet();
        try (exchange) {
            if (silent) {
                silence.await();
                return;
            }
            Files.write(directory.resolve("question-" + number), exchange.getRequestBody().readAllBytes());
            openssl("ocsp", "-index", "index.txt", "-CA", "ca.pem", "-rsigner", "ca.pem", "-rkey", "ca-key.pem", "-nmin", "30",
                    "-reqin", "question-" + number, "-respout", "answer-" + number);
            byte[] response = Files.readAllBytes(directory.resolve("answer-" + number));
            exchange.sendResponseHeaders(200, response.length);
            exchange.getResponseBody().write(response);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Server start(char state) throws Exception {
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "key.pem", "-subj", "/CN=127.0.0.1", "-out", "me.csr");
        Files.writeString(directory.resolve("extensions"), "authorityInfoAccess=OCSP;URI:http://127.0.0.1:" + issuer.getAddress().getPort()
                + "/\nsubjectAltName=IP:127.0.0.1\n");
        openssl("x509", "-req", "-in", "me.csr", "-CA", "ca.pem", "-CAkey", "ca-key.pem", "-set_serial", "0x2A", "-days", "3", "-extfile", "extensions",
                "-out", "me.pem");
        Files.writeString(directory.resolve("index.txt"), state + "\t491231235959Z\t" + (state == 'R' ? "250101000000Z" : "")
                + "\t2A\tunknown\t/CN=127.0.0.1\n");
        Files.writeString(directory.resolve("chain.pem"), Files.readString(directory.resolve("me.pem")) + Files.readString(directory.resolve("ca.pem")));
        return Plan.read(Files.writeString(directory.resolve("test.yaml"), """
                listeners:
                - {port: 0, tls: {certificate: chain.pem, key: key.pem, ocsp-stapling: true, reload-interval: 50ms}}
                - {port: 0, tls: {certificate: chain.pem, key: key.pem}}
                routes: [{path: /, handler: respond, body: hello}]
                """)).start();
    }

    private String handshake(Server server, int listener, String... options) throws IOException {
        String[] words = {"s_client", "-connect", "127.0.0.1:" + URI.create(server.addresses().get(listener)).getPort(), "-status",
            "-CAfile", "ca.pem", "-verify_return_error"};
        var all = new ArrayList<>(List.of(words));
        all.addAll(List.of(options));
        return openssl(all.toArray(String[]::new));
    }

    @Test
    void handsTheStatusOutThatItsIssuerGave() throws Exception {
        try (Server server = start('V')) {
            await().atMost(Duration.ofSeconds(60)).untilAsserted(() ->
                    assertThat(handshake(server, 0, "-tls1_3")).contains("OCSP Response Status: successful", "Cert Status: good", "Serial Number: 2A"));
            assertThat(handshake(server, 0, "-tls1_2")).contains("OCSP Response Status: successful", "Cert Status: good");
            assertThat(asked.get()).as("it is asked beforehand, and not by each handshake").isEqualTo(1);
            assertThat(handshake(server, 1, "-tls1_3")).as("a listener that does not want it").contains("OCSP response: no response sent");
        }
    }

    @Test
    void goesOnWithoutWhenItsIssuerHangs() throws Exception {
        silent = true;
        try (Server server = start('V')) {
            await().atMost(Duration.ofSeconds(60)).until(() -> asked.get() == 1);
            for (int i = 0; i < 3; i++) {
                assertThat(handshake(server, 0, "-tls1_3")).contains("OCSP response: no response sent", "Verify return code: 0");
            }
            assertThat(asked.get()).as("no handshake has waited for it").isEqualTo(1);
        }
    }

    @Test
    void doesNotStapleThatItsCertificateIsRevoked() throws Exception {
        try (LogCapture log = LogCapture.of("dev.loomgate.tls"); Server server = start('R')) {
            await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> assertThat(log.lines()).anyMatch(line -> line.contains("revoked")));
            assertThat(handshake(server, 0, "-tls1_3")).contains("OCSP response: no response sent");
        }
    }
}

package dev.loomgate.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

import dev.loomgate.guard.Reason;
import dev.loomgate.testing.Bystander;
import dev.loomgate.testing.RawClient;
import dev.loomgate.tls.DevCertificate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Handshakes without end, and handshakes that never end, from one address; others get theirs, and their answers. */
class HandshakeFloodSiege {
    private static final int ATTACKERS = 8;
    private static final int SLOW = 100;
    private static final int SIGNED_IN = 60;

    @TempDir
    Path directory;

    private volatile boolean attacking = true;
    private final AtomicInteger answered = new AtomicInteger();

    /** Trusts everyone: it is not the client that is tested. */
    private static SSLContext careless() throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {new X509TrustManager() {
            @Override
            public void checkClientTrusted(X509Certificate[] chain, String type) {
                // see above
            }

            @Override
            public void checkServerTrusted(X509Certificate[] chain, String type) {
                // see above
            }

            @Override
            public X509Certificate[] getAcceptedIssuers() {
                return new X509Certificate[0];
            }
        }}, null);
        return context;
    }

    /** What a client says first: it costs it nothing to say the same again, and the server a key agreement and a signature. */
    private static byte[] hello() throws Exception {
        SSLEngine engine = careless().createSSLEngine();
        engine.setUseClientMode(true);
        ByteBuffer out = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
        engine.wrap(ByteBuffer.allocate(0), out);
        var bytes = new byte[out.flip().remaining()];
        out.get(bytes);
        return bytes;
    }

    private void flood(int port, byte[] hello) {
        while (attacking) {
            try (RawClient client = RawClient.connectFrom("127.0.0.2", port)) {
                client.send(hello).readExactly(5);
                answered.incrementAndGet();
            } catch (IOException e) {
                LockSupport.parkNanos(1_000_000);
            }
        }
    }

    private long signIn(SSLContext context, int port) throws IOException {
        long begun = System.nanoTime();
        var plain = new Socket();
        plain.bind(new InetSocketAddress("127.0.0.1", 0));
        plain.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        try (SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket(plain, "127.0.0.1", port, true)) {
            socket.setSoTimeout(30_000);
            socket.getOutputStream().write("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII)).startsWith("HTTP/1.1 200 ");
        }
        return System.nanoTime() - begun;
    }

    @Test
    void letsOthersIn() throws Exception {
        DevCertificate.write(directory, List.of("127.0.0.1"), 3);
        try (Server server = Plan.read(Files.writeString(directory.resolve("test.yaml"), """
                listeners:
                - {port: 0, tls: {certificate: dev-cert.pem, key: dev-key.pem, handshake-timeout: 5s}}
                - {port: 0}
                routes: [{path: /, handler: respond, body: hello}]
                """)).start()) {
            int secure = URI.create(server.addresses().get(0)).getPort();
            byte[] hello = hello();
            var attackers = new ArrayList<Thread>();
            var slow = new ArrayList<RawClient>();
            try (Bystander bystander = Bystander.start("127.0.0.1", URI.create(server.addresses().get(1)).getPort())) {
                // as it is without a flood, whatever else this machine does
                SSLContext context = careless();
                Duration calm = bystander.waits(100).median();
                var calmTimes = new ArrayList<Long>();
                for (int i = 0; i < 15; i++) {
                    calmTimes.add(signIn(context, secure));
                }
                Collections.sort(calmTimes);
                long calmTime = calmTimes.get(calmTimes.size() / 2);
                for (int i = 0; i < SLOW; i++) {
                    slow.add(RawClient.connectFrom("127.0.0.2", secure).send(Arrays.copyOf(hello, i % hello.length)));
                }
                for (int i = 0; i < ATTACKERS; i++) {
                    attackers.add(Thread.ofPlatform().daemon().start(() -> flood(secure, hello)));
                }
                await().atMost(Duration.ofSeconds(30)).until(() -> answered.get() > 100);
                bystander.reset();
                var times = new ArrayList<Long>();
                for (int i = 0; i < SIGNED_IN; i++) {
                    times.add(signIn(context, secure));
                }
                int during = answered.get();
                await().atMost(Duration.ofSeconds(30)).until(() -> answered.get() > during);
                await().atMost(Duration.ofSeconds(30)).until(() -> server.rejections().count(Reason.SLOW_REQUEST) >= SLOW);
                attacking = false;
                Collections.sort(times);
                System.out.printf("%d handshakes of others, the median took %d ms, the longest %d ms; the flood had %d%n", times.size(),
                        times.get(times.size() / 2) / 1_000_000, times.getLast() / 1_000_000, during);
                assertThat(bystander.errors()).isEmpty();
                assertThat(bystander.percentile(50).toNanos()).as("median; calm: %s", calm)
                        .isLessThan(Math.max(Duration.ofMillis(100).toNanos(), 5 * calm.toNanos()));
                assertThat(times.get(times.size() / 2)).as("median; calm: %s ns", calmTime)
                        .isLessThan(Math.max(Duration.ofMillis(500).toNanos(), 5 * calmTime));
            } finally {
                attacking = false;
                for (RawClient client : slow) {
                    client.close();
                }
                for (Thread attacker : attackers) {
                    attacker.join();
                }
            }
            await().untilAsserted(() -> assertThat(server.connectionCount()).as("connections afterwards").isZero());
        }
    }
}

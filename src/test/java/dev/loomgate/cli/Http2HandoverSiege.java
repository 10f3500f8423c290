package dev.loomgate.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

import dev.loomgate.testing.OutputOnFailure;
import dev.loomgate.testing.Trust;
import dev.loomgate.tls.DevCertificate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Upgrades and reloads while a client has many requests on one HTTP/2 connection: it is told to go, and loses none. */
class Http2HandoverSiege {
    private static final int UPGRADES = 5;
    private static final int AT_ONCE = 10;

    @RegisterExtension
    final OutputOnFailure output = new OutputOnFailure(() -> this.directory, "{out,err}");
    @TempDir
    Path directory;

    private void configure(int number) throws IOException {
        Files.writeString(directory.resolve("test.yaml"), """
                listeners: [{port: 0}, {port: 0, tls: {certificate: tls/dev-cert.pem, key: tls/dev-key.pem}}]
                control: control.sock
                guard: {drain-timeout: 5m}
                routes:
                - {path: /, handler: respond, body: number%d}
                - {path: /slow, handler: cgi, script: slow.sh, timeout: 5m}
                """.formatted(number));
    }

    @Test
    void losesNothing() throws Exception {
        Files.writeString(directory.resolve("slow.sh"), "#!/bin/sh\necho 'Content-Type: text/plain'\necho\n"
                + "for i in 1 2 3 4 5; do echo \"line $i\"; sleep 2; done\necho ended\n").toFile().setExecutable(true);
        Path certificate = DevCertificate.write(directory.resolve("tls"), List.of("127.0.0.1"), 30).certificate();
        configure(0);
        var failures = new ConcurrentLinkedQueue<String>();
        var answers = new AtomicInteger();
        var over = new AtomicBoolean();
        try (ServerProcess server = ServerProcess.start(directory);
             HttpClient client = HttpClient.newBuilder().sslContext(Trust.in(certificate)).build();
             ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            URI uri = URI.create("https://127.0.0.1:" + server.tlsPort() + "/");
            for (int i = 0; i < AT_ONCE; i++) {
                threads.submit(() -> {
                    while (!over.get()) {
                        ask(client, uri, answers, failures);
                    }
                });
            }
            for (int i = 1; i <= UPGRADES; i++) {
                int before = answers.get();
                await().atMost(Duration.ofSeconds(30)).until(() -> answers.get() > before + 100 || !failures.isEmpty());
                Future<String> slow = threads.submit(() -> client.send(HttpRequest.newBuilder(uri.resolve("/slow")).build(),
                        BodyHandlers.ofString()).body());
                configure(i);
                assertThat(server.run("upgrade", "--timeout", "300")).extracting(ServerProcess.Outcome::status,
                        ServerProcess.Outcome::err).containsExactly(0, "");
                assertThat(server.run("reload").status()).isZero();
                assertThat(slow.get(2, TimeUnit.MINUTES)).startsWith("line 1").contains("ended");
                assertThat(failures).isEmpty();
            }
            over.set(true);
        } finally {
            over.set(true);
        }
        assertThat(failures).isEmpty();
        System.out.println(answers + " answers over HTTP/2, none lost");
    }

    private static void ask(HttpClient client, URI uri, AtomicInteger answers, ConcurrentLinkedQueue<String> failures) {
        try {
            HttpResponse<String> response = client.send(HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(60)).build(),
                    BodyHandlers.ofString());
            if (response.statusCode() == 200 && response.version() == HttpClient.Version.HTTP_2) {
                answers.incrementAndGet();
            } else {
                failures.add(response.toString());
            }
            TimeUnit.MILLISECONDS.sleep(5);
        } catch (IOException e) {
            failures.add(e.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

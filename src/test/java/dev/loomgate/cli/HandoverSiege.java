package dev.loomgate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

import dev.loomgate.testing.Churn;
import dev.loomgate.testing.OutputOnFailure;
import dev.loomgate.testing.RawClient;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Fifty reloads and twenty upgrades in a row, under every kind of load: not one request may be lost. */
class HandoverSiege {
    private static final String REQUEST = " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    private static final int BIG = 200 << 20;
    private static final int UPGRADES = 20;
    private static final int RELOADS = 50;

    @RegisterExtension
    final OutputOnFailure output = new OutputOnFailure(() -> this.directory, "{out,err}");
    @TempDir
    Path directory;

    private void configure(int number) throws IOException {
        Files.writeString(directory.resolve("test.yaml"), """
                listeners: [{port: 0}, {port: 0}]
                control: control.sock
                guard: {drain-timeout: 10m, write-timeout: 5m}
                routes:
                - {path: /, handler: respond, body: number%d}
                - {path: /files/**, handler: static, root: files}
                - {path: /slow, handler: cgi, script: slow.sh, timeout: 5m, max-processes: 64}
                """.formatted(number));
    }

    @Test
    @Timeout(value = 30, unit = TimeUnit.MINUTES)
    void losesNothing() throws Exception {
        Files.writeString(directory.resolve("slow.sh"), """
                #!/bin/sh
                echo 'Content-Type: text/plain'
                echo
                for i in 1 2 3 4 5 6 7 8 9 10; do echo "line $i"; sleep 3; done
                echo ended
                """).toFile().setExecutable(true);
        String digest = bigFile(Files.createDirectories(directory.resolve("files")).resolve("big"));
        configure(0);
        try (ServerProcess server = ServerProcess.start(directory);
             ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            int port = server.port();
            var results = new ArrayList<Future<String>>();
            try (Churn churn = Churn.start(port)) {
                for (int i = 0, reloads = 0; i < UPGRADES; i++) {
                    results.add(threads.submit(() -> script(port)));
                    if (i % 5 == 0) {
                        results.add(threads.submit(() -> download(port, digest)));
                    }
                    configure(i + 1);
                    assertThat(server.run("upgrade", "--timeout", "300")).extracting(ServerProcess.Outcome::status,
                            ServerProcess.Outcome::err).containsExactly(0, "");
                    churn.awaitMore(100);
                    for (; reloads < RELOADS * (i + 1) / UPGRADES; reloads++) {
                        assertThat(server.run("reload").status()).isZero();
                        churn.awaitMore(50);
                    }
                    assertThat(churn.failures()).isEmpty();
                }
                for (Future<String> result : results) {
                    assertThat(result.get(10, TimeUnit.MINUTES)).isEmpty();
                }
                assertThat(churn.failures()).isEmpty();
                System.out.println(churn.answers() + " answers on " + churn.connections() + " connections, none lost");
            }
        }
    }

    private static String bigFile(Path file) throws Exception {
        byte[] piece = new byte[1 << 20];
        new Random(1).nextBytes(piece);
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        try (var out = new RandomAccessFile(file.toFile(), "rw")) {
            for (int i = 0; i < BIG / piece.length; i++) {
                piece[0] = (byte) i;
                out.write(piece);
                digest.update(piece);
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    /** A request of 30 seconds; returns what was wrong with its answer. */
    private static String script(int port) throws IOException {
        try (RawClient client = RawClient.connect(port).readTimeout(Duration.ofMinutes(5))) {
            String answer = client.send("GET /slow" + REQUEST).readToEnd();
            boolean whole = List.of("200 OK", "line 1", "line 10", "ended").stream().allMatch(answer::contains);
            return whole ? "" : "script: " + answer;
        }
    }

    /** A download that takes longer than several handovers; returns what was wrong with it. */
    private static String download(int port, String digest) throws Exception {
        MessageDigest read = MessageDigest.getInstance("SHA-256");
        try (RawClient client = RawClient.connect(port).readTimeout(Duration.ofMinutes(5))) {
            RawClient.Response head = client.send("GET /files/big" + REQUEST).readHead();
            InputStream in = new DigestInputStream(client.stream(), read);
            byte[] piece = new byte[64 << 10];
            long count = 0;
            for (int n = in.read(piece); n >= 0; n = in.read(piece)) {
                count += n;
                // 200 MB in half a minute
                TimeUnit.MILLISECONDS.sleep(count % (5 << 20) < n ? 750 : 0);
            }
            return head.status() == 200 && HexFormat.of().formatHex(read.digest()).equals(digest) ? ""
                    : "download: " + head.statusLine() + ", " + count + " bytes";
        }
    }
}

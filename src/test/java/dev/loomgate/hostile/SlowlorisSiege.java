package dev.loomgate.hostile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import dev.loomgate.testing.Bystander;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Ten thousand connections that send their headers line by line and never end them, or as many as there are descriptors for, and
 * one client that does nothing wrong. The server is a process of its own.
 */
class SlowlorisSiege {
    private static final int CONNECTIONS = 10_000;
    private static final Pattern ADDRESS = Pattern.compile("http://127\\.0\\.0\\.1:(\\d+)");
    private static final Pattern OPEN_FILES = Pattern.compile("Max open files\\s+(\\d+)");
    /** What this process and the server need besides. */
    private static final int OTHER_FILES = 600;
    private static final Duration MOST = Duration.ofMillis(100);

    @TempDir
    Path directory;
    private Process server;

    private int start(String guard) throws IOException {
        Path file = Files.writeString(directory.resolve("test.yaml"),
                "listeners: [{port: 0, backlog: 4096}]\nguard: {" + guard + "}\nroutes: [{path: /, handler: respond, body: x}]\n");
        server = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp", System.getProperty("java.class.path"), "dev.loomgate.Loomgate", "serve", "-c", file.toString())
                .redirectOutput(directory.resolve("out").toFile()).redirectError(directory.resolve("err").toFile()).start();
        return await().atMost(Duration.ofSeconds(30)).until(() -> {
            Matcher address = ADDRESS.matcher(Files.readString(directory.resolve("out")));
            return address.find() ? Integer.parseInt(address.group(1)) : 0;
        }, port -> port > 0);
    }

    @AfterEach
    void stop() throws InterruptedException {
        if (server != null) {
            server.destroyForcibly().waitFor();
        }
    }

    /** So many that the server, too, has descriptors for them: four fifths are for connections. */
    private static int connections() throws IOException {
        Path limits = Path.of("/proc/self/limits");
        Matcher matcher = OPEN_FILES.matcher(Files.exists(limits) ? Files.readString(limits) : "");
        int files = matcher.find() ? Integer.parseInt(matcher.group(1)) : 1024;
        return Math.min(CONNECTIONS, files * 4 / 5 - OTHER_FILES);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({"as it comes,''", "with room for half of them,max-connections: 5000"})
    void letsAnOrdinaryClientBeServedAsBefore(String name, String guard) throws Exception {
        int port = start(guard);
        try (Bystander bystander = Bystander.start("127.0.0.1", port)) {
            answers(bystander, 1_000);
            Duration calm = measured(bystander);
            int count = connections();
            try (Slowloris attack = Slowloris.start("127.0.0.2", port, count)) {
                await().atMost(Duration.ofSeconds(60)).until(() -> attack.attempts() >= count && attack.linesSent() > count);
                Duration besieged = measured(bystander);
                String figures = "%d connections, %d lines sent, %d connections closed by the server; p99 %s, before %s"
                        .formatted(count, attack.linesSent(), attack.closed(), besieged, calm);
                System.out.println("slowloris " + name + ": " + figures);
                assertThat(bystander.errors()).isEmpty();
                // of a machine that was slow before, no more can be asked than that it is not much slower
                assertThat(besieged).as(figures).isLessThan(calm.compareTo(MOST.dividedBy(4)) < 0 ? MOST : calm.multipliedBy(4));
            }
            assertThat(server.isAlive()).isTrue();
            answers(bystander, 100);
            assertThat(bystander.errors()).isEmpty();
        }
        server.destroy();
        assertThat(server.waitFor(40, TimeUnit.SECONDS)).isTrue();
    }

    private static void answers(Bystander bystander, int count) {
        int before = bystander.answers();
        await().atMost(Duration.ofSeconds(60)).until(() -> bystander.answers() > before + count);
    }

    private static Duration measured(Bystander bystander) {
        bystander.reset();
        answers(bystander, 3_000);
        return bystander.percentile(99);
    }
}

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

import dev.loomgate.cli.ServerProcess;
import dev.loomgate.testing.Bystander;
import dev.loomgate.testing.OutputOnFailure;
import dev.loomgate.testing.TestServer;
import io.helidon.webserver.http.HttpRouting;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Ten thousand connections that send their headers line by line and never end them, or as many as there are descriptors for, and
 * one client that does nothing wrong. The server is a process of its own.
 */
class SlowlorisSiege {
    private static final int CONNECTIONS = 10_000;
    private static final Pattern OPEN_FILES = Pattern.compile("Max open files\\s+(\\d+)");
    /** What this process and the server need besides. */
    private static final int OTHER_FILES = 600;
    private static final Duration MOST = Duration.ofMillis(100);
    private static final int ANSWERS = 1_000;

    @RegisterExtension
    final OutputOnFailure output = new OutputOnFailure(() -> this.directory, "{out,err}");
    @TempDir
    Path directory;

    private ServerProcess start(String guard) throws IOException {
        Files.writeString(directory.resolve("test.yaml"), """
                listeners: [{port: 0, backlog: 4096}]
                control: control.sock
                guard: {%s}
                routes: [{path: /, handler: respond, body: x}]
                """.formatted(guard));
        // compiled as a server is that people use
        return ServerProcess.start(directory, "-XX:TieredStopAtLevel=4");
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
        try (ServerProcess server = start(guard)) {
            besiege(name, server.port());
            assertThat(server.process().isAlive()).isTrue();
            server.process().destroy();
            assertThat(server.process().waitFor(40, TimeUnit.SECONDS)).isTrue();
        }
    }

    /** Beside a client of another server, with which nothing is wrong, on the same machine at the same time. */
    private static void besiege(String name, int port) throws Exception {
        try (TestServer quiet = TestServer.start(HttpRouting.builder().get((request, response) -> response.send("x")));
                Bystander elsewhere = Bystander.start("127.0.0.1", quiet.port());
                Bystander bystander = Bystander.start("127.0.0.1", port)) {
            bystander.waits(500);
            int count = connections();
            try (Slowloris attack = Slowloris.start("127.0.0.2", port, count)) {
                await().atMost(Duration.ofSeconds(120)).until(() -> attack.attempts() >= count && attack.linesSent() > count);
                elsewhere.reset();
                Bystander.Waits besieged = bystander.waits(ANSWERS);
                Duration machine = elsewhere.percentile(99);
                String figures = "%d connections, %d lines sent, %d connections closed by the server; %s; elsewhere %s"
                        .formatted(count, attack.linesSent(), attack.closed(), besieged, machine);
                System.out.println("slowloris " + name + ": " + figures);
                assertThat(besieged.most()).as(figures).isLessThan(bound(machine));
            }
            // those who are served have gone on being served, and are so by what the attack has left
            bystander.waits(100);
            assertThat(bystander.errors()).isEmpty();
        }
    }

    /**
     * What 99 of 100 answers may take: the bar, as long as it is the server that decides whether it is kept. Where a server without an
     * attack needs a quarter of that time at the same moment, for want of a processor, it does not.
     */
    private static Duration bound(Duration machine) {
        return machine.compareTo(MOST.dividedBy(4)) < 0 ? MOST : machine.multipliedBy(4);
    }
}

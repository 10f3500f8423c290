package dev.loomgate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

import dev.loomgate.testing.OutputOnFailure;
import dev.loomgate.testing.RawClient;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** A server that dies, and the one that is started in its place. */
class RestartSiege {
    @RegisterExtension
    final OutputOnFailure output = new OutputOnFailure(() -> this.directory, "{out,err}");
    @TempDir
    Path directory;

    @Test
    void saysThatItWasStartedAgainAfterItHadDied() throws Exception {
        Files.writeString(directory.resolve("test.yaml"), """
                listeners: [{port: 0}]
                control: control.sock
                guard: {drain-timeout: 1s, idle-timeout: 5m}
                routes: [{path: /, handler: respond}]
                """);
        long first;
        try (ServerProcess server = ServerProcess.start(directory)) {
            first = server.pid();
            assertThat(server.run("status").out()).doesNotContain("restarts");
            server.process().destroyForcibly().waitFor();
        }
        try (ServerProcess server = ServerProcess.start(directory)) {
            assertThat(server.run("status").out()).containsPattern("restarts +1")
                    .contains("process " + first + " ended without having been stopped");
            // the number goes on with the process that takes its place; the one before ends in its time, whatever clients do
            try (RawClient quiet = RawClient.connect(server.port())) {
                assertThat(quiet.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n").readResponse().status()).isEqualTo(200);
                assertThat(server.run("upgrade").status()).isZero();
                assertThat(server.process().waitFor(60, TimeUnit.SECONDS)).isTrue();
                assertThat(quiet.isClosedByServer()).isTrue();
            }
            assertThat(server.run("status").out()).containsPattern("restarts +1");
            assertThat(server.run("stop").status()).isZero();
        }
        assertThat(directory.resolve("control.sock.run")).doesNotExist();
    }
}

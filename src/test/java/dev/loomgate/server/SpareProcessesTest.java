package dev.loomgate.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;

import dev.loomgate.testing.RawClient;
import dev.loomgate.testing.ScriptDirectory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Processes of scripts that wait for the first request of a server. */
class SpareProcessesTest {
    @TempDir
    Path directory;

    private Plan plan(String route) throws Exception {
        return Plan.read(Files.writeString(directory.resolve("test.yaml"),
                "listeners: [{port: 0}]\nadmin: {port: 0}\nroutes: [{path: /x, handler: cgi, " + route + "}]\n"));
    }

    private static String metrics(Server server) throws IOException {
        try (RawClient client = RawClient.connect(URI.create(server.adminAddress().orElseThrow()).getPort())) {
            return client.send("GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").readResponse().body();
        }
    }

    @Test
    void waitWhereTheServerStartsAndWhereItIsGivenAnotherConfiguration() throws Exception {
        new ScriptDirectory(directory).perl("x", "print \"Content-Type: text/plain\\n\\nx\"");
        try (Server server = plan("script: x, spare-processes: 2").start()) {
            await().untilAsserted(() -> assertThat(metrics(server)).containsPattern("loomgate_gateway_forks_total\\{[^}]*\\} 2\\.0"));
            server.reload(plan("script: x, spare-processes: 3"));
            await().untilAsserted(() -> assertThat(metrics(server)).containsPattern("loomgate_gateway_forks_total\\{[^}]*\\} 5\\.0"));
        }
    }
}

package dev.loomgate.gateway.fastcgi;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

import io.helidon.webserver.http.HttpRouting;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import dev.loomgate.gateway.GatewaySettings;
import dev.loomgate.gateway.ScriptResolver;
import dev.loomgate.testing.LogCapture;
import dev.loomgate.testing.Programs;
import dev.loomgate.testing.RawClient;
import dev.loomgate.testing.TestServer;

/** Several processes of one program, of which not all do well. */
class SeveralProcessesTest {
    /** Of its processes one works on a request until it is told to answer; the other fails meanwhile, as soon as it is started. */
    private static final String PROGRAM = """
            #!/bin/sh
            mkdir working 2>/dev/null && exec perl worker.pl
            until [ -e asked ]; do sleep 0.01; done
            exit 1
            """;
    private static final String WORKER = """
            use strict;
            while (accept(my $connection, STDIN)) {
                sysread($connection, my $request, 65536);
                my $id = substr($request, 2, 2);
                open(my $asked, '>', 'asked');
                select(undef, undef, undef, 0.01) until -e 'go';
                my $page = "Content-Type: text/plain\\n\\npage";
                syswrite($connection, "\\1\\6$id" . pack('nn', length($page), 0) . $page . "\\1\\3$id" . pack('nn', 8, 0) . "\\0" x 8);
                sysread($connection, $request, 65536);
            }
            """;

    @TempDir
    Path top;

    @Test
    void leavesTheRequestsOfTheOthersAloneWhenOneFailsToStart() throws Exception {
        Programs.require("perl", "perl");
        Files.writeString(top.resolve("worker.pl"), WORKER);
        Path program = Files.writeString(top.resolve("program"), PROGRAM);
        var command = new ResponderCommand(List.of("/bin/sh", program.toString()), 2, 1000, Map.of("PATH", System.getenv("PATH")), top);
        try (LogCapture log = LogCapture.ofThisTest("dev.loomgate");
             var gateway = FastCgiGateway.start(ScriptResolver.ofScript("", Path.of("/app"), List.of()), false, command,
                     PhpTesting::pool, true, GatewaySettings.defaults());
             TestServer server = TestServer.start(HttpRouting.builder().any(gateway));
             RawClient client = RawClient.connect(server.port()).readTimeout(Duration.ofSeconds(60))) {
            client.send("GET /a HTTP/1.1\r\nHost: h\r\n\r\n");
            // the first one may have run for a while; of the others in a row, the second tells that this may last
            Awaitility.await().until(() -> log.lines().stream().filter(line -> line.contains("another is started")).count() >= 4);
            Files.createFile(top.resolve("go"));
            assertThat(client.readResponse().body()).isEqualTo("page");
        }
    }
}

package dev.loomgate.hostile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

import dev.loomgate.server.Plan;
import dev.loomgate.server.Server;
import dev.loomgate.testing.Bystander;
import dev.loomgate.testing.Network;
import dev.loomgate.testing.Programs;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clients of another machine whose cable is pulled out: nobody says that they have gone, while their requests are worked on. */
class VanishedClientsSiege {
    private static final int CLIENTS = 20;
    private static final int ANSWERS = 150;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    Path directory;

    @Test
    void areFoundByProbesWhileOthersAreServedAsBefore() throws Exception {
        Path bash = Programs.require("bash", "bash");
        Files.writeString(directory.resolve("long.sh"), "#!/bin/sh\nexec sleep 600\n").toFile().setExecutable(true);
        Path file = Files.writeString(directory.resolve("test.yaml"), """
                listeners: [{host: 0.0.0.0, port: 0}]
                guard: {keep-alive-probes: {idle: 1s, interval: 1s, count: 2}}
                routes:
                - {path: /, handler: respond, body: x}
                - {path: /long, handler: cgi, script: long.sh, timeout: 10m, max-processes: 64}
                """);
        try (Network network = new Network(); Server server = Plan.read(file).start()) {
            String client = network.addReachable("client");
            String here = before(client);
            int port = server.ports().getFirst();
            network.start("client", directory.resolve("client.log"), List.of(bash.toString(), "-c", """
                    for i in $(seq %d); do
                        exec {connection}<>/dev/tcp/%s/%d
                        printf 'GET /long HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n' >&"$connection"
                    done
                    exec sleep 600
                    """.formatted(CLIENTS, here, port)));
            await().atMost(PATIENCE).until(() -> server.connectionStates().get("working") == CLIENTS);
            try (Bystander bystander = Bystander.start("127.0.0.1", port)) {
                Bystander.Waits calm = bystander.waits(ANSWERS);
                network.run("client", "ip", "link", "set", "eth0", "down");
                await().atMost(PATIENCE).until(() -> {
                    bystander.waits(ANSWERS).assertLike(calm);
                    return server.connectionCount() <= 1;
                });
                assertThat(bystander.errors()).isEmpty();
            }
        }
    }

    /** This machine's address on the way to another. */
    private static String before(String address) {
        int last = address.lastIndexOf('.') + 1;
        return address.substring(0, last) + (Integer.parseInt(address.substring(last)) - 1);
    }
}

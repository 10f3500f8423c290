package dev.loomgate.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;

import dev.loomgate.testing.Bystander;
import dev.loomgate.testing.NameServer;
import dev.loomgate.testing.RawClient;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A thousand handlers that wait for a slow name server, each for another name: nobody else may notice. */
class NamesSiege {
    private static final int HANDLERS = 1_000;
    private static final Duration SLOW = Duration.ofSeconds(3);
    /** What a machine that does much else at the same time allows. With all carriers held, there would be no answer at all. */
    private static final Duration BOUND = Duration.ofSeconds(2);

    @TempDir
    Path directory;

    @Test
    void leavesACarrierToOthers() throws Exception {
        CompiledClasses.compile(directory.resolve("classes"), "Resolve", """
                import dev.loomgate.handler.*;
                public class Resolve implements Handler {
                    @Override
                    public void handle(Request request, Response response) throws Exception {
                        var found = java.net.InetAddress.getByName(request.parameter("name"));
                        response.out().print(found.getHostAddress());
                    }
                }
                """);
        try (NameServer names = NameServer.start(); Server server = Plan.read(Files.writeString(directory.resolve("test.yaml"), """
                listeners: [{port: 0}]
                routes:
                - {path: /, handler: respond, body: x}
                - {path: /resolve, handler: java, class: Resolve, class-path: classes}
                """)).start()) {
            int port = URI.create(server.addresses().getFirst()).getPort();
            names.answer("warm.example", 60, "127.0.0.1");
            assertThat(ask(port, "warm.example").readResponse().body()).isEqualTo("127.0.0.1");
            names.delay(SLOW);
            try (Bystander bystander = Bystander.start("127.0.0.1", port)) {
                var clients = new ArrayList<RawClient>();
                for (int i = 0; i < HANDLERS; i++) {
                    names.answer("n" + i + ".example", 60, "127.0.0.7");
                    clients.add(ask(port, "n" + i + ".example"));
                }
                int before = names.questions();
                bystander.reset();
                long end = System.nanoTime() + SLOW.toNanos();
                Awaitility.await().until(() -> bystander.answers() >= 100 && System.nanoTime() - end > 0);
                Duration late = bystander.percentile(99);
                System.out.println(HANDLERS + " handlers looked names up (" + before + " questions by then); of "
                        + bystander.answers() + " other requests, 99 % were answered within " + late.toNanos() / 1_000 + " us");
                assertThat(bystander.errors()).isEmpty();
                assertThat(late).isLessThan(BOUND);
                for (RawClient client : clients) {
                    assertThat(client.readResponse().body()).isEqualTo("127.0.0.7");
                    client.close();
                }
            }
        }
    }

    private static RawClient ask(int port, String name) throws java.io.IOException {
        return RawClient.connect(port).send("GET /resolve?name=" + name + " HTTP/1.1\r\nHost: a\r\n\r\n");
    }
}

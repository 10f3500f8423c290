package dev.loomgate.transport;

import java.time.Duration;

import dev.loomgate.observe.CarrierWatch;
import dev.loomgate.testing.TestServer;
import io.helidon.webserver.http.HttpRouting;

/** A server in a process of its own, for tests that take away what a process needs. Ends with its standard input. */
final class HelloServer {
    private HelloServer() {
    }

    /** Prints the port when ready. */
    public static void main(String[] arguments) throws Exception {
        // as in a whole server, which must stay up without descriptors too
        CarrierWatch watch = CarrierWatch.start(Duration.ofSeconds(1), false);
        try (TestServer server = TestServer.start(HttpRouting.builder()
                .get("/hello", (request, response) -> response.send("hello")))) {
            System.out.println(server.port());
            while (System.in.read() >= 0) {
                // nothing is asked for
            }
        } finally {
            watch.close();
        }
    }
}

package dev.loomgate.http1;

import java.io.EOFException;
import java.io.IOException;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import dev.loomgate.testing.RawClient;

/**
 * Sends a raw request and sees what comes back.
 *
 * @param answer what came
 * @param bodies bodies of the responses, without that of the probe
 */
record RawExchange(RawRequest.Answer answer, List<String> bodies) {
    private static final String PROBE = "GET /probe HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";

    /**
     * Sends the bytes, reads responses, then asks for {@code /probe}, which must name itself in its body: whether that is
     * answered tells whether the connection was kept, and in step.
     *
     * @param responses number of responses to wait for before the probe
     */
    static RawExchange with(int port, byte[] bytes, int responses) throws IOException {
        var statuses = new ArrayList<Integer>();
        var bodies = new ArrayList<String>();
        try (RawClient client = RawClient.connect(port)) {
            client.readTimeout(Duration.ofSeconds(20)).send(bytes);
            boolean open = true;
            while (open && statuses.size() < responses) {
                open = readOne(client, statuses, bodies);
            }
            if (open) {
                open = sendProbe(client);
            }
            while (open) {
                open = readOne(client, statuses, bodies);
            }
        }
        boolean kept = !bodies.isEmpty() && bodies.getLast().contains("probe");
        if (kept) {
            statuses.removeLast();
            bodies.removeLast();
        }
        return new RawExchange(new RawRequest.Answer(statuses, kept), bodies);
    }

    private static boolean sendProbe(RawClient client) {
        try {
            client.send(PROBE);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private static boolean readOne(RawClient client, List<Integer> statuses, List<String> bodies) throws IOException {
        try {
            RawClient.Response response = client.readResponse();
            statuses.add(response.status());
            bodies.add(response.body());
            return true;
        } catch (EOFException | SocketException e) {
            return false;
        }
    }
}

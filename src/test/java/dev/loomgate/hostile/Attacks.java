package dev.loomgate.hostile;

import static dev.loomgate.hostile.Attack.onAll;
import static dev.loomgate.hostile.Attack.onRoute;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

import dev.loomgate.guard.Reason;
import dev.loomgate.testing.Bystander;
import dev.loomgate.testing.RawClient;

/** The limits that end in a rejection, and how each is reached by clients of one address. */
final class Attacks {
    private static final String HOST = " HTTP/1.1\r\nHost: h\r\n";
    /** Two clients behind one proxy. */
    private static final String HOSTILE_CLIENT = "192.0.2.2";
    private static final String OTHER_CLIENT = "192.0.2.1";

    private Attacks() {
    }

    static Stream<Attack> all() {
        return Stream.of(connections(), addresses(), behindProxies(), rates(), lengths(), times(), requests()).flatMap(List::stream);
    }

    private static List<Attack> connections() {
        return List.of(
                onAll("more connections than there may be", "max-connections: 40", Reason.ROOM_NEEDED, client -> { }),
                onAll("more of them, which are told so", "max-connections: 40, when-full: refuse", Reason.CONNECTIONS, client -> { }),
                new Attack("more of them, of another listener",
                        new Attack.Target("", "max-connections: 40", "", Bystander.Manner.ORDINARY, true), Reason.CONNECTIONS,
                        client -> { }),
                onAll("more of them that trickle", "max-connections: 40", Reason.ROOM_NEEDED,
                        client -> client.send("GET /" + HOST + "X: ")),
                onAll("more of them that have had an answer", "max-connections: 40", Reason.ROOM_NEEDED,
                        client -> client.send("GET /" + HOST + "\r\n").readResponse()),
                onAll("more connections of one address", "max-connections-per-address: 20", Reason.CONNECTIONS_OF_ADDRESS,
                        client -> { }));
    }

    private static List<Attack> addresses() {
        Attackers.Act ask = client -> client.send(("GET /slow" + HOST + "\r\n").repeat(50)).shutdownOutput().readToEnd();
        return List.of(
                onAll("address that may not", "deny: 127.0.0.2", Reason.ADDRESS, RawClient::readToEnd),
                onAll("address of a file that may not", "deny-files: denied", Reason.ADDRESS, RawClient::readToEnd),
                onRoute("address that may not for a route", "deny: 127.0.0.2", Reason.ADDRESS, ask),
                onRoute("address of a file that may not for a route", "deny-files: denied", Reason.ADDRESS, ask));
    }

    private static List<Attack> behindProxies() {
        var proxied = new Bystander.Manner(proxied(OTHER_CLIENT), Bystander.Manner.ORDINARY.request(), 10);
        return List.of(
                new Attack("requests of one client behind a proxy", Attack.Target.behindProxy("",
                        "trusted-proxies: 127.0.0.0/8, request-rate: {rate: 2000, burst: 2000}",
                        Bystander.Manner.asking("/", forwarded(OTHER_CLIENT))), Reason.REQUEST_RATE,
                        client -> client.send(("GET /" + HOST + forwarded(HOSTILE_CLIENT) + "\r\n").repeat(1_000)).shutdownOutput()
                                .readToEnd()),
                new Attack("connections of one client behind a proxy", Attack.Target.behindProxy(", proxy-protocol: true",
                        "trusted-proxies: 127.0.0.0/8, max-connections-per-address: 20", proxied),
                        Reason.CONNECTIONS_OF_ADDRESS, client -> client.send(proxied(HOSTILE_CLIENT))),
                new Attack("no header of a proxy", Attack.Target.behindProxy(", proxy-protocol: true",
                        "trusted-proxies: 127.0.0.1", proxied), Reason.PROXY_HEADER,
                        client -> client.send(proxied(HOSTILE_CLIENT)).readToEnd()));
    }

    private static String forwarded(String client) {
        return "X-Forwarded-For: " + client + "\r\n";
    }

    private static String proxied(String client) {
        return "PROXY TCP4 " + client + " 127.0.0.1 4711 80\r\n";
    }

    private static List<Attack> rates() {
        return List.of(
                onAll("pipelined requests", "requests-per-second: {soft: 90, hard: 100}", Reason.REQUESTS_OF_CONNECTION,
                        client -> client.send(("GET /" + HOST + "\r\n").repeat(5_000)).readToEnd()),
                onAll("bytes in", "bytes-in-per-second: {hard: 100k}", Reason.BYTES_IN,
                        client -> client.send("POST /slow" + HOST + "Content-Length: 500000\r\n\r\n").send(new byte[500_000])
                                .readToEnd()),
                onAll("bytes out", "bytes-out-per-second: {hard: 100k}", Reason.BYTES_OUT,
                        client -> client.send("GET /files/big" + HOST + "\r\n").readToEnd()),
                onAll("requests of an address", "request-rate: {rate: 2000, burst: 2000}", Reason.REQUEST_RATE,
                        client -> client.send(("GET /" + HOST + "\r\n").repeat(1_000)).shutdownOutput().readToEnd()),
                onRoute("requests of an address for a route", "request-rate: {rate: 10}", Reason.REQUEST_RATE,
                        client -> client.send(("GET /slow" + HOST + "\r\n").repeat(100)).shutdownOutput().readToEnd()),
                onRoute("requests for a route", "request-rate: {rate: 10, of: all}", Reason.REQUEST_RATE,
                        client -> client.send(("GET /slow" + HOST + "\r\n").repeat(100)).shutdownOutput().readToEnd()));
    }

    private static List<Attack> lengths() {
        return List.of(
                onAll("endless request line", "max-request-line: 1k", Reason.REQUEST_LINE,
                        client -> client.send("GET /" + "a".repeat(100_000)).readToEnd()),
                onAll("endless header", "max-header-size: 1k", Reason.HEADER,
                        client -> client.send("GET /" + HOST + "X: y\r\n".repeat(20_000)).readToEnd()),
                onAll("many fields", "max-header-count: 10", Reason.HEADER,
                        client -> client.send("GET /" + HOST + "X: y\r\n".repeat(20) + "\r\n").readToEnd()),
                onAll("long body", "max-body: 1k", Reason.BODY,
                        client -> client.send("POST /slow?read" + HOST + "Content-Length: 100000\r\n\r\n")
                                .send(new byte[100_000]).readToEnd()),
                onAll("long body in memory", "max-body-in-memory: 1k", Reason.BODY,
                        client -> client.send("POST /whole" + HOST + "Content-Length: 2000\r\n\r\n").send(new byte[2_000])
                                .readResponse()),
                onAll("endless chunks", "max-body: 1k", Reason.BODY,
                        client -> client.send("POST /slow?read" + HOST + "Transfer-Encoding: chunked\r\n\r\n"
                                + "10\r\n0123456789abcdef\r\n".repeat(1_000)).readToEnd()),
                onAll("what is no request", "", Reason.MALFORMED,
                        client -> client.send("\u0016\u0003\u0001 this is not HTTP\r\n\r\n").readToEnd()));
    }

    private static List<Attack> times() {
        return List.of(
                onAll("header that does not end", "header-timeout: 300ms", Reason.SLOW_REQUEST,
                        client -> client.send("GET /" + HOST + "X: ").readToEnd()),
                onAll("body that does not come", "body-timeout: 300ms", Reason.SLOW_REQUEST,
                        client -> client.send("POST /slow?read" + HOST + "Content-Length: 1000\r\n\r\nx").readToEnd()),
                onAll("body that trickles", "body-timeout: 300ms, min-body-rate: 100k", Reason.SLOW_REQUEST, Attacks::trickle),
                onAll("response that is not read", "write-timeout: 500ms, send-buffer: 16k", Reason.SLOW_READER,
                        client -> {
                            client.send("GET /files/big" + HOST + "\r\n");
                            await().until(() -> isCutOff(client));
                        }),
                // so long that no other client, however slow its machine is, leaves its connection for that time
                onAll("silence", "idle-timeout: 3s", Reason.IDLE, RawClient::readToEnd),
                onAll("silence after an answer", "idle-timeout: 3s", Reason.IDLE,
                        client -> client.send("GET /" + HOST + "\r\n").readToEnd()),
                onRoute("request that takes too long", "request-timeout: 300ms", Reason.REQUEST_TIME,
                        client -> client.send("GET /slow?long" + HOST + "\r\n").readResponse()));
    }

    private static void trickle(RawClient client) throws IOException {
        client.send("POST /slow?read" + HOST + "Content-Length: 1000000\r\n\r\n");
        await().pollInterval(Duration.ofMillis(20)).ignoreExceptions().until(() -> !isTakenFrom(client));
        client.readToEnd();
    }

    /** Whether the server has closed the connection of a client that does not read. */
    private static boolean isCutOff(RawClient client) {
        try {
            client.send("x");
            return false;
        } catch (IOException closed) {
            return true;
        }
    }

    /** Whether the server still takes what a client sends. */
    private static boolean isTakenFrom(RawClient client) {
        try {
            client.send("x");
            return client.socket().getInputStream().available() == 0 || client.socket().getReceiveBufferSize() == 0;
        } catch (IOException closed) {
            return false;
        }
    }

    private static List<Attack> requests() {
        Attackers.Act ask = client -> client.send("GET /slow" + HOST + "\r\n").readResponse();
        return List.of(
                onRoute("more requests at once than there may be", "concurrent-requests: {limit: 2, queue: 2}",
                        Reason.CONCURRENT_REQUESTS, ask),
                onRoute("requests that queue for long", "concurrent-requests: {limit: 1, queue: 20, queue-timeout: 20ms}",
                        Reason.REQUEST_QUEUE, ask),
                onRoute("more than an adaptive limit", "concurrent-requests: {adaptive: {min: 1, max: 2, latency: 10ms}}",
                        Reason.CONCURRENT_REQUESTS, ask),
                onRoute("requests that queue for an adaptive limit",
                        "concurrent-requests: {adaptive: {min: 1, max: 2, latency: 10ms}, queue: 20, queue-timeout: 20ms}",
                        Reason.REQUEST_QUEUE, ask));
    }
}

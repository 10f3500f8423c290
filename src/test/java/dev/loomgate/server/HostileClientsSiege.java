package dev.loomgate.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

import dev.loomgate.guard.Reason;
import dev.loomgate.testing.Bystander;
import dev.loomgate.testing.RawClient;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Several hostile clients of one address reach a limit again and again, over real sockets, while a client of another address
 * goes on as before: it has no error, and waits no longer than a busy machine makes it. Limits that are of the whole machine have
 * tests of their own: descriptors in DescriptorLimitTest, load and memory in AdmissionTest.
 */
class HostileClientsSiege {
    private static final int ATTACKERS = 8;
    private static final int REJECTIONS = 10;
    private static final long PAUSE_NANOS = 2_000_000;
    private static final int ANSWERS = 200;
    private static final String HOST = " HTTP/1.1\r\nHost: h\r\n";

    @TempDir
    private static Path directory;

    private final ConcurrentLinkedQueue<RawClient> held = new ConcurrentLinkedQueue<>();
    private Server server;
    private volatile boolean attacking = true;

    /** What one hostile client does, once. It is cut off, which it takes for granted. */
    @FunctionalInterface
    private interface Act {
        void by(RawClient client) throws IOException;
    }

    /**
     * How a limit is reached.
     *
     * @param guard  keys of {@code guard}
     * @param route  keys of the route {@code /slow}
     * @param reason what must be counted
     */
    private record Attack(String name, String guard, String route, Reason reason, Act act) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Attack> attacks() {
        return Stream.of(connections(), rates(), lengths(), times(), requests()).flatMap(List::stream);
    }

    private static Attack onAll(String name, String guard, Reason reason, Act act) {
        return new Attack(name, guard, "", reason, act);
    }

    private static Attack onRoute(String name, String route, Reason reason, Act act) {
        return new Attack(name, "", route, reason, act);
    }

    private static List<Attack> connections() {
        return List.of(
                onAll("more connections than there may be", "max-connections: 40", Reason.ROOM_NEEDED, client -> { }),
                onAll("more of them that trickle", "max-connections: 40", Reason.ROOM_NEEDED,
                        client -> client.send("GET /" + HOST + "X: ")),
                onAll("more of them that have had an answer", "max-connections: 40", Reason.ROOM_NEEDED,
                        client -> client.send("GET /" + HOST + "\r\n").readResponse()),
                onAll("more connections of one address", "max-connections-per-address: 20", Reason.CONNECTIONS_OF_ADDRESS,
                        client -> { }),
                onAll("address that may not", "deny: 127.0.0.2", Reason.ADDRESS, RawClient::readToEnd));
    }

    private static List<Attack> rates() {
        return List.of(
                onAll("pipelined requests", "requests-per-second: {soft: 20, hard: 100}", Reason.REQUESTS_OF_CONNECTION,
                        client -> client.send(("GET /" + HOST + "\r\n").repeat(5_000)).readToEnd()),
                onAll("bytes in", "bytes-in-per-second: {hard: 100k}", Reason.BYTES_IN,
                        client -> client.send("POST /slow" + HOST + "Content-Length: 500000\r\n\r\n").send(new byte[500_000])
                                .readToEnd()),
                onAll("bytes out", "bytes-out-per-second: {hard: 100k}", Reason.BYTES_OUT,
                        client -> client.send("GET /files/big" + HOST + "\r\n").readToEnd()),
                onAll("requests of an address", "request-rate: {rate: 2000, burst: 2000}", Reason.REQUEST_RATE,
                        client -> client.send(("GET /" + HOST + "\r\n").repeat(1_000)).shutdownOutput().readToEnd()),
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
                onAll("body that trickles", "body-timeout: 300ms, min-body-rate: 100k", Reason.SLOW_REQUEST,
                        HostileClientsSiege::trickle),
                onAll("response that is not read", "write-timeout: 500ms, send-buffer: 16k", Reason.SLOW_READER,
                        client -> {
                            client.send("GET /files/big" + HOST + "\r\n");
                            await().until(() -> isCutOff(client));
                        }),
                onAll("silence", "idle-timeout: 300ms", Reason.IDLE, RawClient::readToEnd),
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
        return List.of(
                onRoute("more requests at once than there may be", "concurrent-requests: {limit: 2, queue: 2}",
                        Reason.CONCURRENT_REQUESTS, client -> client.send("GET /slow" + HOST + "\r\n").readResponse()),
                onRoute("requests that queue for long", "concurrent-requests: {limit: 1, queue: 20, queue-timeout: 20ms}",
                        Reason.REQUEST_QUEUE, client -> client.send("GET /slow" + HOST + "\r\n").readResponse()),
                onRoute("more than an adaptive limit", "concurrent-requests: {adaptive: {min: 1, max: 2, latency: 10ms}}",
                        Reason.CONCURRENT_REQUESTS, client -> client.send("GET /slow" + HOST + "\r\n").readResponse()));
    }

    private int start(String guard, String route) throws Exception {
        CompiledClasses.compile(directory.resolve("classes"), "Slow", """
                import dev.loomgate.handler.*;
                public final class Slow implements Handler {
                    public void handle(Request request, Response response) throws Exception {
                        if ("read".equals(request.queryString())) {
                            request.body().readAllBytes();
                        } else {
                            Thread.sleep("long".equals(request.queryString()) ? 60_000 : 50);
                        }
                        response.out().print("done");
                    }
                }
                """);
        Files.write(Files.createDirectories(directory.resolve("files")).resolve("big"), new byte[4 << 20]);
        Files.writeString(directory.resolve("script.sh"), "#!/bin/sh\necho 'Content-Type: text/plain'\necho\nsleep 0.05\necho done\n")
                .toFile().setExecutable(true);
        server = Plan.read(Files.writeString(directory.resolve("test.yaml"), """
                listeners: [{port: 0}]
                guard: {%s}
                routes:
                - {path: /**, handler: java, class: Slow, class-path: classes}
                - {path: /, handler: respond, body: x}
                - {path: /files/**, handler: static, root: files}
                - {path: /cgi, handler: cgi, script: script.sh, max-processes: 2, max-queue: 4}
                - {path: /slow, handler: java, class: Slow, class-path: classes%s}
                """.formatted(guard, route.isEmpty() ? "" : ", " + route))).start();
        return URI.create(server.addresses().getFirst()).getPort();
    }

    @AfterEach
    void stop() {
        attacking = false;
        held.forEach(HostileClientsSiege::close);
        if (server != null) {
            server.close();
        }
    }

    @ParameterizedTest
    @MethodSource("attacks")
    void leavesOthersAlone(Attack attack) throws Exception {
        int port = start(attack.guard(), attack.route());
        try (Bystander bystander = Bystander.start("127.0.0.1", port)) {
            List<Thread> attackers = attackWith(attack.act(), port, ATTACKERS);
            await().atMost(Duration.ofSeconds(30)).until(() -> server.rejections().count(attack.reason()) >= REJECTIONS);
            bystander.reset();
            long before = server.rejections().count(attack.reason());
            await().atMost(Duration.ofSeconds(30)).until(() -> bystander.answers() >= ANSWERS
                    && server.rejections().count(attack.reason()) >= before + REJECTIONS);
            attacking = false;

            assertThat(bystander.errors()).isEmpty();
            assertThat(bystander.percentile(50)).as("median").isLessThan(Duration.ofMillis(50));
            assertThat(bystander.percentile(99)).as("99 of 100").isLessThan(Duration.ofMillis(500));
            end(attackers);
        }
        await().untilAsserted(() -> assertThat(server.connectionCount()).as("connections afterwards").isZero());
    }

    /** Closes what they wait for until they have noticed. */
    private void end(List<Thread> attackers) {
        await().until(() -> {
            held.forEach(HostileClientsSiege::close);
            return attackers.stream().noneMatch(Thread::isAlive);
        });
        held.forEach(HostileClientsSiege::close);
    }

    private List<Thread> attackWith(Act act, int port, int count) {
        var attackers = new ArrayList<Thread>();
        for (int i = 0; i < count; i++) {
            // not virtual: these would queue for the server's processors
            attackers.add(Thread.ofPlatform().daemon().start(() -> {
                while (attacking) {
                    attackOnce(act, port);
                    // they run on the same processors, which is the one thing that they must not take here
                    LockSupport.parkNanos(PAUSE_NANOS);
                }
            }));
        }
        return attackers;
    }

    private void attackOnce(Act act, int port) {
        RawClient client = null;
        try {
            client = RawClient.connectFrom("127.0.0.2", port);
            held.add(client);
            act.by(client);
            if (held.size() > 200) {
                held.remove().close();
            }
        } catch (IOException | RuntimeException cutOff) {
            held.remove(client);
            close(client);
        }
    }

    private static void close(RawClient client) {
        try {
            if (client != null) {
                client.close();
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void leavesTheThroughputOfOtherRoutes() throws Exception {
        int port = start("", "concurrent-requests: {limit: 2, queue: 4}");
        try (Bystander bystander = Bystander.start("127.0.0.1", port)) {
            double calm = answersPerSecond(bystander);
            List<Thread> attackers = attackWith(client -> {
                client.send("GET /slow" + HOST + "\r\nGET /cgi" + HOST + "\r\n");
                client.readResponse();
                client.readResponse();
            }, port, 3 * ATTACKERS);
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> server.rejections().count(Reason.CONCURRENT_REQUESTS) > 3 * REJECTIONS);
            double flooded = answersPerSecond(bystander);
            attacking = false;
            assertThat(bystander.errors()).isEmpty();
            // the flood's clients and scripts have their part of the processors
            assertThat(flooded).as("answers a second; %s without the flood", calm).isGreaterThan(calm / 8);
            end(attackers);
        }
    }

    private static double answersPerSecond(Bystander bystander) {
        bystander.reset();
        long start = System.nanoTime();
        await().atMost(Duration.ofSeconds(30)).until(() -> bystander.answers() >= 2 * ANSWERS);
        return bystander.answers() * 1e9 / (System.nanoTime() - start);
    }
}

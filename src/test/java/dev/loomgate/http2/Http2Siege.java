package dev.loomgate.http2;

import static dev.loomgate.http2.FrameClient.integer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.EOFException;
import java.io.IOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntFunction;
import java.util.stream.Stream;

import dev.loomgate.guard.Guard;
import dev.loomgate.guard.GuardSettings;
import dev.loomgate.guard.RateLimit;
import dev.loomgate.guard.Reason;
import dev.loomgate.testing.Bystander;
import dev.loomgate.testing.Footprint;
import dev.loomgate.testing.TestServer;
import dev.loomgate.transport.ListenerSettings;
import dev.loomgate.transport.ThreadModel;
import dev.loomgate.transport.TransportLimits;
import io.helidon.webserver.http.HttpRouting;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every flood of {@link FloodTest} by several clients that come back at once, while somebody else wants something. */
class Http2Siege {
    private static final int CLIENTS = 8;
    private static final int ANSWERS = 150;
    private static final int REJECTIONS = 10;
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final long PAUSE_NANOS = 2_000_000;
    private static final int SLOW_CONNECTIONS = 300;

    private Guard guard;
    private TestServer server;

    private void start(Limits limits) {
        guard = Guard.open(GuardSettings.builder().requests(limits.requests()).build());
        server = Http2Server.start(HttpRouting.builder()
                .get("/", (request, response) -> response.send("fine"))
                .any("/ok", (request, response) -> response.send("fine"))
                .post("/read", (request, response) -> response.send("read " + request.content().as(byte[].class).length))
                .any("/hold", (request, response) -> response.send(new byte[100_000]))
                .any("/large", (request, response) -> response.send(new byte[1_000_000])),
                new ListenerSettings("h2", "127.0.0.1", 0, 1024, ThreadModel.virtual(), limits.transport()), guard, limits.http2());
    }

    /** What a client is held to. */
    private record Limits(RateLimit requests, TransportLimits transport, Http2Settings http2) {
        private static final Limits DEFAULT = new Limits(RateLimit.OFF, TransportLimits.DEFAULT, Http2Settings.DEFAULT);
        /** For clients that do too little: little time, and a rate for bodies and for responses. */
        private static final Limits IMPATIENT = new Limits(RateLimit.OFF,
                new TransportLimits(Duration.ofSeconds(60), Duration.ofMillis(300)),
                new Http2Settings(100, 8192, 32_768, 100, 1 << 20, Duration.ofMillis(300), Duration.ofMillis(300), 100_000, 100_000,
                        1_000));
    }

    /** What a hostile client does on one connection. It is ended, which it takes for granted. */
    @FunctionalInterface
    private interface Act {
        void by(FrameClient client) throws Exception;
    }

    @AfterEach
    void stop() {
        if (server != null) {
            server.close();
            guard.close();
        }
    }

    static Stream<Arguments> floods() {
        return FloodTest.floods();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("floods")
    void holdsUpNobodyElse(String name, String reason, IntFunction<byte[]> nth) throws Exception {
        start(Limits.DEFAULT);
        Reason counted = Reason.valueOf(reason.toUpperCase(Locale.ROOT));
        var over = new AtomicBoolean();
        var connections = new AtomicInteger();
        try (Bystander bystander = Bystander.start("127.0.0.9", server.port());
             // not virtual: they never wait, and would share the server's carriers, which nobody takes from them
             ExecutorService threads = Executors.newFixedThreadPool(CLIENTS)) {
            threads.invokeAll(Collections.<Callable<Void>>nCopies(CLIENTS, () -> null)); // all of them are there before they are counted
            Bystander.Waits calm = bystander.waits(ANSWERS);
            Footprint before = Footprint.now();
            for (int i = 0; i < CLIENTS; i++) {
                threads.submit(() -> {
                    while (!over.get()) {
                        flood(nth, over);
                        connections.incrementAndGet();
                    }
                    return null;
                });
            }
            await().atMost(PATIENCE).until(() -> guard.rejections().count(counted) > 0);
            Bystander.Waits besieged = bystander.waits(ANSWERS);
            over.set(true);
            System.out.printf("%s: %d connections, others %s; calm: %s%n", name, connections.get(), besieged, calm);
            besieged.assertLike(calm);
            threads.shutdown();
            assertThat(threads.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
            await().atMost(Duration.ofSeconds(30)).until(() -> server.listener().connectionCount() <= 1);
            before.assertNothingLeaked();
            assertThat(bystander.errors()).isEmpty();
        }
    }

    private static Arguments attack(String name, Reason reason, Limits limits, Act act) {
        return Arguments.of(name, reason, limits, act);
    }

    /** What clients of HTTP/2 do too slowly, or too much of, without a flood of frames. */
    static Stream<Arguments> attacks() {
        var idle = new Limits(RateLimit.OFF, new TransportLimits(Duration.ofSeconds(3), Duration.ofSeconds(30)), Http2Settings.DEFAULT);
        var rates = new Limits(new RateLimit(10, 20), TransportLimits.DEFAULT, Http2Settings.DEFAULT);
        return Stream.of(
            attack("header that does not end", Reason.SLOW_REQUEST, Limits.IMPATIENT, client ->
                client.frame(Frame.HEADERS, Frame.END_STREAM, 1, FrameClient.request("GET", "/ok")).isClosedByServer()),
            attack("body that does not come", Reason.SLOW_REQUEST, Limits.IMPATIENT, client ->
                client.post(1, "/read").data(1, "some", false).readResponseStatus(1)),
            attack("body that trickles", Reason.SLOW_REQUEST, Limits.IMPATIENT, client -> {
                client.post(1, "/read");
                again(client, () -> client.data(1, "some", false));
            }),
            attack("response that is not taken", Reason.SLOW_READER, Limits.IMPATIENT, client ->
                client.settings(4, 10).get(1, "/large").awaitReset(1)),
            attack("response that is taken too slowly", Reason.SLOW_READER, Limits.IMPATIENT, client -> {
                client.settings(4, 10).get(1, "/large");
                again(client, () -> client.frame(Frame.WINDOW_UPDATE, 0, 1, integer(100)));
            }),
            attack("long body in memory", Reason.BODY, Limits.IMPATIENT, client ->
                client.post(1, "/read").frame(Frame.DATA, Frame.END_STREAM, 1, new byte[1_001]).readResponseStatus(1)),
            attack("more requests than may be", Reason.REQUESTS_OF_CONNECTION, rates, client -> {
                for (int stream = 1; stream < 200; stream += 2) {
                    client.get(stream, "/ok");
                }
                client.isClosedByServer();
            }),
            attack("silence", Reason.IDLE, idle, FrameClient::isClosedByServer));
    }

    /** Sends a little, again and again, until the server has ended the stream or the connection. */
    private static void again(FrameClient client, Callable<FrameClient> send) throws Exception {
        client.socket().setSoTimeout(20);
        for (boolean ended = false; !ended;) {
            send.call();
            try {
                FrameClient.Came frame = client.read();
                ended = frame.type() == Frame.RST_STREAM || frame.type() == Frame.HEADERS && !client.decode(frame).isEmpty()
                        && frame.has(Frame.END_STREAM);
            } catch (SocketTimeoutException e) {
                // it goes on
                ended = false;
            }
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("attacks")
    void holdsUpNobodyElseMeanwhile(String name, Reason reason, Limits limits, Act act) throws Exception {
        start(limits);
        var over = new AtomicBoolean();
        var threads = new ArrayList<Thread>();
        try (Bystander bystander = Bystander.start("127.0.0.9", server.port())) {
            Bystander.Waits calm = bystander.waits(ANSWERS);
            for (int i = 0; i < CLIENTS; i++) {
                threads.add(Thread.ofPlatform().daemon().start(() -> attack(act, over)));
            }
            await().atMost(PATIENCE).until(() -> guard.rejections().count(reason) >= REJECTIONS);
            long before = guard.rejections().count(reason);
            bystander.waits(ANSWERS).assertLike(calm);
            await().atMost(PATIENCE).until(() -> guard.rejections().count(reason) > before);
            assertThat(bystander.errors()).isEmpty();
        } finally {
            over.set(true);
            server.close();
            for (Thread thread : threads) {
                thread.join();
            }
        }
    }

    private void attack(Act act, AtomicBoolean over) {
        while (!over.get()) {
            try (FrameClient client = FrameClient.connect(server.port())) {
                act.by(client);
            } catch (Exception e) {
                // ended, as it should be
                assertThat(e).isNotNull();
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    private void flood(IntFunction<byte[]> nth, AtomicBoolean over) throws IOException {
        try (FrameClient client = FrameClient.connect(server.port())) {
            for (int i = 0; !over.get(); i++) {
                client.send(nth.apply(i));
            }
        } catch (SocketException | EOFException e) {
            // closed, as it should be
            assertThat(e).isNotNull();
        }
    }

    /** Three hundred connections of a hundred requests each, none of which is read: their threads wait, and hold little. */
    @Test
    void keepsLittleForThoseWhoDoNotRead() throws Exception {
        // they keep their responses waiting until all are there
        start(new Limits(RateLimit.OFF, new TransportLimits(Duration.ofSeconds(60), Duration.ofMinutes(5)), Http2Settings.DEFAULT));
        List<FrameClient> clients = new ArrayList<>();
        try (Bystander bystander = Bystander.start("127.0.0.9", server.port())) {
            Bystander.Waits calm = bystander.waits(ANSWERS);
            System.gc();
            long before = used();
            for (int i = 0; i < SLOW_CONNECTIONS; i++) {
                FrameClient client = FrameClient.connect(server.port(), 4, 0);
                clients.add(client);
                for (int stream = 1; stream < 200; stream += 2) {
                    client.get(stream, "/ok");
                }
            }
            await().atMost(Duration.ofSeconds(60)).until(() -> server.listener().streamCount() == 100 * SLOW_CONNECTIONS);
            System.gc();
            long each = (used() - before) / (100L * SLOW_CONNECTIONS);
            bystander.waits(ANSWERS).assertLike(calm);
            // with the clients' side, which is in the same process
            assertThat(each).isLessThan(16 * 1024);
            for (FrameClient client : clients) {
                for (int stream = 1; stream < 200; stream += 2) {
                    client.frame(Frame.WINDOW_UPDATE, 0, stream, integer(10));
                }
            }
            await().atMost(Duration.ofSeconds(60)).until(() -> server.listener().streamCount() == 0);
            System.out.println(each + " bytes of heap for each of " + 100 * SLOW_CONNECTIONS + " requests that wait for a reader");
        } finally {
            for (FrameClient client : clients) {
                client.close();
            }
        }
    }

    private static long used() {
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }
}

package dev.loomgate.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;

import dev.loomgate.testing.Concurrent;
import dev.loomgate.testing.RawBackend;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How a connection is found: some of those that are kept are tried at random, then all in turn, and then one is opened. */
@Concurrent
@Timeout(60)
class PoolTest {
    private static final Duration LONG = Duration.ofMinutes(10);
    /** So many that a few tries at random seldom find one of a few connections. */
    private static final int PLACES = 1024;
    private static final int KEPT = 8;

    /** The other side's sockets, by the port of this one. */
    private final Map<String, Socket> sockets = new ConcurrentHashMap<>();
    private RawBackend backend;

    @BeforeEach
    void start() throws IOException {
        backend = RawBackend.start(call -> {
            String port = String.valueOf(call.socket().getPort());
            sockets.put(port, call.socket());
            call.respond(port);
        });
    }

    @AfterEach
    void stop() throws IOException {
        backend.close();
    }

    private Pool pool(int places) {
        var limits = new Places.Limits(places, 0, LONG, "a request", "");
        return new Pool(new Endpoint.Tcp("127.0.0.1", backend.port()), new PoolSettings(limits, LONG, Duration.ZERO, LONG, LONG), false);
    }

    /** Has a request answered; the answer is the name of the connection. */
    private static String ask(Connection connection) throws IOException {
        connection.limitWait(Duration.ofSeconds(30));
        connection.write(ByteBuffer.wrap("GET / HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1)));
        var answer = new StringBuilder();
        byte[] bytes = new byte[200];
        while (!answer.toString().matches("(?s).*\r\n\r\n\\d+")) {
            int count = connection.read(bytes, 0, bytes.length);
            if (count < 0) {
                // as who serves requests with it says it
                connection.noteBroken();
                throw new IOException("closed");
            }
            connection.noteAnswer(count);
            answer.append(new String(bytes, 0, count, StandardCharsets.ISO_8859_1));
        }
        return answer.substring(answer.lastIndexOf("\n") + 1);
    }

    /** Opens connections, each of which has served a request, and has them kept; their names. */
    private static Set<String> keep(Pool pool, int count) throws Exception {
        var connections = new ArrayList<Connection>();
        var names = new HashSet<String>();
        for (int i = 0; i < count; i++) {
            connections.add(pool.take(Reuse.ANY));
            names.add(ask(connections.getLast()));
        }
        connections.forEach(connection -> pool.giveBack(connection, true));
        assertThat(names).hasSize(count);
        assertThat(pool.keptCount()).isEqualTo(count);
        return names;
    }

    /** Takes some and asks each; one that turns out to be closed is given back, as a request that may be repeated does it. */
    private static Set<String> takeAll(Pool pool, int count, List<Connection> taken) throws Exception {
        var names = new HashSet<String>();
        while (names.size() < count) {
            Connection connection = pool.take(Reuse.ANY);
            try {
                names.add(ask(connection));
                taken.add(connection);
            } catch (IOException e) {
                assertThat(connection.isReused()).as("a new one fails: %s", e).isTrue();
                pool.giveBack(connection, false);
            }
        }
        return names;
    }

    @Test
    void findsTheLastThatIsKeptAmongAllPlacesBeforeItOpensOne() throws Exception {
        try (Pool pool = pool(PLACES)) {
            Set<String> names = keep(pool, KEPT);
            for (int round = 0; round < 20; round++) {
                var taken = new ArrayList<Connection>();
                assertThat(takeAll(pool, KEPT, taken)).isEqualTo(names);
                assertThat(pool.keptCount()).isZero();
                assertThat(pool.attemptCount()).isEqualTo(KEPT);
                taken.forEach(connection -> pool.giveBack(connection, true));
            }
            var taken = new ArrayList<Connection>();
            takeAll(pool, KEPT, taken);
            assertThat(names).doesNotContain(ask(pool.take(Reuse.ANY)));
            assertThat(pool.attemptCount()).isEqualTo(KEPT + 1);
            assertThat(backend.connections()).isEqualTo(KEPT + 1);
        }
    }

    @Test
    void triesThemAtRandomSoThatNoneIsLeftOut() throws Exception {
        try (Pool pool = pool(2 * KEPT)) {
            Set<String> names = keep(pool, KEPT);
            var times = new HashMap<String, Integer>();
            for (int i = 0; i < 50 * KEPT; i++) {
                Connection connection = pool.take(Reuse.ANY);
                times.merge(ask(connection), 1, Integer::sum);
                pool.giveBack(connection, true);
            }
            assertThat(times.keySet()).isEqualTo(names);
            assertThat(times.values()).as("50 each, more or less").allMatch(count -> count > 10 && count < 150);
        }
    }

    @Test
    void passesOverThoseThatTheOtherSideHasClosed() throws Exception {
        try (Pool pool = pool(PLACES)) {
            Set<String> names = keep(pool, KEPT);
            var closed = new ArrayList<>(names).subList(0, KEPT - 1);
            for (String name : closed) {
                sockets.get(name).close();
            }
            names.removeAll(closed);
            await().until(() -> backend.openCount() == 1);
            var taken = new ArrayList<Connection>();
            Set<String> found = takeAll(pool, KEPT, taken);
            assertThat(found).hasSize(KEPT).containsAll(names).doesNotContainAnyElementsOf(closed);
            assertThat(pool.attemptCount()).isGreaterThanOrEqualTo(2 * KEPT - 1);
        }
    }

    @Test
    void opensOneForEachThatBreaksUntilHalfOfThePlacesAreTakenAndNoMore() throws Exception {
        int places = 2 * KEPT;
        try (Pool pool = pool(places)) {
            keep(pool, places);
            backend.breakConnections();
            takeAll(pool, 1, new ArrayList<>());
            // also those that nobody takes are found, within a second or two;
            // one in the background for each that broke while fewer than half were there, and perhaps one for who asked
            await().untilAsserted(() -> {
                assertThat(pool.liveCount()).isBetween(places / 2, places / 2 + 1);
                assertThat(pool.keptCount()).isEqualTo(pool.liveCount() - 1);
                assertThat(backend.openCount()).isEqualTo(pool.liveCount());
            });
            assertThat(pool.attemptCount() - places).isEqualTo(pool.liveCount());
            var taken = new ArrayList<Connection>();
            assertThat(takeAll(pool, places, taken)).hasSize(places);
        }
    }

    @Test
    void triesADeadServerOnceAndNotForEachThatIsBroken() throws Exception {
        try (Pool pool = pool(PLACES)) {
            keep(pool, KEPT);
            backend.close();
            await().untilAsserted(() -> assertThatThrownBy(() -> pool.giveBack(pool.take(Reuse.RECENT), true))
                    .isInstanceOf(UnavailableException.class).hasMessageContaining("127.0.0.1:" + backend.port()));
            assertThat(pool.keptCount()).isZero();
            await().untilAsserted(() -> assertThat(pool.liveCount()).isLessThanOrEqualTo(1));
            // in the background by one, after longer and longer times, and once for each who asks after the time is over
            long before = pool.attemptCount();
            for (int i = 0; i < 1_000; i++) {
                assertThatThrownBy(() -> pool.take(Reuse.ANY)).isInstanceOf(UnavailableException.class);
            }
            assertThat(pool.attemptCount() - before).isLessThan(100);
        }
    }

    @Test
    void givesNoConnectionToTwoAtOnce() throws Exception {
        int threads = 2 * KEPT;
        Set<Connection> inUse = ConcurrentHashMap.newKeySet();
        try (Pool pool = pool(threads); var executor = Executors.newVirtualThreadPerTaskExecutor()) {
            var together = new CountDownLatch(threads);
            var ends = new ArrayList<Future<?>>();
            for (int i = 0; i < threads; i++) {
                ends.add(executor.submit(() -> {
                    together.countDown();
                    together.await();
                    for (int n = 0; n < 100; n++) {
                        Connection connection = pool.take(Reuse.ANY);
                        assertThat(inUse.add(connection)).as("it is mine alone").isTrue();
                        boolean fails = ThreadLocalRandom.current().nextInt(20) == 0;
                        ask(connection);
                        inUse.remove(connection);
                        pool.giveBack(connection, !fails);
                    }
                    return null;
                }));
            }
            for (Future<?> end : ends) {
                end.get();
            }
            assertThat(pool.liveCount()).isEqualTo(pool.keptCount()).isLessThanOrEqualTo(threads);
            assertThat(backend.requests()).isEqualTo(threads * 100);
        }
        await().untilAsserted(() -> assertThat(backend.openCount()).isZero());
    }
}

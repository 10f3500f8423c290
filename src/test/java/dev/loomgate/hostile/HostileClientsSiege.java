package dev.loomgate.hostile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;

import dev.loomgate.guard.Reason;
import dev.loomgate.server.Server;
import dev.loomgate.testing.Bystander;
import dev.loomgate.testing.RawClient;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Several hostile clients of one address reach a limit again and again, over real sockets, while a client of another address
 * goes on as before: it has no error, and waits no longer than a busy machine makes it. Limits of the whole machine have
 * tests of their own: load and memory in {@link OverloadSiege}, descriptors in DescriptorLimitTest, handshakes in HandshakeFloodSiege,
 * and what only HTTP/2 has in Http2Siege.
 */
class HostileClientsSiege {
    private static final int ATTACKERS = 8;
    private static final int REJECTIONS = 10;
    private static final long PAUSE_NANOS = 2_000_000;
    private static final int ANSWERS = 200;
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String HOST = " HTTP/1.1\r\nHost: h\r\n";

    @TempDir
    private static Path directory;

    private Server server;

    /**
     * A limit above which clients are slowed down.
     *
     * @param guard     keys of {@code guard}
     * @param perSecond units of a connection in a second
     * @param act       what a hostile client does, as fast as it can, and the units that it has got done
     */
    private record Slowdown(String name, String guard, long perSecond, Act act) {
        @FunctionalInterface
        interface Act {
            void by(RawClient client, LongAdder units) throws IOException;
        }

        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Slowdown> slowdowns() {
        return Stream.of(
                new Slowdown("pipelined requests", "requests-per-second: {soft: 20}", 20, (client, units) -> {
                    client.send(("GET /" + HOST + "\r\n").repeat(1_000));
                    while (client.readResponse().status() == 200) {
                        units.increment();
                    }
                }),
                new Slowdown("bytes in", "bytes-in-per-second: {soft: 50k}", 50 << 10, (client, units) -> {
                    client.send("POST /slow?read" + HOST + "Content-Length: 500000\r\n\r\n").send(new byte[500_000]).readResponse();
                    units.add(500_000);
                }),
                new Slowdown("bytes out", "bytes-out-per-second: {soft: 50k}", 50 << 10, (client, units) -> {
                    client.send("GET /files/big" + HOST + "\r\n");
                    var buffer = new byte[8192];
                    for (int count = client.stream().read(buffer); count > 0; count = client.stream().read(buffer)) {
                        units.add(count);
                    }
                }));
    }

    static Stream<Attack> attacks() {
        return Attacks.all();
    }

    @BeforeAll
    static void prepare() throws IOException {
        Besieged.prepare(directory);
    }

    private int start(Attack.Target target) throws Exception {
        server = Besieged.start(directory, target);
        return Besieged.port(server);
    }

    @AfterEach
    void stop() {
        if (server != null) {
            server.close();
        }
    }

    @ParameterizedTest
    @MethodSource("attacks")
    void leavesOthersAlone(Attack attack) throws Exception {
        int port = start(attack.target());
        try (Bystander bystander = Bystander.start("127.0.0.1", Besieged.otherPort(server, attack.target()), attack.target().other())) {
            Bystander.Waits calm = bystander.waits(ANSWERS);
            try (Attackers attackers = Attackers.start(port, ATTACKERS, PAUSE_NANOS, attack.act())) {
                awaitRejections(attack.reason(), REJECTIONS);
                long before = server.rejections().count(attack.reason());
                bystander.waits(ANSWERS).assertLike(calm);
                // it has gone on all the time, or goes on
                awaitRejections(attack.reason(), before + 1);
                assertThat(bystander.errors()).isEmpty();
            }
        }
        await().untilAsserted(() -> assertThat(server.connectionCount()).as("connections afterwards").isZero());
    }

    private void awaitRejections(Reason reason, long count) {
        await().atMost(PATIENCE).until(() -> server.rejections().count(reason) >= count);
    }

    @ParameterizedTest
    @MethodSource("slowdowns")
    void slowsSomeDownAndNobodyElse(Slowdown slowdown) throws Exception {
        int port = start(Attack.Target.guard(slowdown.guard()));
        try (Bystander bystander = Bystander.start("127.0.0.1", port)) {
            Bystander.Waits calm = bystander.waits(ANSWERS);
            var units = new LongAdder();
            long start = System.nanoTime();
            try (Attackers attackers = Attackers.start(port, ATTACKERS, PAUSE_NANOS, client -> slowdown.act().by(client, units))) {
                await().atMost(PATIENCE).until(() -> server.connectionStates().get("working") >= ATTACKERS);
                bystander.waits(ANSWERS).assertLike(calm);
                long done = units.sum();
                double seconds = (System.nanoTime() - start) / 1e9;
                // what a connection may do in the first second it does at once
                assertThat((double) done).as("units in %s seconds", seconds).isLessThan(ATTACKERS * slowdown.perSecond() * (seconds + 2));
                assertThat(bystander.errors()).isEmpty();
            }
        }
    }

    /**
     * A flood of a known size, several times what the flooded routes do: their limits let 80 requests in a second, of 50 ms each. The
     * rates with and without it are measured in turns, as a machine has others to serve at times.
     */
    @Test
    void leavesTheThroughputOfOtherRoutes() throws Exception {
        int rounds = 5;
        int clients = 24;
        long pauseNanos = 60_000_000;
        int port = start(Attack.Target.route("concurrent-requests: {limit: 2, queue: 4}"));
        try (Bystander bystander = Bystander.start("127.0.0.1", port);
                Attackers attackers = Attackers.start(port, clients, pauseNanos, client -> {
                    client.send("GET /slow" + HOST + "\r\nGET /cgi" + HOST + "\r\n");
                    client.readResponse();
                    client.readResponse();
                })) {
            awaitRejections(Reason.CONCURRENT_REQUESTS, REJECTIONS);
            var parts = new ArrayList<Double>();
            for (int i = 0; i < rounds; i++) {
                attackers.rest(true);
                await().atMost(PATIENCE).until(() -> server.connectionStates().get("working") <= 1);
                Bystander.Waits calm = bystander.waits(2 * ANSWERS);
                attackers.rest(false);
                awaitRejections(Reason.CONCURRENT_REQUESTS, server.rejections().count(Reason.CONCURRENT_REQUESTS) + REJECTIONS);
                Bystander.Waits flooded = bystander.waits(2 * ANSWERS);
                flooded.assertLike(calm);
                parts.add(flooded.perSecond() / calm.perSecond());
            }
            List<Double> sorted = parts.stream().sorted().toList();
            System.out.println("parts of the calm rate that the flood leaves: " + sorted);
            assertThat(sorted.get(rounds / 2)).as("of the rate without the flood; in all rounds: %s", sorted).isGreaterThan(1.0 / 3);
        }
    }
}

package dev.loomgate.hostile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.lang.ref.Reference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import dev.loomgate.guard.Guard;
import dev.loomgate.guard.GuardSettings;
import dev.loomgate.guard.Network;
import dev.loomgate.guard.Reason;
import dev.loomgate.guard.Watermark;
import dev.loomgate.http1.Http1Settings;
import dev.loomgate.testing.Bystander;
import dev.loomgate.testing.HeapUse;
import dev.loomgate.testing.RawClient;
import dev.loomgate.testing.TestServer;
import dev.loomgate.transport.ListenerSettings;
import io.helidon.webserver.http.HttpRouting;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The machine is overloaded, as it tells in each of its measures, and clients come and come. They are told to come again later, while
 * those who are inside, of an exempt network or not, are served as before; when it is over, everybody is.
 */
class OverloadSiege {
    private static final int NEWCOMERS = 8;
    private static final long PAUSE_NANOS = 10_000_000;
    private static final int ANSWERS = 150;
    private static final int REFUSALS = 50;
    private static final Duration PATIENCE = Duration.ofSeconds(40);
    private static final Duration RETRY = Duration.ofSeconds(3);
    private static final String EXEMPT = "127.0.2.9";
    private static final String REQUEST = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

    @TempDir
    private Path machine;
    private Guard guard;
    private TestServer server;

    /**
     * A measure of the machine, as Linux tells it in a file.
     *
     * @param file below /proc
     * @param text its content, with a place for the value
     */
    private record Told(Reason measure, String file, String text) {
        void tell(Path proc, double value) throws IOException {
            Path whole = proc.resolve(file);
            Files.createDirectories(whole.getParent());
            // at once, as Linux does: half a file would be another value
            Path half = Files.writeString(proc.resolve("half"), text.formatted(value, 10_000 - (long) (100 * value)));
            Files.move(half, whole, StandardCopyOption.ATOMIC_MOVE);
        }

        @Override
        public String toString() {
            return measure.label();
        }
    }

    static List<Told> measures() {
        String pressure = "some avg10=%1$s avg60=0.00 avg300=0.00 total=1\n";
        return List.of(new Told(Reason.LOAD, "loadavg", "%1$s 1.00 0.50 1/100 4711\n"),
                new Told(Reason.CPU_PRESSURE, "pressure/cpu", pressure), new Told(Reason.MEMORY_PRESSURE, "pressure/memory", pressure),
                new Told(Reason.IO_PRESSURE, "pressure/io", pressure),
                new Told(Reason.MEMORY, "meminfo", "MemTotal: 10000 kB\nMemAvailable: %2$s kB\n"),
                new Told(Reason.SWAP, "meminfo", "SwapTotal: 10000 kB\nSwapFree: %2$s kB\n"));
    }

    private void start(Reason measure, Watermark levels, Duration sampleEvery) {
        guard = Guard.open(GuardSettings.builder().machine(machine, machine).stop(measure, levels).sampleEvery(sampleEvery)
                .answerWhenFull(RETRY).exempt(List.of(Network.parse("127.0.2.0/24"))).build());
        server = TestServer.start(HttpRouting.builder().get((request, response) -> response.send("x")), ListenerSettings.local(0),
                guard, Http1Settings.DEFAULT, List.of());
    }

    @AfterEach
    void stop() {
        if (server != null) {
            server.close();
            guard.close();
        }
    }

    /** Makes the machine overloaded, or not any more. */
    @FunctionalInterface
    private interface Change {
        void make() throws IOException;
    }

    @ParameterizedTest
    @MethodSource("measures")
    void servesThoseWhoAreInsideAsBefore(Told told) throws Exception {
        told.tell(machine, 3);
        start(told.measure(), new Watermark(4, 2), Duration.ofMillis(20));
        overload(told.measure(), () -> told.tell(machine, 4.01), () -> told.tell(machine, 1.99));
    }

    @Test
    void servesThoseWhoAreInsideWhileTheHeapIsFull() throws Exception {
        double before = HeapUse.percentAfterCollection();
        start(Reason.HEAP, new Watermark(before + 2, before + 1), Duration.ofMillis(200));
        var kept = new ArrayList<byte[]>();
        overload(Reason.HEAP, () -> {
            // what others leave behind may go at the same time
            for (int percent = 0; HeapUse.percentAfterCollection() <= before + 2.5; percent++) {
                assertThat(percent).as("percent of the heap").isLessThan(20);
                for (long bytes = Runtime.getRuntime().maxMemory() / 100; bytes > 0; bytes -= 1 << 20) {
                    kept.add(new byte[1 << 20]);
                }
            }
        }, () -> {
            Reference.reachabilityFence(kept);
            kept.clear();
        });
    }

    private void overload(Reason measure, Change begin, Change end) throws Exception {
        int port = server.port();
        try (Bystander inside = Bystander.start("127.0.0.1", port, Bystander.Manner.KEPT);
                Bystander exempt = Bystander.start(EXEMPT, port, Bystander.Manner.KEPT)) {
            Bystander.Waits calm = inside.waits(ANSWERS);
            begin.make();
            await().atMost(PATIENCE).until(() -> outcome().startsWith("503"));

            var outcomes = new ConcurrentHashMap<String, Integer>();
            Attackers newcomers = Attackers.start(port, NEWCOMERS, PAUSE_NANOS, client ->
                    outcomes.merge(outcome(client), 1, Integer::sum));
            try (newcomers) {
                Bystander.Waits besieged = inside.waits(ANSWERS);
                await().atMost(PATIENCE).until(() -> refusals(outcomes) >= REFUSALS);
                besieged.assertLike(calm);
                exempt.waits(ANSWERS).assertLike(calm);
            }
            // of very many at once, some are closed without a word
            assertThat(outcomes.keySet()).isSubsetOf("503 3", "closed");
            assertThat(guard.rejections().count(measure)).isGreaterThanOrEqualTo(REFUSALS);

            end.make();
            await().atMost(PATIENCE).until(() -> outcome().equals("200"));
            try (Bystander another = Bystander.start("127.0.0.3", port)) {
                another.waits(ANSWERS);
            }
            assertThat(inside.errors()).isEmpty();
            assertThat(exempt.errors()).isEmpty();
        }
    }

    private static int refusals(Map<String, Integer> outcomes) {
        return outcomes.getOrDefault("503 3", 0);
    }

    private String outcome() throws IOException {
        try (RawClient client = RawClient.connectFrom(Attackers.ADDRESS, server.port())) {
            return outcome(client);
        }
    }

    /** Status and Retry-After of the answer. */
    private static String outcome(RawClient client) {
        try {
            RawClient.Response response = client.send(REQUEST).readResponse();
            return response.header("Retry-After").map(after -> response.status() + " " + after).orElse("" + response.status());
        } catch (IOException e) {
            return "closed";
        } finally {
            try {
                client.close();
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }
    }
}

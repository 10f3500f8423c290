package dev.loomgate.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;

import dev.loomgate.testing.LogCapture;
import dev.loomgate.testing.RawClient;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Each limit of requests is reached by real clients, while another client, that keeps to it, must notice nothing. */
class RequestLimitsTest {
    private static final String REQUEST = " HTTP/1.1\r\nHost: x\r\n\r\n";

    @TempDir
    Path directory;

    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private Server server;

    @AfterEach
    void stop() {
        threads.shutdownNow();
        if (server != null) {
            server.close();
        }
    }

    private void start(String yaml) throws Exception {
        Path file = Files.writeString(directory.resolve("test.yaml"), "listeners:\n- port: 0\n" + yaml);
        server = Plan.read(file).start();
    }

    private RawClient connect() throws IOException {
        return RawClient.connect(URI.create(server.addresses().getFirst()).getPort());
    }

    private RawClient.Response get(String path) throws IOException {
        try (RawClient client = connect()) {
            return client.send("GET " + path + REQUEST).readResponse();
        }
    }

    /** A handler that holds its requests until they are released by a file. */
    private String holdingRoute(String limits) throws Exception {
        CompiledClasses.compile(directory.resolve("classes"), "Holding", """
                import dev.loomgate.handler.*;
                import java.nio.file.*;
                public final class Holding implements Handler {
                    private Path release;
                    public void init(java.util.Map<String, String> settings) { release = Path.of(settings.get("release")); }
                    public void handle(Request request, Response response) throws Exception {
                        Files.writeString(release.resolveSibling("begun"), "");
                        while (!Files.exists(release)) {
                            Thread.sleep(10);
                        }
                        response.out().print("held");
                    }
                }
                """);
        return "- {path: /held, handler: java, class: Holding, class-path: classes, settings: {release: "
                + directory.resolve("release") + "}" + limits + "}\n";
    }

    private void release() throws IOException {
        Files.createFile(directory.resolve("release"));
    }

    @Test
    void answersAClientThatIsTooQuickWith429() throws Exception {
        start("""
                routes:
                - {path: /limited, handler: respond, body: x, request-rate: {rate: 1, per: minute, burst: 3}}
                - {path: /free, handler: respond, body: y}
                """);
        try (RawClient client = connect()) {
            for (int i = 0; i < 3; i++) {
                assertThat(client.send("GET /limited" + REQUEST).readResponse().status()).isEqualTo(200);
            }
            for (int i = 0; i < 3; i++) {
                RawClient.Response refused = client.send("GET /limited" + REQUEST).readResponse();
                assertThat(refused.status()).isEqualTo(429);
                assertThat(Integer.parseInt(refused.header("Retry-After").orElseThrow())).isBetween(30, 60);
                assertThat(refused.body()).isEqualTo("Too Many Requests\n");
            }
            // the connection is kept, and other routes are not concerned
            assertThat(client.send("GET /free" + REQUEST).readResponse().body()).isEqualTo("y");
        }
        // nor is it the connection that is counted
        assertThat(get("/limited").status()).isEqualTo(429);
    }

    @Test
    void countsARateOfAllRoutesTogether() throws Exception {
        start("""
                guard: {request-rate: {rate: 1, per: minute, burst: 2}}
                routes:
                - {path: /a, handler: respond, body: a}
                - {path: /b, handler: respond, body: b}
                """);
        assertThat(get("/a").status()).isEqualTo(200);
        assertThat(get("/absent").status()).isEqualTo(404);
        assertThat(get("/b").status()).isEqualTo(429);
    }

    @Test
    void leavesExemptClientsAndOtherAddressesAlone() throws Exception {
        start("""
                routes:
                - {path: /exempt, handler: respond, request-rate: {rate: 1, per: hour, exempt: 127.0.0.0/8}}
                - {path: /together, handler: respond, request-rate: {rate: 1, per: hour, burst: 2, of: all}}
                """);
        for (int i = 0; i < 5; i++) {
            assertThat(get("/exempt").status()).isEqualTo(200);
        }
        assertThat(List.of(get("/together").status(), get("/together").status(), get("/together").status()))
                .containsExactly(200, 200, 429);
    }

    @Test
    void admitsTheAddressesOfARoute() throws Exception {
        start("""
                routes:
                - {path: /local, handler: respond, allow: [127.0.0.0/8, "::1"]}
                - {path: /elsewhere, handler: respond, allow: 192.0.2.0/24}
                - {path: /denied, handler: respond, deny: [127.0.0.1]}
                - {path: /both, handler: respond, allow: 127.0.0.0/8, deny: [127.0.0.1]}
                - {path: /others, handler: respond, deny: 10.0.0.0/8}
                """);
        assertThat(get("/local").status()).isEqualTo(200);
        assertThat(get("/others").status()).isEqualTo(200);
        for (String path : List.of("/elsewhere", "/denied", "/both")) {
            RawClient.Response refused = get(path);
            assertThat(refused.status()).as(path).isEqualTo(403);
            assertThat(refused.header("Retry-After")).isEmpty();
        }
    }

    @Test
    void readsAFileOfAddressesAgainWhenItChanges() throws Exception {
        Path file = Files.writeString(directory.resolve("denied.txt"), "192.0.2.0/24 # others\n");
        start("routes:\n- {path: /x, handler: respond, deny-files: denied.txt}\n");
        assertThat(get("/x").status()).isEqualTo(200);
        Files.writeString(file, "192.0.2.0/24\n127.0.0.0/8\n");
        await().until(() -> get("/x").status() == 403);
        try (LogCapture log = LogCapture.of("dev.loomgate.guard")) {
            Files.writeString(file, "127.0.0.0/8 is not a network\n");
            await().until(() -> log.lines().stream().anyMatch(line -> line.contains("a changed file of addresses can't be used")));
        }
        assertThat(get("/x").status()).isEqualTo(403);
        Files.writeString(file, "# nobody\n");
        await().until(() -> get("/x").status() == 200);
    }

    @Test
    void queuesRequestsAboveTheLimitAndRefusesThoseAboveTheQueue() throws Exception {
        start("routes:\n- {path: /free, handler: respond, body: y}\n"
                + holdingRoute(", concurrent-requests: {limit: 2, queue: 3, queue-timeout: 30s}"));
        var answers = new ArrayList<Future<RawClient.Response>>();
        for (int i = 0; i < 5; i++) {
            answers.add(threads.submit(() -> get("/held")));
        }
        // as soon as the queue is full, one more is refused at once
        await().until(() -> server.connectionStates().get("working") == 5);
        await().untilAsserted(() -> {
            try (RawClient client = connect()) {
                // less than the time that one may wait
                client.readTimeout(Duration.ofSeconds(20));
                RawClient.Response refused = client.send("GET /held" + REQUEST).readResponse();
                assertThat(refused.status()).isEqualTo(503);
                assertThat(refused.header("Retry-After")).contains("30");
            }
        });
        assertThat(get("/free").status()).isEqualTo(200);
        assertThat(answers).noneMatch(Future::isDone);

        release();

        for (Future<RawClient.Response> answer : answers) {
            assertThat(answer.get().body()).isEqualTo("held");
        }
        assertThat(get("/held").status()).isEqualTo(200);
    }

    @Test
    void refusesARequestThatHasWaitedTooLong() throws Exception {
        start("routes:\n- {path: /free, handler: respond, body: y}\n"
                + holdingRoute(", concurrent-requests: {limit: 1, queue: 3, queue-timeout: 200ms}"));
        Future<RawClient.Response> held = threads.submit(() -> get("/held"));
        Future<RawClient.Response> second = threads.submit(() -> get("/held"));
        await().until(() -> held.isDone() || second.isDone());
        boolean first = held.isDone();
        RawClient.Response refused = (first ? held : second).get();
        assertThat(refused.status()).isEqualTo(503);
        assertThat(refused.header("Retry-After")).contains("1");
        release();
        assertThat((first ? second : held).get().status()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"limit: 1", "adaptive: {min: 1, max: 1}"})
    void letsThoseLeaveTheQueueWhoseClientsHaveGone(String limit) throws Exception {
        start("routes:\n" + holdingRoute(", concurrent-requests: {" + limit + ", queue: 2, queue-timeout: 60s}"));
        Future<RawClient.Response> held = threads.submit(() -> get("/held"));
        await().until(() -> Files.exists(directory.resolve("begun")));
        for (int i = 0; i < 3; i++) {
            try (RawClient impatient = connect(); RawClient another = connect()) {
                impatient.send("GET /held" + REQUEST);
                another.send("GET /held" + REQUEST);
                await().until(() -> server.connectionStates().get("working") == 3);
                // the queue has two places: that it was full shows that those who waited before have left it
                await().until(() -> status("/held") == 503);
            }
            await().until(() -> server.connectionCount() == 1);
        }
        release();
        assertThat(held.get().body()).isEqualTo("held");
        assertThat(get("/held").body()).isEqualTo("held");
    }

    /** The status of an answer that comes at once; 0 if none does. */
    private int status(String path) throws IOException {
        try (RawClient client = connect()) {
            return client.readTimeout(Duration.ofMillis(300)).send("GET " + path + REQUEST).readResponse().status();
        } catch (SocketTimeoutException e) {
            return 0;
        }
    }

    @Test
    void limitsAllRoutesTogether() throws Exception {
        start("guard: {concurrent-requests: 1}\nroutes:\n- {path: /free, handler: respond, body: y}\n" + holdingRoute(""));
        Future<RawClient.Response> held = threads.submit(() -> get("/held"));
        await().until(() -> Files.exists(directory.resolve("begun")));
        assertThat(get("/free").status()).isEqualTo(503);
        release();
        assertThat(held.get().status()).isEqualTo(200);
        await().until(() -> get("/free").status() == 200);
    }

    @Test
    void givesPermitsBackWhateverBecomesOfARequest() throws Exception {
        CompiledClasses.compile(directory.resolve("classes"), "Failing", """
                import dev.loomgate.handler.*;
                public final class Failing implements Handler {
                    public void handle(Request request, Response response) throws Exception {
                        if ("late".equals(request.parameter("fail"))) {
                            response.out().print("x");
                            response.flush();
                        }
                        throw new IllegalStateException("as it was told");
                    }
                }
                """);
        start("""
                guard: {concurrent-requests: 2}
                routes:
                - {path: /failing, handler: java, class: Failing, class-path: classes,
                   concurrent-requests: {adaptive: {min: 2, max: 2}}}
                """);
        for (int i = 0; i < 10; i++) {
            // a permit is given back a little after the answer
            await().untilAsserted(() -> assertThat(get("/failing").status()).isEqualTo(500));
            await().untilAsserted(() -> {
                try (RawClient client = connect()) {
                    client.send("GET /failing?fail=late" + REQUEST);
                    assertThat(client.readLine()).contains("200");
                }
            });
        }
    }

    @Test
    void keepsAFloodOnOneRouteFromTheOthers() throws Exception {
        start("routes:\n- {path: /free, handler: respond, body: y}\n"
                + holdingRoute(", concurrent-requests: {limit: 4, queue: 10, queue-timeout: 60s}, "
                + "request-rate: {rate: 100, burst: 100}"));
        long calm = median(nanoseconds(200, () -> false));
        var flooding = new AtomicBoolean(true);
        var turnedAway = new AtomicInteger();
        var floods = new ArrayList<Future<?>>();
        for (int i = 0; i < 20; i++) {
            floods.add(threads.submit(() -> flood(flooding, turnedAway)));
        }
        // as long as it takes a flood to be one, however fast this machine is
        List<Long> flooded = nanoseconds(500, () -> turnedAway.get() < 500);
        flooding.set(false);
        release();
        for (Future<?> one : floods) {
            one.get();
        }
        // a shared machine: what must not be is waiting for the flood
        assertThat(Collections.max(flooded)).as("slowest on the other route").isLessThan(Duration.ofSeconds(10).toNanos());
        // twenty clients that connect anew for every request share two processors with this one
        assertThat(median(flooded)).as("median on the other route; %d ns without the flood", calm)
                .isLessThan(Math.max(20 * calm, Duration.ofMillis(100).toNanos()));
    }

    private Void flood(AtomicBoolean flooding, AtomicInteger turnedAway) throws IOException {
        while (flooding.get()) {
            try (RawClient client = connect()) {
                client.readTimeout(Duration.ofMillis(300)).send("GET /held" + REQUEST);
                if (List.of(429, 503).contains(client.readResponse().status())) {
                    turnedAway.incrementAndGet();
                }
            } catch (SocketTimeoutException e) {
                // waits in the queue, and leaves
                continue;
            }
        }
        return null;
    }

    /** How long each of at least so many requests took on the other route, and of more while wanted; each must be answered. */
    private List<Long> nanoseconds(int requests, BooleanSupplier wanted) throws IOException {
        var times = new ArrayList<Long>();
        long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        try (RawClient client = connect()) {
            while (times.size() < requests || wanted.getAsBoolean()) {
                long before = System.nanoTime();
                assertThat(before).as("time that the flood takes").isLessThan(end);
                assertThat(client.send("GET /free" + REQUEST).readResponse().body()).isEqualTo("y");
                times.add(System.nanoTime() - before);
            }
        }
        return times;
    }

    private static long median(List<Long> times) {
        return times.stream().sorted().skip(times.size() / 2).findFirst().orElseThrow();
    }
}

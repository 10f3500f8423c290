package dev.loomgate.http1;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

import dev.loomgate.testing.Footprint;
import dev.loomgate.testing.LogCapture;
import dev.loomgate.testing.Mutation;
import dev.loomgate.testing.RawClient;
import dev.loomgate.testing.TestServer;
import dev.loomgate.transport.ListenerSettings;
import io.helidon.webserver.http.HttpRouting;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/** Mutants of the whole table of raw requests, and of sequences of them, sent to a server that must answer, end, and leak nothing. */
class WireFuzz {
    private static final List<byte[]> GOOD = good();
    private static final int WARM_UP = 500;

    private static TestServer server;
    private static Footprint before;
    private static LogCapture log;
    private static int sent;

    private static List<byte[]> good() {
        var all = new ArrayList<byte[]>();
        RawRequestTest.rows().map(RawRequest::bytes).filter(bytes -> bytes.length < 2_000).forEach(all::add);
        WirePropertyTest.GOOD.forEach(text -> all.add(text.getBytes(StandardCharsets.ISO_8859_1)));
        return all;
    }

    @BeforeContainer
    static void start() throws IOException {
        var limits = new Http1Settings(2048, 4096, 50, 1 << 20, Duration.ofSeconds(3), Duration.ofSeconds(3));
        server = TestServer.start(HttpRouting.builder().any((request, response) -> {
            byte[] body = request.content().inputStream().readAllBytes();
            response.send(request.path().rawPath() + " " + body.length);
        }), ListenerSettings.local(0), limits, List.of());
        var random = new Random(1);
        for (int i = 0; i < WARM_UP; i++) {
            exchange(random);
        }
        await().until(() -> server.listener().connectionCount() == 0);
        log = LogCapture.of("dev.loomgate.transport.Connection");
        before = Footprint.now();
    }

    @AfterContainer
    static void stop() {
        try {
            await().atMost(Duration.ofSeconds(30)).until(() -> server.listener().connectionCount() == 0);
            assertThat(log.lines()).noneMatch(line -> line.startsWith("ERROR"));
            before.assertNothingLeaked();
        } finally {
            log.close();
            server.close();
        }
    }

    @Property(tries = 60_000, shrinking = ShrinkingMode.OFF, edgeCases = EdgeCasesMode.NONE)
    void everyMutantIsAnsweredAndEnds(@ForAll Random random) throws IOException {
        exchange(random);
    }

    private static void exchange(Random random) throws IOException {
        byte[] bytes = Mutation.of(GOOD.get(random.nextInt(GOOD.size())), random);
        // from many addresses, as each has so many ports only
        String from = "127.0." + (1 + sent / 200 % 200) + "." + (1 + sent % 200);
        sent++;
        try (RawClient client = RawClient.connectFrom(from, server.port()).readTimeout(Duration.ofSeconds(10))) {
            send(client, bytes, random);
            String answer = client.readToEnd();
            assertThat(answer).as(new String(bytes, StandardCharsets.ISO_8859_1)).doesNotContain("HTTP/1.1 500");
            assertThat(answer.isEmpty() || answer.startsWith("HTTP/1.1 ")).isTrue();
        } catch (SocketException reset) {
            assertThat(reset.getMessage()).containsAnyOf("reset", "Broken pipe");
        }
    }

    /** Now and then in two pieces; the end of input ends whatever the mutant makes the server wait for. */
    private static void send(RawClient client, byte[] bytes, Random random) throws IOException {
        int cut = random.nextInt(4) == 0 ? random.nextInt(bytes.length) : 0;
        if (cut > 0) {
            client.send(Arrays.copyOf(bytes, cut));
        }
        client.send(Arrays.copyOfRange(bytes, cut, bytes.length)).shutdownOutput();
    }
}

package dev.loomgate.http1;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Random;

import dev.loomgate.testing.Mutation;
import dev.loomgate.testing.RawClient;
import dev.loomgate.testing.TestServer;
import dev.loomgate.transport.ListenerSettings;
import io.helidon.webserver.http.HttpRouting;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/** What holds for any request, however it is cut up, and for any change of a good one. */
class WirePropertyTest {
    private static TestServer server;

    @BeforeContainer
    static void start() {
        var limits = new Http1Settings(8192, 32_768, 100, 1 << 20, Duration.ofSeconds(60), Duration.ofSeconds(60));
        server = TestServer.start(HttpRouting.builder().any((request, response) -> {
            byte[] body = request.content().inputStream().readAllBytes();
            String fields = String.join("\n", request.headers().stream()
                    .map(header -> header.name().toLowerCase(Locale.ROOT) + "=" + header.allValues()).toList());
            response.send(request.prologue().method().text() + " " + request.path().rawPath() + "\n" + fields + "\n"
                    + Base64.getEncoder().encodeToString(body));
        }), ListenerSettings.local(0), limits, List.of());
    }

    @AfterContainer
    static void stop() {
        server.close();
    }

    /** A body, and where it is cut into chunks, and its chunked form into packets. */
    record Cut(byte[] body, long seed) {
        byte[] chunked() {
            var random = new Random(seed);
            var out = new ByteArrayOutputStream();
            for (int at = 0; at < body.length;) {
                int size = Math.min(body.length - at, 1 + random.nextInt(random.nextBoolean() ? 10 : 20_000));
                String extension = random.nextInt(4) == 0 ? " ;x=\"y;z\"" : "";
                String zeros = "0".repeat(random.nextInt(3));
                out.writeBytes((zeros + (random.nextBoolean() ? Integer.toHexString(size) : Integer.toHexString(size)
                        .toUpperCase(Locale.ROOT)) + extension + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
                out.write(body, at, size);
                out.writeBytes(new byte[] {'\r', '\n'});
                at += size;
            }
            out.writeBytes(("0\r\n" + (random.nextBoolean() ? "X-T: u\r\n" : "") + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
            return out.toByteArray();
        }
    }

    @Provide
    static Arbitrary<Cut> cuts() {
        Arbitrary<byte[]> bodies = Arbitraries.bytes().array(byte[].class).ofMaxSize(50_000);
        return Combinators.combine(bodies, Arbitraries.longs()).as(Cut::new);
    }

    @Property(tries = 150, shrinking = ShrinkingMode.OFF)
    void anyBodyInAnyChunksArrivesAsItWas(@ForAll("cuts") Cut cut) throws IOException {
        byte[] head = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1);
        try (RawClient client = RawClient.connect(server.port())) {
            sendInPieces(client, concat(head, cut.chunked()), new Random(cut.seed()));
            assertThat(client.readResponse().body()).endsWith("\n" + Base64.getEncoder().encodeToString(cut.body()));
            assertThat(echo(client, "GET /after HTTP/1.1\r\nHost: h\r\n\r\n")).startsWith("GET /after\n");
        }
    }

    private static String echo(RawClient client, String request) throws IOException {
        return client.send(request).readResponse().body();
    }

    private static byte[] concat(byte[] first, byte[] second) {
        byte[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }

    private static void sendInPieces(RawClient client, byte[] bytes, Random random) throws IOException {
        for (int at = 0; at < bytes.length;) {
            int size = Math.min(bytes.length - at, 1 + random.nextInt(random.nextBoolean() ? 20 : 30_000));
            client.send(Arrays.copyOfRange(bytes, at, at + size));
            at += size;
        }
    }

    @Provide
    static Arbitrary<String> headers() {
        Arbitrary<String> names = Arbitraries.strings().withChars("abcXYZ019-_.!#$%&'*+^`|~").ofMinLength(1).ofMaxLength(30)
                .map(name -> "X-" + name);
        Arbitrary<String> values = Arbitraries.strings().withCharRange(' ', '~').withCharRange('\u00a0', '\u00ff')
                .withChars('\t').ofMaxLength(300);
        return Combinators.combine(names, values).as((name, value) -> name + ": " + value + "\r\n").list().ofMaxSize(40)
                .map(fields -> "GET /x HTTP/1.1\r\nHost: h\r\n" + String.join("", fields) + "\r\n");
    }

    @Property(tries = 150, shrinking = ShrinkingMode.OFF)
    void aHeaderSaysTheSameWhereverItIsCut(@ForAll("headers") String header, @ForAll Random random) throws IOException {
        try (RawClient client = RawClient.connect(server.port())) {
            String whole = echo(client, header);
            assertThat(whole).startsWith("GET /x\n");
            for (int i = 0; i < 3; i++) {
                int cut = 1 + random.nextInt(header.length() - 1);
                client.send(header.substring(0, cut));
                Thread.yield();
                assertThat(echo(client, header.substring(cut))).isEqualTo(whole);
            }
        }
    }

    /** Requests from which mutants are made: each rule of the parser is met by one of them. */
    static final List<String> GOOD = List.of(
            "GET /a/b?c=d HTTP/1.1\r\nHost: h:80\r\nX-A: b\r\nConnection: keep-alive\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\nExpect: 100-continue\r\n\r\n0123456789",
            "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n4;a=b\r\nabcd\r\n0\r\nT: u\r\n\r\n",
            "OPTIONS * HTTP/1.1\r\nHost: [::1]:1\r\n\r\nHEAD http://h/ HTTP/1.0\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: h\r\nUpgrade: h2c\r\nConnection: upgrade, close\r\n\r\n");

    @Property(tries = 4000, shrinking = ShrinkingMode.OFF)
    void noMutantHangsOrKillsTheServer(@ForAll @IntRange(max = 4) int good, @ForAll Random random) throws IOException {
        byte[] bytes = Mutation.of(GOOD.get(good), random);
        try (RawClient client = RawClient.connect(server.port()).readTimeout(Duration.ofSeconds(20))) {
            // the end of input ends whatever the mutant made the server wait for: it must then end too, and at once
            client.send(bytes).shutdownOutput();
            assertThat(client.readToEnd()).doesNotContain("HTTP/1.1 500");
        } catch (SocketException reset) {
            // a refusal may be overtaken by a reset if the client does not stop sending
            assertThat(reset.getMessage()).containsAnyOf("reset", "Broken pipe");
        }
        try (RawClient client = RawClient.connect(server.port())) {
            assertThat(echo(client, "GET /alive HTTP/1.1\r\nHost: h\r\n\r\n")).startsWith("GET /alive\n");
        } catch (EOFException e) {
            throw new AssertionError("the server has gone after " + new String(bytes, StandardCharsets.ISO_8859_1), e);
        }
    }
}

package dev.loomgate.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.constraints.IntRange;

class ScriptResponseParserPropertiesTest {
    /** What a parser makes of an output: a response and the length of its header, or a reason. */
    private record Reading(Object result, int header) {
    }

    @Property(tries = 2_000)
    void readsTheSameHoweverTheOutputIsSplit(@ForAll("outputs") String output, @ForAll List<@IntRange(
            min = 1, max = 7) Integer> pieces) {
        byte[] bytes = output.getBytes(StandardCharsets.ISO_8859_1);

        assertThat(read(bytes, pieces)).isEqualTo(read(bytes, List.of()));
    }

    @Property(tries = 2_000)
    void noBytesMakeItFailOtherThanAsMalformed(@ForAll byte[] bytes) {
        Object result = read(bytes, List.of()).result();

        assertThat(result).isInstanceOfAny(ScriptResponse.class, String.class);
    }

    @Property(tries = 2_000)
    void noFieldForTheClientCanBreakItsHeader(@ForAll("outputs") String output) {
        byte[] bytes = output.getBytes(StandardCharsets.ISO_8859_1);
        if (read(bytes, List.of()).result() instanceof ScriptResponse.Document document) {
            assertThat(document.fields()).allSatisfy(field -> {
                assertThat(field.name()).matches("[!#$%&'*+.^_`|~0-9A-Za-z-]+");
                assertThat(field.value()).doesNotContain("\r", "\n", "\0");
            });
            assertThat(document.status().code()).isBetween(200, 999);
            assertThat(document.status().reasonPhrase()).doesNotContain("\r", "\n", "\0");
        }
    }

    @Provide
    Arbitrary<String> outputs() {
        Arbitrary<String> known = Arbitraries.of("Content-Type: text/plain", "Status: 200 OK", "Status: 404", "Location: /x",
                "Location: http://h/", "Content-Length: 3", "HTTP/1.1 200 OK", " folded", "\tfolded", "X-Y: z",
                "Transfer-Encoding: x", "Connection: close", ": empty", "no colon", "X:");
        Arbitrary<String> any = Arbitraries.strings().withCharRange('\0', '\u00ff').ofMaxLength(12);
        Arbitrary<String> line = Arbitraries.frequencyOf(Tuple.of(5, known), Tuple.of(1, any));
        Arbitrary<String> end = Arbitraries.of("\n", "\r\n", "\r");
        Arbitrary<String> lines = Combinators.combine(line, end).as(String::concat).list().ofMaxSize(6)
                .map(all -> String.join("", all));
        return Combinators.combine(lines, Arbitraries.of("\n", "\r\n", ""), any).as((l, e, b) -> l + e + b);
    }

    private static Reading read(byte[] output, List<Integer> pieces) {
        var parser = new ScriptResponseParser();
        int at = 0;
        int piece = 0;
        try {
            while (at < output.length) {
                int length = piece < pieces.size() ? Math.min(pieces.get(piece++), output.length - at) : output.length - at;
                int taken = parser.feed(output, at, length);
                at += taken;
                if (parser.response().isPresent()) {
                    return new Reading(parser.response().get(), at);
                }
                assertThat(taken).isEqualTo(length);
            }
            return new Reading(parser.endedEarly().getMessage(), at);
        } catch (GatewayException e) {
            assertThat(e.status().code()).isEqualTo(502);
            return new Reading(e.getMessage(), 0);
        }
    }
}

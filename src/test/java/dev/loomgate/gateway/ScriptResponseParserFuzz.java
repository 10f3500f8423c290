package dev.loomgate.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;

import dev.loomgate.testing.Mutation;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;

/** The parser of what scripts write, given mutants of good outputs in pieces of any length. */
class ScriptResponseParserFuzz {
    private static final List<String> GOOD = List.of(
            "Content-Type: text/plain\n\nbody",
            "Status: 404 Not Found\r\nContent-Type: text/html; charset=utf-8\r\nSet-Cookie: a=b\r\nSet-Cookie: c=d\r\n\r\nbody",
            "HTTP/1.1 302 Found\r\nLocation: http://h/x?y#z\r\nContent-Length: 0\r\n\r\n",
            "Location: /local?query\n\n",
            "Content-Type: text/plain\nX-Folded: a\n b\n\tc\nContent-Length: 12\n\n0123456789ab",
            "content-type:text/plain\nStatus:200\nTransfer-Encoding: chunked\nConnection: close\n\nbody");

    @Property(tries = 80_000, shrinking = ShrinkingMode.OFF, edgeCases = EdgeCasesMode.NONE)
    void readsAResponseOrSaysWhatIsWrongWithIt(@ForAll Random random) {
        byte[] output = Mutation.of(GOOD.get(random.nextInt(GOOD.size())), random);
        Object whole = read(output, output.length);

        assertThat(read(output, 1 + random.nextInt(20))).isEqualTo(whole);
        if (whole instanceof ScriptResponse.Document document) {
            assertThat(document.status().code()).isBetween(200, 999);
            for (ScriptResponse.Field field : document.fields()) {
                assertThat(field.name()).matches("[!#$%&'*+.^_`|~0-9A-Za-z-]+");
                assertThat(field.value()).doesNotContain("\r", "\n", "\0");
            }
        }
    }

    /** The response, or a text that says why it is none. */
    private static Object read(byte[] output, int piece) {
        var parser = new ScriptResponseParser();
        try {
            for (int at = 0; at < output.length;) {
                at += parser.feed(output, at, Math.min(piece, output.length - at));
                if (parser.response().isPresent()) {
                    return parser.response().get();
                }
            }
            return parser.endedEarly().getMessage();
        } catch (GatewayException e) {
            assertThat(e.status().code()).isEqualTo(502);
            return e.getMessage();
        }
    }
}

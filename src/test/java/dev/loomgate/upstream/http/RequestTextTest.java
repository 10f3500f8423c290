package dev.loomgate.upstream.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is written to servers, and what never is. */
class RequestTextTest {
    @Test
    void writesRequestLineFieldsAndBodyInOnePiece() {
        String longValue = "v".repeat(2_000);
        RequestText text = new RequestText("POST", "/a?b").field("Host", "x").begin("Via").put("1.1 a").put(", b").end()
                .field("X-Long", longValue).field("Content-Length", 4);
        ByteBuffer whole = text.whole("body".getBytes(StandardCharsets.ISO_8859_1), 4);
        assertThat(StandardCharsets.ISO_8859_1.decode(whole).toString()).isEqualTo("POST /a?b HTTP/1.1\r\nHost: x\r\n"
                + "Via: 1.1 a, b\r\nX-Long: " + longValue + "\r\nContent-Length: 4\r\n\r\nbody");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a\r\nEvil: 1", "a\nEvil: 1", "a\r", "\n", "a\0", "a\u010aEvil: 1"})
    void refusesValuesThatWouldEndTheLine(String value) {
        var text = new RequestText("GET", "/");
        assertThatThrownBy(() -> text.field("X", value)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"X Y", "X:", "X\r\nEvil", "\u010a"})
    void refusesNamesThatAreNone(String name) {
        assertThatThrownBy(() -> new RequestText("GET", "/").field(name, "1")).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/a b", "/a\r\nX: 1", "/\n", "/\u007f"})
    void refusesTargetsThatWouldEndTheLine(String target) {
        assertThatThrownBy(() -> new RequestText("GET", target)).isInstanceOf(IllegalArgumentException.class);
    }
}

package dev.loomgate.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import dev.loomgate.gateway.ScriptResponse.ClientRedirect;
import dev.loomgate.gateway.ScriptResponse.Document;
import dev.loomgate.gateway.ScriptResponse.Field;
import dev.loomgate.gateway.ScriptResponse.LocalRedirect;

class ScriptResponseParserTest {
    @Test
    void takesADocumentAndLeavesItsBody() throws Exception {
        var parser = new ScriptResponseParser();
        byte[] output = bytes("Content-Type: text/plain\nX-One: 1\nx-one:  2 \n\nbody\n");

        int header = parser.feed(output, 0, output.length);

        assertThat(new String(output, header, output.length - header, StandardCharsets.ISO_8859_1)).isEqualTo("body\n");
        var document = (Document) parser.response().orElseThrow();
        assertThat(document.status().code()).isEqualTo(200);
        assertThat(document.fields()).containsExactly(new Field("Content-Type", "text/plain"), new Field("X-One", "1"),
                new Field("x-one", "2"));
        assertThat(document.contentLength()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"Status: 404 Gone Fishing,404,Gone Fishing", "Status:201,201,Created", "status: 299  odd ,299,odd",
        "HTTP/1.0 403 Forbidden,403,Forbidden", "HTTP/1.1 503,503,Service Unavailable"})
    void takesTheStatus(String line, int code, String reason) throws Exception {
        var document = (Document) parse(line + "\r\nContent-Type: text/plain\r\n\r\n");

        assertThat(document.status().code()).isEqualTo(code);
        assertThat(document.status().reasonPhrase()).isEqualTo(reason);
        assertThat(document.fields()).extracting(Field::name).containsExactly("Content-Type");
    }

    @Test
    void aLocationAloneWithAPathIsALocalRedirect() throws Exception {
        assertThat(parse("Location: /a/b?c=d\n\n")).isEqualTo(new LocalRedirect("/a/b?c=d"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"Location: http://example.org/\n\n", "Location: //example.org/x\n\n", "Location: other.html\n\n",
        "Location: /x\nSet-Cookie: a=b\n\n"})
    void anyOtherLocationWithoutDocumentGoesToTheClient(String header) throws Exception {
        assertThat(parse(header)).isInstanceOf(ClientRedirect.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"Location: http://example.org/\nContent-Type: text/html\n\n",
        "Location: /x\nContent-Type: text/html\n\n", "Status: 302 Found\nLocation: /x\n\n"})
    void aLocationWithDocumentOrStatusIsADocumentOfStatus302(String header) throws Exception {
        var document = (Document) parse(header);

        assertThat(document.status().code()).isEqualTo(302);
        assertThat(document.fields()).extracting(Field::name).contains("Location");
    }

    @Test
    void keepsTheStatusOfARedirectThatHasOne() throws Exception {
        assertThat(((Document) parse("Location: /x\nStatus: 303 See Other\n\n")).status().code()).isEqualTo(303);
        assertThat(((Document) parse("Location: /x\nStatus: 201 Created\nContent-Type: a/b\n\n")).status().code())
                .isEqualTo(201);
    }

    @Test
    void dropsWhatBelongsToTheConnection() throws Exception {
        var document = (Document) parse("Connection: close\nKeep-Alive: 5\nUpgrade: x\nTE: x\nTrailer: x\nProxy-Connection: x\n"
                + "Content-Type: a/b\nSet-Cookie: a\nSet-Cookie: b\n\n");

        assertThat(document.fields()).containsExactly(new Field("Content-Type", "a/b"), new Field("Set-Cookie", "a"),
                new Field("Set-Cookie", "b"));
    }

    @Test
    void takesTheLengthOutOfTheFields() throws Exception {
        var document = (Document) parse("Content-Type: a/b\nContent-Length: 12\nContent-Length: 12\n\n");

        assertThat(document.contentLength()).hasValue(12);
        assertThat(document.fields()).extracting(Field::name).containsExactly("Content-Type");
    }

    @Test
    void theLastContentTypeCounts() throws Exception {
        assertThat(((Document) parse("Content-type: text/html\nContent-Type: image/png\n\n")).fields())
                .containsExactly(new Field("Content-Type", "image/png"));
    }

    @Test
    void unfoldsAFoldedField() throws Exception {
        assertThat(((Document) parse("Content-Type: text/plain;\r\n\tcharset=utf-8\r\n\r\n")).fields())
                .containsExactly(new Field("Content-Type", "text/plain; charset=utf-8"));
    }

    @Test
    void keepsBytesAboveAscii() throws Exception {
        assertThat(((Document) parse("X: \u00e9\u00ff\n\n")).fields()).containsExactly(new Field("X", "\u00e9\u00ff"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"\nbody", "\r\n", "no header\n\n", "two words: x\n\n", ": x\n\n", " X: y\n\n", "X : y\n\n",
        "Status: 20\n\n", "Status: 2000\n\n", "Status: abc\n\n", "Status: 100 Continue\n\n", "Status: 200OK\n\n",
        "Status: 200\nStatus: 404\n\n", "Location: /a\nLocation: /b\n\n", "Content-Length: -1\n\n", "Content-Length: 1x\n\n",
        "Content-Length: 1\nContent-Length: 2\n\n", "Transfer-Encoding: chunked\n\n", "X: a\rb\n\n", "X: a\0b\n\n",
        "Status: 200\n folded\n\n", "<html>\n\n", "HTTP/1.1\n\n", "X\u00e9: y\n\n", "Content-Length: 9999999999999999999\n\n"})
    void refusesWhatIsNoHeader(String output) {
        assertThatThrownBy(() -> parse(output)).isInstanceOfSatisfying(GatewayException.class, e -> {
            assertThat(e.status().code()).isEqualTo(502);
            assertThat(e.getMessage()).hasSizeLessThan(400);
        });
    }

    @Test
    void refusesAHeaderWithoutEnd() throws Exception {
        byte[] piece = bytes("X: " + "y".repeat(8_000) + "\n");
        var parser = new ScriptResponseParser();
        for (int i = 0; i < ScriptResponseParser.MAX_HEADER / piece.length; i++) {
            parser.feed(piece, 0, piece.length);
        }

        assertThatThrownBy(() -> parser.feed(piece, 0, piece.length))
                .isInstanceOf(GatewayException.class).hasMessageContaining("longer than 65536 bytes");
    }

    @Test
    void saysWhatWasMissingAtAnEarlyEnd() throws Exception {
        var parser = new ScriptResponseParser();
        assertThat(parser.endedEarly()).hasMessageContaining("it wrote nothing");

        byte[] output = bytes("Content-Type: text/plain\nHel\033lo");
        parser.feed(output, 0, output.length);
        assertThat(parser.endedEarly()).hasMessageContaining("'Hel\\x1Blo'").hasMessageContaining("empty line");
    }

    private static ScriptResponse parse(String output) throws GatewayException {
        var parser = new ScriptResponseParser();
        byte[] bytes = bytes(output);
        parser.feed(bytes, 0, bytes.length);
        return parser.response().orElseThrow();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }
}

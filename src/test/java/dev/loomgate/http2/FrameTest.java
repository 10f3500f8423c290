package dev.loomgate.http2;

import static dev.loomgate.http2.FrameClient.integer;
import static dev.loomgate.http2.FrameClient.request;
import static dev.loomgate.http2.FrameClient.section;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;

import dev.loomgate.testing.TestServer;
import dev.loomgate.transport.ClientWatch;
import io.helidon.webserver.http.HttpRouting;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Frames as RFC 9113 sections 3 to 6 and 8 allow them, and as they do not: what the server does about each. */
class FrameTest {
    private static final int ENDS = Frame.END_HEADERS | Frame.END_STREAM;
    private static final byte[] PRIORITY = {0, 0, 0, 0, 15};
    private static TestServer server;

    private interface Story {
        void tell(FrameClient client) throws IOException;
    }

    @BeforeAll
    static void start() {
        server = Http2Server.start(HttpRouting.builder()
                .any("/ok", (request, response) -> response.send("fine"))
                .any("/read", (request, response) -> response.send("read " + request.content().as(byte[].class).length))
                .any("/hold", (request, response) -> {
                    var gone = new CountDownLatch(1);
                    try (ClientWatch.Watch watch = ((ClientWatch) request).onClientGone(gone::countDown)) {
                        gone.await();
                    }
                }));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static Arguments row(String section, String name, String outcome, Story story) {
        return Arguments.of(section + " " + name, outcome, story);
    }

    static Stream<Arguments> rows() {
        return Stream.of(connection(), frames(), states(), requests()).flatMap(rows -> rows);
    }

    private static Stream<Arguments> connection() {
        return Stream.of(
            row("4.1", "unknown type", "PING", c -> c.frame(0x16, 0xff, 0, new byte[8]).frame(Frame.PING, 0, 0, new byte[8])),
            row("4.1", "unknown type on a stream", "PING", c -> c.frame(0x77, 0, 5, new byte[99])
                .frame(Frame.PING, 0, 0, new byte[8])),
            row("4.1", "undefined flags", "PING", c -> c.frame(Frame.PING, 0xfe & ~Frame.ACK, 0, new byte[8])),
            row("4.1", "reserved bit", "PING", c -> c.frame(Frame.PING, 0, 1 << 31, new byte[8])),
            row("4.2", "longest DATA", "200", c -> c.post(1, "/read").frame(Frame.DATA, 1, 1, new byte[Frame.LARGEST])),
            row("4.2", "DATA too long", "GOAWAY FRAME_SIZE_ERROR", c -> c.post(1, "/read")
                .frame(Frame.DATA, 1, 1, new byte[Frame.LARGEST + 1])),
            row("4.2", "HEADERS too long", "GOAWAY FRAME_SIZE_ERROR", c -> c.frame(Frame.HEADERS, ENDS, 1,
                new byte[Frame.LARGEST + 1])),
            row("4.3", "invalid field section", "GOAWAY COMPRESSION_ERROR", c -> c.frame(Frame.HEADERS, ENDS, 1,
                new byte[] {(byte) 0x80})),
            row("4.3", "another stream's frame within a field section", "GOAWAY PROTOCOL_ERROR", c -> c
                .frame(Frame.HEADERS, Frame.END_STREAM, 1, request("GET", "/ok")).frame(Frame.PRIORITY, 0, 3, PRIORITY)),
            row("4.3", "HEADERS within a field section", "GOAWAY PROTOCOL_ERROR", c -> c
                .frame(Frame.HEADERS, Frame.END_STREAM, 1, request("GET", "/ok")).get(3, "/ok")),
            row("3.4", "even stream", "GOAWAY PROTOCOL_ERROR", c -> c.get(2, "/ok")),
            row("5.1.1", "stream with a lower number", "GOAWAY PROTOCOL_ERROR", c -> c.post(5, "/hold").get(3, "/ok")));
    }

    private static Stream<Arguments> frames() {
        byte[] padded = new byte[5];
        padded[0] = 5;
        return Stream.of(
            row("6.1", "DATA on the connection", "GOAWAY PROTOCOL_ERROR", c -> c.frame(Frame.DATA, 1, 0, new byte[1])),
            row("6.1", "DATA with padding", "200", c -> c.post(1, "/read")
                .frame(Frame.DATA, Frame.PADDED | 1, 1, new byte[] {3, 'a', 0, 0, 0})),
            row("6.1", "padding as long as the frame", "GOAWAY PROTOCOL_ERROR", c -> c.post(1, "/read")
                .frame(Frame.DATA, Frame.PADDED | 1, 1, padded)),
            row("6.1", "no room for the padding's length", "GOAWAY PROTOCOL_ERROR", c -> c.post(1, "/read")
                .frame(Frame.DATA, Frame.PADDED | 1, 1)),
            row("6.2", "HEADERS on the connection", "GOAWAY PROTOCOL_ERROR", c -> c.get(0, "/ok")),
            row("6.2", "HEADERS with padding", "200", c -> c.frame(Frame.HEADERS, ENDS | Frame.PADDED, 1, new byte[] {2},
                request("GET", "/ok"), new byte[2])),
            row("6.2", "padding longer than HEADERS", "GOAWAY PROTOCOL_ERROR", c -> c.frame(Frame.HEADERS,
                ENDS | Frame.PADDED, 1, new byte[] {99}, request("GET", "/ok"))),
            row("6.2", "HEADERS with priority", "200", c -> c.frame(Frame.HEADERS, ENDS | Frame.WITH_PRIORITY, 1, PRIORITY,
                request("GET", "/ok"))),
            row("6.2", "HEADERS too short for a priority", "GOAWAY FRAME_SIZE_ERROR", c -> c.frame(Frame.HEADERS,
                ENDS | Frame.WITH_PRIORITY, 1, new byte[3])),
            row("5.3.1", "HEADERS that depend on themselves", "RST_STREAM PROTOCOL_ERROR", c -> c.frame(Frame.HEADERS,
                ENDS | Frame.WITH_PRIORITY, 1, integer(1), new byte[] {1}, request("GET", "/ok"))),
            row("6.3", "PRIORITY", "PING", c -> c.frame(Frame.PRIORITY, 0, 7, PRIORITY).frame(Frame.PING, 0, 0, new byte[8])),
            row("6.3", "PRIORITY on the connection", "GOAWAY PROTOCOL_ERROR", c -> c.frame(Frame.PRIORITY, 0, 0, PRIORITY)),
            row("6.3", "PRIORITY of another length", "RST_STREAM FRAME_SIZE_ERROR", c -> c.post(1, "/hold")
                .frame(Frame.PRIORITY, 0, 1, new byte[4])),
            row("5.3.1", "PRIORITY that depends on itself", "RST_STREAM PROTOCOL_ERROR", c -> c.post(1, "/hold")
                .frame(Frame.PRIORITY, 0, 1, integer(1), new byte[1])),
            row("6.4", "RST_STREAM on the connection", "GOAWAY PROTOCOL_ERROR", c -> c.frame(Frame.RST_STREAM, 0, 0, new byte[4])),
            row("6.4", "RST_STREAM on an idle stream", "GOAWAY PROTOCOL_ERROR", c -> c
                .frame(Frame.RST_STREAM, 0, 1, new byte[4])),
            row("6.4", "RST_STREAM of another length", "GOAWAY FRAME_SIZE_ERROR", c -> c.post(1, "/hold")
                .frame(Frame.RST_STREAM, 0, 1, new byte[3])),
            row("6.5", "SETTINGS of a stream", "GOAWAY PROTOCOL_ERROR", c -> c.frame(Frame.SETTINGS, 0, 1)),
            row("6.5", "SETTINGS that acknowledge with settings", "GOAWAY FRAME_SIZE_ERROR", c -> c
                .frame(Frame.SETTINGS, Frame.ACK, 0, new byte[6])),
            row("6.5", "SETTINGS of another length", "GOAWAY FRAME_SIZE_ERROR", c -> c.frame(Frame.SETTINGS, 0, 0, new byte[7])),
            row("6.5.2", "ENABLE_PUSH of 2", "GOAWAY PROTOCOL_ERROR", c -> c.settings(2, 2)),
            row("6.5.2", "INITIAL_WINDOW_SIZE too large", "GOAWAY FLOW_CONTROL_ERROR", c -> c.settings(4, 1 << 31)),
            row("6.5.2", "MAX_FRAME_SIZE too small", "GOAWAY PROTOCOL_ERROR", c -> c.settings(5, 16_383)),
            row("6.5.2", "MAX_FRAME_SIZE too large", "GOAWAY PROTOCOL_ERROR", c -> c.settings(5, 1 << 24)),
            row("6.5.2", "unknown setting", "PING", c -> c.settings(0xff, 1).frame(Frame.PING, 0, 0, new byte[8])),
            row("6.6", "PUSH_PROMISE", "GOAWAY PROTOCOL_ERROR", c -> c.frame(Frame.PUSH_PROMISE, 4, 1, integer(2))),
            row("6.7", "PING of a stream", "GOAWAY PROTOCOL_ERROR", c -> c.frame(Frame.PING, 0, 1, new byte[8])),
            row("6.7", "PING of another length", "GOAWAY FRAME_SIZE_ERROR", c -> c.frame(Frame.PING, 0, 0, new byte[7])),
            row("6.7", "PING that acknowledges what was not asked", "200", c -> c.frame(Frame.PING, 1, 0, new byte[8])
                .get(1, "/ok")),
            row("6.8", "GOAWAY of a stream", "GOAWAY PROTOCOL_ERROR", c -> c.frame(Frame.GOAWAY, 0, 1, new byte[8])),
            row("6.8", "GOAWAY too short", "GOAWAY FRAME_SIZE_ERROR", c -> c.frame(Frame.GOAWAY, 0, 0, new byte[7])),
            row("6.8", "request after GOAWAY", "200", c -> c.frame(Frame.GOAWAY, 0, 0, new byte[12]).get(1, "/ok")),
            row("6.9", "WINDOW_UPDATE of nothing", "GOAWAY PROTOCOL_ERROR", c -> c.frame(Frame.WINDOW_UPDATE, 0, 0, integer(0))),
            row("6.9", "WINDOW_UPDATE of nothing for a stream", "RST_STREAM PROTOCOL_ERROR", c -> c.post(1, "/hold")
                .frame(Frame.WINDOW_UPDATE, 0, 1, integer(0))),
            row("6.9", "WINDOW_UPDATE of another length", "GOAWAY FRAME_SIZE_ERROR", c -> c
                .frame(Frame.WINDOW_UPDATE, 0, 0, new byte[3])),
            row("6.9.1", "window too large", "GOAWAY FLOW_CONTROL_ERROR", c -> c
                .frame(Frame.WINDOW_UPDATE, 0, 0, integer(Integer.MAX_VALUE))),
            row("6.9.1", "stream's window too large", "RST_STREAM FLOW_CONTROL_ERROR", c -> c.post(1, "/hold")
                .frame(Frame.WINDOW_UPDATE, 0, 1, integer(Integer.MAX_VALUE))),
            row("6.9.2", "stream's window too large by settings", "GOAWAY FLOW_CONTROL_ERROR", c -> c.post(1, "/hold")
                .frame(Frame.WINDOW_UPDATE, 0, 1, integer(1 << 30)).settings(4, Integer.MAX_VALUE)),
            row("6.10", "CONTINUATION", "200", c -> split(c, request("GET", "/ok"))),
            row("6.10", "CONTINUATION without HEADERS", "GOAWAY PROTOCOL_ERROR", c -> c
                .frame(Frame.CONTINUATION, Frame.END_HEADERS, 1, request("GET", "/ok"))),
            row("6.10", "CONTINUATION of another stream", "GOAWAY PROTOCOL_ERROR", c -> c
                .frame(Frame.HEADERS, Frame.END_STREAM, 1, request("GET", "/ok")).frame(Frame.CONTINUATION, 4, 3)),
            row("6.10", "CONTINUATION of the connection", "GOAWAY PROTOCOL_ERROR", c -> c
                .frame(Frame.HEADERS, Frame.END_STREAM, 1, request("GET", "/ok")).frame(Frame.CONTINUATION, 4, 0)));
    }

    private static void split(FrameClient client, byte[] section) throws IOException {
        client.frame(Frame.HEADERS, Frame.END_STREAM, 1, Arrays.copyOf(section, 3));
        client.frame(Frame.CONTINUATION, 0, 1, Arrays.copyOfRange(section, 3, 4));
        client.frame(Frame.CONTINUATION, 0, 1);
        client.frame(Frame.CONTINUATION, Frame.END_HEADERS, 1, Arrays.copyOfRange(section, 4, section.length));
    }

    private static Stream<Arguments> states() {
        return Stream.of(
            row("5.1", "DATA on an idle stream", "GOAWAY PROTOCOL_ERROR", c -> c.data(1, "x", true)),
            row("5.1", "WINDOW_UPDATE on an idle stream", "GOAWAY PROTOCOL_ERROR", c -> c
                .frame(Frame.WINDOW_UPDATE, 0, 1, integer(9))),
            row("5.1", "DATA behind the end", "RST_STREAM STREAM_CLOSED", c -> c
                .frame(Frame.HEADERS, ENDS, 3, request("POST", "/hold")).data(3, "x", true)),
            row("5.1", "DATA after RST_STREAM", "RST_STREAM STREAM_CLOSED", c -> c.post(1, "/hold")
                .frame(Frame.RST_STREAM, 0, 1, new byte[4]).data(1, "x", true)),
            row("5.1", "HEADERS after RST_STREAM", "RST_STREAM STREAM_CLOSED", c -> c.post(1, "/hold")
                .frame(Frame.RST_STREAM, 0, 1, new byte[4]).get(1, "/ok")),
            row("5.1", "WINDOW_UPDATE after RST_STREAM", "PING", c -> c.post(1, "/hold")
                .frame(Frame.RST_STREAM, 0, 1, new byte[4]).frame(Frame.WINDOW_UPDATE, 0, 1, integer(9))
                .frame(Frame.PRIORITY, 0, 1, PRIORITY).frame(Frame.RST_STREAM, 0, 1, new byte[4])
                .frame(Frame.PING, 0, 0, new byte[8])),
            row("5.1", "HEADERS on a stream that has ended", "GOAWAY STREAM_CLOSED", c -> {
                c.get(1, "/ok").readResponse(1);
                c.get(1, "/ok");
            }),
            row("5.1", "DATA on a stream that has ended", "RST_STREAM STREAM_CLOSED", c -> {
                c.get(1, "/ok").readResponse(1);
                c.data(1, "x", true);
            }),
            row("6.9.1", "more than the stream's window has room for", "RST_STREAM FLOW_CONTROL_ERROR", c -> {
                c.post(3, "/hold");
                for (int i = 0; i < 9; i++) {
                    c.frame(Frame.DATA, 0, 3, new byte[Frame.LARGEST]);
                }
            }));
    }

    private static Stream<Arguments> requests() {
        return Stream.of(
            row("8.1", "trailer", "200", c -> c.post(1, "/read").data(1, "abc", false)
                .frame(Frame.HEADERS, ENDS, 1, section("x-checksum", "1"))),
            row("8.1", "trailer that is not the end", "RST_STREAM PROTOCOL_ERROR", c -> c.post(1, "/hold")
                .frame(Frame.HEADERS, Frame.END_HEADERS, 1, section("x-checksum", "1"))),
            row("8.1", "trailer with a pseudo-header field", "RST_STREAM PROTOCOL_ERROR", c -> c.post(1, "/hold")
                .frame(Frame.HEADERS, ENDS, 1, section(":method", "GET"))),
            row("8.1.1", "body shorter than its Content-Length", "RST_STREAM PROTOCOL_ERROR", c -> c
                .post(1, "/hold", "content-length", "2").data(1, "", true)),
            row("8.1.1", "body longer than its Content-Length", "RST_STREAM PROTOCOL_ERROR", c -> c
                .post(1, "/hold", "content-length", "2").data(1, "abc", true)),
            row("8.1.1", "Content-Length without a body", "RST_STREAM PROTOCOL_ERROR", c -> c
                .get(1, "/ok", "content-length", "2")),
            row("8.1.1", "two Content-Lengths", "RST_STREAM PROTOCOL_ERROR", c -> c
                .post(1, "/ok", "content-length", "2", "content-length", "2")),
            row("8.1.1", "Content-Length that is no number", "RST_STREAM PROTOCOL_ERROR", c -> c
                .post(1, "/ok", "content-length", "+2")),
            malformed("8.2.1", "capital in a name", "X-a", "b"),
            malformed("8.2.1", "blank in a name", "x a", "b"),
            malformed("8.2.1", "empty name", "", "b"),
            malformed("8.2.1", "colon in a name", "x:a", "b"),
            malformed("8.2.1", "line end in a value", "x", "a\r\nb: c"),
            malformed("8.2.1", "NUL in a value", "x", "a\0b"),
            malformed("8.2.1", "blank before a value", "x", " a"),
            malformed("8.2.1", "tab behind a value", "x", "a\t"),
            malformed("8.2.2", "Connection", "connection", "keep-alive"),
            malformed("8.2.2", "Keep-Alive", "keep-alive", "1"),
            malformed("8.2.2", "Proxy-Connection", "proxy-connection", "close"),
            malformed("8.2.2", "Transfer-Encoding", "transfer-encoding", "chunked"),
            malformed("8.2.2", "Upgrade", "upgrade", "websocket"),
            malformed("8.2.2", "TE of something else", "te", "gzip"),
            row("8.2.2", "TE: trailers", "200", c -> c.get(1, "/ok", "te", "trailers")),
            malformed("8.3", "pseudo-header field that is not known", ":x", "y"),
            malformed("8.3", "pseudo-header field of a response", ":status", "200"),
            malformed("8.3.1", "two paths", ":path", "/ok"),
            row("8.3", "pseudo-header field behind others", "RST_STREAM PROTOCOL_ERROR", c -> c.frame(Frame.HEADERS, ENDS, 1,
                section(":method", "GET", ":scheme", "http", ":authority", "h", "a", "b", ":path", "/ok"))),
            row("8.3.1", "no method", "RST_STREAM PROTOCOL_ERROR", c -> c.frame(Frame.HEADERS, ENDS, 1,
                section(":scheme", "http", ":authority", "h", ":path", "/ok"))),
            row("8.3.1", "no scheme", "RST_STREAM PROTOCOL_ERROR", c -> c.frame(Frame.HEADERS, ENDS, 1,
                section(":method", "GET", ":authority", "h", ":path", "/ok"))),
            row("8.3.1", "no path", "RST_STREAM PROTOCOL_ERROR", c -> c.frame(Frame.HEADERS, ENDS, 1,
                section(":method", "GET", ":scheme", "http", ":authority", "h"))),
            row("8.3.1", "empty path", "RST_STREAM PROTOCOL_ERROR", c -> c.get(1, "")),
            row("8.3.1", "Host that differs", "RST_STREAM PROTOCOL_ERROR", c -> c.get(1, "/ok", "host", "other")),
            row("8.3.1", "Host instead of the authority", "200", c -> c.frame(Frame.HEADERS, ENDS, 1,
                section(":method", "GET", ":scheme", "http", ":path", "/ok", "host", "h"))),
            row("8.3.1", "neither Host nor authority", "400", c -> c.frame(Frame.HEADERS, ENDS, 1,
                section(":method", "GET", ":scheme", "http", ":path", "/ok"))),
            authority("user@h"), authority("h:99999"), authority("h/x"), authority(""), authority("[::1"),
            row("8.3.1", "path without a slash", "400", c -> c.get(1, "ok")),
            row("8.3.1", "path with a blank", "400", c -> c.get(1, "/o k")),
            row("8.3.1", "path with a fragment", "400", c -> c.get(1, "/ok#x")),
            row("8.3.1", "path with a lone percent sign", "400", c -> c.get(1, "/ok%2")),
            row("8.3.1", "query with a lone percent sign", "200", c -> c.get(1, "/ok?a=2%")),
            row("8.3.1", "path with an encoded NUL", "400", c -> c.get(1, "/ok%00")),
            row("8.3.1", "asterisk for GET", "400", c -> c.get(1, "*")),
            row("8.3.1", "asterisk for OPTIONS", "200", c -> c.frame(Frame.HEADERS, ENDS, 1, request("OPTIONS", "*"))),
            row("8.5", "CONNECT", "501", c -> c.frame(Frame.HEADERS, ENDS, 1, section(":method", "CONNECT", ":authority", "h:1"))),
            row("8.3.1", "method in small letters", "501", c -> c.frame(Frame.HEADERS, ENDS, 1, request("get", "/ok"))),
            row("10.5.1", "long path", "414", c -> c.get(1, "/" + "a".repeat(9_000))),
            row("10.5.1", "long header", "431", c -> {
                byte[] section = request("GET", "/ok", "x", "0".repeat(20_000), "y", "0".repeat(20_000));
                c.frame(Frame.HEADERS, Frame.END_STREAM, 1, Arrays.copyOf(section, 16_000))
                    .frame(Frame.CONTINUATION, Frame.END_HEADERS, 1, Arrays.copyOfRange(section, 16_000, section.length));
            }),
            row("9110 10.1.1", "expectation that is not known", "417", c -> c.post(1, "/ok", "expect", "more")));
    }

    private static Arguments malformed(String section, String name, String field, String value) {
        return row(section, name, "RST_STREAM PROTOCOL_ERROR", c -> c.get(1, "/ok", field, value));
    }

    private static Arguments authority(String authority) {
        return row("8.3.1", "authority '" + authority + "'", "400", c -> c.frame(Frame.HEADERS, ENDS, 1,
                section(":method", "GET", ":scheme", "http", ":authority", authority, ":path", "/ok")));
    }

    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource("rows")
    void answers(String name, String outcome, Story story) throws Exception {
        try (FrameClient client = FrameClient.connect(server.port())) {
            story.tell(client);
            assertThat(client.outcome()).isEqualTo(outcome);
            if (outcome.startsWith("GOAWAY")) {
                assertThat(client.isClosedByServer()).isTrue();
            } else {
                // an error of a stream is none of the connection
                assertThat(client.get(99, "/ok").readResponse(99).text()).isEqualTo("fine");
            }
        }
    }
}

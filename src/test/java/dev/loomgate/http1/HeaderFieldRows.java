package dev.loomgate.http1;

import static dev.loomgate.http1.NginxWays.ANY_HOST;
import static dev.loomgate.http1.NginxWays.ANY_VALUE;
import static dev.loomgate.http1.NginxWays.DROPS_BAD_FIELDS;
import static dev.loomgate.http1.NginxWays.EIGHT_K_FIELDS;
import static dev.loomgate.http1.NginxWays.EXPECTATION;
import static dev.loomgate.http1.NginxWays.HEADER_400;
import static dev.loomgate.http1.NginxWays.LF_ENDS_LINES;
import static dev.loomgate.http1.NginxWays.NEEDLESS_100;
import static dev.loomgate.http1.NginxWays.NO_FIELD_LIMIT;
import static dev.loomgate.http1.RawRequest.get;
import static dev.loomgate.http1.RawRequest.head;
import static dev.loomgate.http1.RawRequest.row;

import java.util.List;
import java.util.stream.Stream;

/** Raw requests of which a header field is special, but for those that frame a body. */
final class HeaderFieldRows {
    private HeaderFieldRows() {
    }

    static Stream<RawRequest> all() {
        return Stream.of(fields(), hosts(), connections(), expectations()).flatMap(List::stream);
    }

    private static List<RawRequest> fields() {
        return List.of(
                row("name in any letter case", "9110 5.1", get("x-SEEN: v")).keeps(200).sees("x=[v]"),
                row("no blank before the value", "9112 5", get("X-Seen:v")).keeps(200).sees("x=[v]"),
                row("blanks around the value", "9112 5.1", get("X-Seen: \t v w\t ")).keeps(200).sees("x=[v w]"),
                row("empty value", "9110 5.5", get("X-Seen:")).keeps(200).sees("x=[]"),
                row("value of blanks", "9110 5.5", get("X-Seen:  \t ")).keeps(200).sees("x=[]"),
                row("value with colons", "9110 5.5", get("X-Seen: a: b:c")).keeps(200).sees("x=[a: b:c]"),
                row("value with octets above 0x7f", "9110 5.5", get("X-Seen: \u00e4\u00ff")).keeps(200)
                        .sees("x=[\u00e4\u00ff]"),
                row("field twice", "9110 5.2", get("X-Seen: a", "Accept: */*", "x-seen: b")).keeps(200).sees("x=[a|b]"),
                row("name of all token characters", "9110 5.6.2", get("!#$%&'*+-.^_`|~09: v")).keeps(200),
                row("empty name", "9112 5", get(": v")).closes(400),
                row("name of blanks", "9112 5.1", get("X-A: b", "  : v")).closes(400),
                row("no colon", "9112 5", get("X-Seen v")).closes(400),
                row("space before the colon", "9112 5.1", get("X-Seen : v")).closes(400),
                row("tab before the colon", "9112 5.1", get("X-Seen\t: v")).closes(400),
                row("parenthesis in the name", "9110 5.6.2", get("X(Seen): v")).closes(400)
                        .nginxKeeps(DROPS_BAD_FIELDS, 200),
                row("octet above 0x7f in the name", "9110 5.6.2", get("X-\u00e4: v")).closes(400)
                        .nginxKeeps(DROPS_BAD_FIELDS, 200),
                row("NUL in the name", "9110 5.6.2", get("X-\0: v")).closes(400),
                row("NUL in the value", "9110 5.5", get("X-Seen: a\0b")).closes(400),
                row("control character in the value", "9110 5.5", get("X-Seen: a\1b")).closes(400)
                        .nginxKeeps(ANY_VALUE, 200),
                row("vertical tab in the value", "9110 5.5", get("X-Seen: a\u000bb")).closes(400)
                        .nginxKeeps(ANY_VALUE, 200),
                row("DEL in the value", "9110 5.5", get("X-Seen: a\u007fb")).closes(400)
                        .nginxKeeps(ANY_VALUE, 200),
                row("CR in the value", "9112 2.2", get("X-Seen: a\rb")).closes(400),
                row("LF ends a field", "9112 2.2", "GET / HTTP/1.1\r\nHost: h\r\nX-Seen: a\nX-B: c\r\n\r\n").closes(400)
                        .nginxKeeps(LF_ENDS_LINES, 200),
                row("CR ends a field", "9112 2.2", "GET / HTTP/1.1\r\nHost: h\r\nX-Seen: a\rX-B: c\r\n\r\n").closes(400),
                row("CR CR LF ends a field", "9112 2.2", "GET / HTTP/1.1\r\nHost: h\r\nX-Seen: a\r\r\n\r\n").closes(400)
                        .nginxKeeps(LF_ENDS_LINES, 200),
                row("folded line", "9112 5.2", get("X-Seen: a", " b")).closes(400),
                row("line folded with a tab", "9112 5.2", get("X-Seen: a", "\tb")).closes(400),
                row("blank before the first field", "9112 2.2", head("GET / HTTP/1.1", " Host: h")).closes(400),
                row("100 fields", "6585 5", get(many(99))).keeps(200),
                row("101 fields", "6585 5", get(many(100))).closes(431)
                        .nginxKeeps(NO_FIELD_LIMIT, 200),
                row("field longer than a buffer", "6585 5", get("X-Seen: " + "v".repeat(20_000))).keeps(200)
                        .nginxCloses(EIGHT_K_FIELDS, 400)
                        .sees("x=[" + "v".repeat(20_000) + "]"),
                row("header too long", "6585 5", get("A: " + "v".repeat(16_000), "B: " + "v".repeat(20_000))).closes(431)
                        .nginxCloses(HEADER_400, 400),
                row("header that does not end", "6585 5", "GET / HTTP/1.1\r\nHost: h\r\nX: " + "v".repeat(100_000)).closes(431)
                        .nginxCloses(HEADER_400, 400));
    }

    private static String[] many(int count) {
        return Stream.iterate(1, i -> i + 1).limit(count).map(i -> "X-" + i + ": v").toArray(String[]::new);
    }

    private static RawRequest host(String name, String rule, String value) {
        return row("host: " + name, rule, head("GET / HTTP/1.1", "Host:" + value));
    }

    private static List<RawRequest> hosts() {
        return List.of(
                row("no Host in HTTP/1.1", "9112 3.2", "GET / HTTP/1.1\r\n\r\n").closes(400),
                row("no Host in HTTP/1.0", "9112 3.2", "GET / HTTP/1.0\r\n\r\n").closes(200).sees("GET / host= "),
                row("no Host, absolute form", "9112 3.2", head("GET http://h/ HTTP/1.1", "A: b")).closes(400),
                row("two Hosts", "9112 3.2", get("Host: i")).closes(400),
                row("the same Host twice", "9112 3.2", get("host: h")).closes(400),
                host("empty", "9112 3.2", "").closes(400),
                host("with port", "9110 7.2", " h:8080").keeps(200).sees("host=h:8080"),
                host("with empty port", "3986 3.2.3", " h:").keeps(200),
                host("port of letters", "9112 3.2", " h:x").closes(400)
                        .nginxKeeps(ANY_HOST, 200),
                host("port above 65535", "9112 3.2", " h:65536").closes(400)
                        .nginxKeeps(ANY_HOST, 200),
                host("port below zero", "9112 3.2", " h:-1").closes(400)
                        .nginxKeeps(ANY_HOST, 200),
                host("two ports", "9112 3.2", " h:1:2").closes(400)
                        .nginxKeeps(ANY_HOST, 200),
                host("port only", "9112 3.2", " :80").closes(400),
                host("blank in it", "9112 3.2", " a b").closes(400),
                host("tab in it", "9112 3.2", " a\tb").closes(400),
                host("slash in it", "9112 3.2", " h/x").closes(400),
                host("with a user", "9112 3.2", " u@h").closes(400)
                        .nginxKeeps(ANY_HOST, 200),
                host("octet above 0x7f", "9112 3.2", " \u00e4").closes(400)
                        .nginxKeeps(ANY_HOST, 200),
                host("quotation mark", "9112 3.2", " \"h\"").closes(400)
                        .nginxKeeps(ANY_HOST, 200),
                host("IPv4", "3986 3.2.2", " 127.0.0.1").keeps(200),
                host("IPv6", "3986 3.2.2", " [::1]:80").keeps(200).sees("host=[::1]:80"),
                host("IPv6 without the last bracket", "3986 3.2.2", " [::1").closes(400)
                        .nginxKeeps(ANY_HOST, 200),
                host("IPv6 and more", "3986 3.2.2", " [::1]x").closes(400)
                        .nginxKeeps(ANY_HOST, 200));
    }

    private static List<RawRequest> connections() {
        return List.of(
                row("close", "9112 9.6", get("Connection: close")).closes(200),
                row("Close among others", "9110 7.6.1", get("Connection: x-y, Close")).closes(200),
                row("close and keep-alive", "9112 9.3", get("Connection: close, keep-alive")).closes(200),
                row("close in a second field", "9110 5.3", get("Connection: keep-alive", "Connection: close")).closes(200),
                row("unknown option", "9110 7.6.1", get("Connection: x-y")).keeps(200),
                row("keep-alive in HTTP/1.0", "9112 9.3", head("GET / HTTP/1.0", "Connection: Keep-Alive")).keeps(200),
                row("close in HTTP/1.0", "9112 9.3", head("GET / HTTP/1.0", "Connection: close")).closes(200),
                row("requests behind a close", "9112 9.6", get("Connection: close") + get()).closes(200),
                row("upgrade to an unknown protocol", "9110 7.8", get("Connection: upgrade", "Upgrade: x/1")).keeps(200),
                row("upgrade that Connection does not name", "9110 7.8", get("Upgrade: h2c")).keeps(200));
    }

    private static List<RawRequest> expectations() {
        return List.of(
                row("100-continue", "9110 10.1.1", head("POST / HTTP/1.1", "Host: h", "Content-Length: 3",
                        "Expect: 100-continue") + "abc").keeps(100, 200).sees("body=[abc]"),
                row("100-continue in other letters", "9110 10.1.1", head("POST / HTTP/1.1", "Host: h", "Content-Length: 3",
                        "Expect: 100-Continue") + "abc").keeps(100, 200).sees("body=[abc]"),
                row("100-continue without a body", "9110 10.1.1", get("Expect: 100-continue")).keeps(200)
                        .nginxKeeps(NEEDLESS_100, 100, 200),
                row("100-continue in HTTP/1.0", "9110 10.1.1", head("POST / HTTP/1.0", "Content-Length: 3",
                        "Expect: 100-continue") + "abc").closes(200).sees("body=[abc]"),
                row("another expectation", "9110 10.1.1", get("Expect: x=y")).closes(417)
                        .nginxKeeps(EXPECTATION, 200));
    }
}

package dev.loomgate.http1;

import static dev.loomgate.http1.NginxWays.ABOVE_ROOT;
import static dev.loomgate.http1.NginxWays.ANY_SCHEME;
import static dev.loomgate.http1.NginxWays.CR_BEFORE_LINES;
import static dev.loomgate.http1.NginxWays.EIGHT_K_LINE;
import static dev.loomgate.http1.NginxWays.FRAGMENT;
import static dev.loomgate.http1.NginxWays.HTTP_09;
import static dev.loomgate.http1.NginxWays.LF_ENDS_LINES;
import static dev.loomgate.http1.NginxWays.METHOD_400;
import static dev.loomgate.http1.NginxWays.METHOD_LENGTH;
import static dev.loomgate.http1.NginxWays.METHOD_LETTERS;
import static dev.loomgate.http1.NginxWays.NO_OPTIONS_ALL;
import static dev.loomgate.http1.NginxWays.OCTETS_IN_TARGET;
import static dev.loomgate.http1.NginxWays.SPACES;
import static dev.loomgate.http1.NginxWays.TRACE_405;
import static dev.loomgate.http1.NginxWays.VERSION_400;
import static dev.loomgate.http1.NginxWays.VERSION_DIGITS;
import static dev.loomgate.http1.RawRequest.get;
import static dev.loomgate.http1.RawRequest.head;
import static dev.loomgate.http1.RawRequest.row;

import java.util.List;
import java.util.stream.Stream;

/** Raw requests of which the request line, or what stands before it, is special. */
final class RequestLineRows {
    private static final String HOST = "Host: h";

    private RequestLineRows() {
    }

    static Stream<RawRequest> all() {
        return Stream.of(methods(), targets(), versions(), lines()).flatMap(List::stream);
    }

    private static List<RawRequest> methods() {
        return List.of(
                row("GET", "9112 3.1", get()).keeps(200).sees("GET / "),
                row("DELETE", "9112 3.1", head("DELETE /x HTTP/1.1", HOST)).keeps(200).sees("DELETE /x "),
                row("PUT without a body", "9112 6.3", head("PUT /x HTTP/1.1", HOST)).keeps(200).sees("PUT /x "),
                row("method that nobody knows", "9110 9.1", head("BREW /pot HTTP/1.1", HOST)).keeps(200).sees("BREW /pot "),
                row("method of all token characters", "9110 5.6.2", head("M!#$%&'*+-.^_`|~9 / HTTP/1.1", HOST)).keeps(200)
                        .nginxCloses(METHOD_LETTERS, 400)
                        .sees("M!#$%&'*+-.^_`|~9 / "),
                row("method in small letters", "9110 9.1", head("get / HTTP/1.1", HOST)).closes(501)
                        .nginxCloses(METHOD_400, 400),
                row("method of 33 letters", "9110 15.6.2", head("A".repeat(33) + " / HTTP/1.1", HOST)).closes(501)
                        .nginxKeeps(METHOD_LENGTH, 200),
                row("method with a parenthesis", "9112 3.1", head("GE(T / HTTP/1.1", HOST)).closes(400),
                row("method that begins with one", "9112 3.1", head("(GET / HTTP/1.1", HOST)).closes(400),
                row("no method", "9112 3", head(" / HTTP/1.1", HOST)).closes(400),
                row("CONNECT", "9110 9.3.6", head("CONNECT h:80 HTTP/1.1", "Host: h:80")).closes(501)
                        .nginxCloses(METHOD_400, 400),
                row("TRACE", "9110 9.3.8", head("TRACE / HTTP/1.1", HOST)).keeps(200)
                        .nginxCloses(TRACE_405, 405).sees("TRACE / "),
                row("OPTIONS of the server", "9112 3.2.4", head("OPTIONS * HTTP/1.1", HOST)).keeps(200)
                        .nginxCloses(NO_OPTIONS_ALL, 400),
                row("OPTIONS of the server, absolute", "9112 3.2.4", head("OPTIONS http://h HTTP/1.1", HOST)).keeps(200),
                row("OPTIONS of a path", "9110 9.3.7", head("OPTIONS /x HTTP/1.1", HOST)).keeps(200).sees("OPTIONS /x "),
                row("preface of HTTP/2", "9113 3.4", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").closes(505)
                        .nginxCloses(VERSION_400, 400));
    }

    private static List<RawRequest> targets() {
        return List.of(
                row("origin form with query", "9112 3.2.1", head("GET /a/b?c=d&e HTTP/1.1", HOST)).keeps(200)
                        .sees("GET /a/b?c=d&e host=h"),
                row("absolute form", "9112 3.2.2", head("GET http://h/a?b HTTP/1.1", HOST)).keeps(200).sees("GET /a?b host=h"),
                row("absolute form, another host", "9112 3.2.2", head("GET http://other:81/a HTTP/1.1", HOST)).keeps(200)
                        .sees("GET /a host=other:81 field=other:81"),
                row("absolute form without path", "9112 3.2.2", head("GET HTTP://h HTTP/1.1", HOST)).keeps(200).sees("GET / "),
                row("absolute form, query only", "9112 3.2.2", head("GET http://h?q HTTP/1.1", HOST)).keeps(200)
                        .sees("GET /?q "),
                row("absolute form, https", "9112 3.2.2", head("GET https://h/ HTTP/1.1", HOST)).keeps(200).sees("GET / "),
                row("absolute form without host", "9110 4.2.1", head("GET http:///a HTTP/1.1", HOST)).closes(400),
                row("absolute form with a user", "9110 4.2.4", head("GET http://u:p@h/ HTTP/1.1", HOST)).closes(400),
                row("absolute form, bad port", "9110 4.2.1", head("GET http://h:x/ HTTP/1.1", HOST)).closes(400),
                row("absolute form of FTP", "9110 4.2", head("GET ftp://h/ HTTP/1.1", HOST)).closes(400)
                        .nginxKeeps(ANY_SCHEME, 200),
                row("authority form in GET", "9112 3.2.3", head("GET h:80 HTTP/1.1", HOST)).closes(400),
                row("asterisk form in GET", "9112 3.2.4", head("GET * HTTP/1.1", HOST)).closes(400),
                row("target without a slash", "9112 3.2", head("GET index.html HTTP/1.1", HOST)).closes(400),
                row("fragment", "9112 3.2.1", head("GET /a#b HTTP/1.1", HOST)).closes(400)
                        .nginxKeeps(FRAGMENT, 200),
                row("space in the target", "9112 3.2", head("GET /a b HTTP/1.1", HOST)).closes(400),
                row("tab in the target", "9112 3.2", head("GET /a\tb HTTP/1.1", HOST)).closes(400),
                row("NUL in the target", "9112 3.2", head("GET /a\0b HTTP/1.1", HOST)).closes(400),
                row("control character in the target", "9112 3.2", head("GET /a\1b HTTP/1.1", HOST)).closes(400),
                row("DEL in the target", "9112 3.2", head("GET /a\u007fb HTTP/1.1", HOST)).closes(400),
                row("octet above 0x7f in the target", "3986 2", head("GET /\u00e4 HTTP/1.1", HOST)).closes(400)
                        .nginxKeeps(OCTETS_IN_TARGET, 200),
                row("what browsers send unencoded", "3986 2", head("GET /a|b\"<>^`{}\\ HTTP/1.1", HOST)).keeps(200)
                        .sees("GET /a|b\"<>^`{}\\ "),
                row("the same with a path parameter", "3986 3.3", head("GET /a;p=|\" HTTP/1.1", HOST)).keeps(200)
                        .sees("GET /a;p=|\" "),
                row("the same in the query", "3986 3.4", head("GET /a?b=|\"[]{} HTTP/1.1", HOST)).keeps(200)
                        .sees("GET /a?b=|\"[]{} "),
                row("percent sign and no hexadecimal digits", "3986 2.1", head("GET /a%zz HTTP/1.1", HOST)).closes(400),
                row("percent sign and one digit", "3986 2.1", head("GET /a%4 HTTP/1.1", HOST)).closes(400),
                row("percent sign at the end of the query", "3986 2.1", head("GET /a?b=5% HTTP/1.1", HOST)).keeps(200)
                        .sees("GET /a?b=5% "),
                row("percent sign of JavaScript's escape in the query", "3986 2.1", head("GET /a?b=%u0041 HTTP/1.1", HOST)).keeps(200)
                        .sees("GET /a?b=%u0041 "),
                row("encoded NUL", "3986 7.3", head("GET /a%00b HTTP/1.1", HOST)).closes(400),
                row("encoded, not UTF-8", "3986 2.5", head("GET /a%ff HTTP/1.1", HOST)).keeps(200).sees("GET /a%ff "),
                row("dot segments", "3986 5.2.4", head("GET /a/./b/../c HTTP/1.1", HOST)).keeps(200).sees("path=/a/c"),
                row("dot segments above the root", "3986 5.2.4", head("GET /../../c HTTP/1.1", HOST)).keeps(200)
                        .nginxCloses(ABOVE_ROOT, 400).sees("path=/c"),
                row("encoded dot segments", "3986 6.2.2.2", head("GET /a/%2e%2e/%2E%2e/c HTTP/1.1", HOST)).keeps(200)
                        .nginxCloses(ABOVE_ROOT, 400)
                        .sees("path=/c"),
                row("request line as long as allowed", "9112 3", "GET /" + "a".repeat(8_192 - 15) + " HTTP/1.1\r\n"
                        + head(HOST)).keeps(200)
                        .nginxCloses(EIGHT_K_LINE, 414),
                row("request line too long", "9110 15.5.15", "GET /" + "a".repeat(9_000) + " HTTP/1.1\r\n" + head(HOST))
                        .closes(414),
                row("request line that does not end", "9110 15.5.15", "GET /" + "a".repeat(40_000)).closes(414));
    }

    private static List<RawRequest> versions() {
        return List.of(
                row("HTTP/0.9", "9112 2.3", "GET /\r\n\r\n").closes(400)
                        .nginxCloses(HTTP_09),
                row("HTTP/1.0", "9112 2.3", head("GET /x HTTP/1.0")).closes(200).sees("GET /x "),
                row("HTTP/1.2", "9110 2.5", head("GET /x HTTP/1.2", HOST)).keeps(200).sees("GET /x "),
                row("HTTP/1.9", "9110 2.5", head("GET /x HTTP/1.9", HOST)).keeps(200).sees("GET /x "),
                row("HTTP/2.0", "9110 15.6.6", head("GET / HTTP/2.0", HOST)).closes(505),
                row("HTTP/0.9 spelled out", "9110 15.6.6", head("GET / HTTP/0.9", HOST)).closes(505)
                        .nginxCloses(VERSION_400, 400),
                row("version of two digits", "9112 2.3", head("GET / HTTP/1.10", HOST)).closes(400)
                        .nginxKeeps(VERSION_DIGITS, 200),
                row("version with leading zero", "9112 2.3", head("GET / HTTP/01.1", HOST)).closes(400),
                row("version without minor", "9112 2.3", head("GET / HTTP/1", HOST)).closes(400),
                row("version with empty minor", "9112 2.3", head("GET / HTTP/1.", HOST)).closes(400),
                row("version in small letters", "9112 2.3", head("GET / http/1.1", HOST)).closes(400),
                row("another protocol", "9112 2.3", head("GET / ICY/1.1", HOST)).closes(400),
                row("space within the version", "9112 3", head("GET / HTTP/ 1.1", HOST)).closes(400),
                row("space behind the version", "9112 3", head("GET / HTTP/1.1 ", HOST)).closes(400)
                        .nginxKeeps(SPACES, 200));
    }

    private static List<RawRequest> lines() {
        return List.of(
                row("two spaces before the target", "9112 3", head("GET  / HTTP/1.1", HOST)).closes(400)
                        .nginxKeeps(SPACES, 200),
                row("two spaces before the version", "9112 3", head("GET /  HTTP/1.1", HOST)).closes(400)
                        .nginxKeeps(SPACES, 200),
                row("tabs for spaces", "9112 3", head("GET\t/\tHTTP/1.1", HOST)).closes(400),
                row("vertical tab for a space", "9112 3", head("GET /\u000bHTTP/1.1", HOST)).closes(400),
                row("space before the request line", "9112 3", head(" GET / HTTP/1.1", HOST)).closes(400),
                row("nothing but a method", "9112 3", "GET\r\n\r\n").closes(400),
                row("LF ends all lines", "9112 2.2", "GET / HTTP/1.1\nHost: h\n\n").closes(400)
                        .nginxKeeps(LF_ENDS_LINES, 200),
                row("LF ends the request line", "9112 2.2", "GET / HTTP/1.1\nHost: h\r\n\r\n").closes(400)
                        .nginxKeeps(LF_ENDS_LINES, 200),
                row("LF ends the header", "9112 2.2", "GET / HTTP/1.1\r\nHost: h\r\n\n").closes(400)
                        .nginxKeeps(LF_ENDS_LINES, 200),
                row("CR ends the request line", "9112 2.2", "GET / HTTP/1.1\rHost: h\r\n\r\n").closes(400),
                row("CR CR LF ends the request line", "9112 2.2", "GET / HTTP/1.1\r\r\nHost: h\r\n\r\n").closes(400),
                row("CR within the target", "9112 2.2", "GET /\ra HTTP/1.1\r\nHost: h\r\n\r\n").closes(400),
                row("empty line before the request", "9112 2.2", "\r\n" + get()).keeps(200),
                row("four empty lines before the request", "9112 2.2", "\r\n".repeat(4) + get()).keeps(200),
                row("five empty lines before the request", "9112 2.2", "\r\n".repeat(5) + get()).closes(400)
                        .nginxKeeps(CR_BEFORE_LINES, 200),
                row("empty line that ends in LF alone", "9112 2.2", "\n" + get()).closes(400)
                        .nginxKeeps(CR_BEFORE_LINES, 200),
                row("CR alone before the request", "9112 2.2", "\r" + get()).closes(400)
                        .nginxKeeps(CR_BEFORE_LINES, 200),
                row("hello of TLS", "9112 3", new byte[] {0x16, 3, 1, 2, 0, 1, 0, 1, (byte) 0xfc, 3, 3, 'x', 'y'}).closes(400),
                row("zeros", "9112 3", new byte[64]).closes(400),
                row("all octets", "9112 3", everyOctet()).closes(400));
    }

    private static byte[] everyOctet() {
        var bytes = new byte[256];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) i;
        }
        return bytes;
    }
}

package dev.loomgate.http1;

import static dev.loomgate.http1.NginxWays.BODY_ERROR;
import static dev.loomgate.http1.NginxWays.BODY_FIRST;
import static dev.loomgate.http1.NginxWays.CHUNK_BLANKS;
import static dev.loomgate.http1.NginxWays.CHUNK_OCTETS;
import static dev.loomgate.http1.NginxWays.CHUNK_UNBOUNDED;
import static dev.loomgate.http1.NginxWays.LF_ENDS_LINES;
import static dev.loomgate.http1.NginxWays.NOT_TRIMMED;
import static dev.loomgate.http1.NginxWays.UNKNOWN_CODING;
import static dev.loomgate.http1.NginxWays.UNREAD_CHUNKS;
import static dev.loomgate.http1.RawRequest.chunks;
import static dev.loomgate.http1.RawRequest.get;
import static dev.loomgate.http1.RawRequest.head;
import static dev.loomgate.http1.RawRequest.post;
import static dev.loomgate.http1.RawRequest.row;

import java.util.List;
import java.util.stream.Stream;

/** Raw requests of which the length or the coding of the body is special: where request smuggling begins. */
final class BodyFramingRows {
    private BodyFramingRows() {
    }

    static Stream<RawRequest> all() {
        return Stream.of(lengths(), codings(), chunkLines(), chunkEnds(), pipelines()).flatMap(List::stream);
    }

    private static RawRequest length(String name, String value) {
        return row("length: " + name, "9110 8.6", post("abcd", "Content-Length:" + value));
    }

    private static List<RawRequest> lengths() {
        return List.of(
                length("4", " 4").keeps(200).sees("body=[abcd]"),
                length("no blank, and blanks behind", "4 \t").keeps(200)
                        .nginxCloses(NOT_TRIMMED, 400).sees("body=[abcd]"),
                length("leading zeros", " 0004").keeps(200).sees("body=[abcd]"),
                row("length: 0", "9110 8.6", post("", "Content-Length: 0")).keeps(200).sees("body=[]"),
                length("+4", " +4").closes(400),
                length("-1", " -1").closes(400),
                length("-0", " -0").closes(400),
                length("hexadecimal", " 0x4").closes(400),
                length("fraction", " 4.0").closes(400),
                length("list of equals", " 4, 4").closes(400),
                length("list of differents", " 4, 5").closes(400),
                length("two numbers", " 4 4").closes(400),
                length("empty", "").closes(400),
                length("letters", " four").closes(400),
                length("quoted", " \"4\"").closes(400),
                length("Arabic-Indic digit, as UTF-8", " \u00d9\u00a4").closes(400),
                length("more than 63 bits", " 9223372036854775808").closes(400),
                length("64 bits and 4", " 18446744073709551620").closes(400),
                length("30 digits", " " + "9".repeat(30)).closes(400),
                row("length: the same twice", "9112 6.3", post("abcd", "Content-Length: 4", "Content-Length: 4")).closes(400),
                row("length: two differents", "9112 6.3", post("abcd", "Content-Length: 4", "Content-Length: 5")).closes(400),
                row("body of GET", "9110 9.3.1", get("Content-Length: 4") + "abcd").keeps(200).sees("body=[abcd]"),
                row("body of HTTP/1.0", "9112 6.3", head("POST / HTTP/1.0", "Content-Length: 4") + "abcd").closes(200)
                        .sees("body=[abcd]"),
                row("body longer than allowed", "9110 15.5.14", post("a", "Content-Length: 2000000")).closes(413));
    }

    private static RawRequest coding(String name, String... fields) {
        return row("coding: " + name, "9112 6.1", post("4\r\nabcd\r\n0\r\n\r\n", fields));
    }

    private static List<RawRequest> codings() {
        return List.of(
                coding("chunked", "Transfer-Encoding: chunked").keeps(200).sees("body=[abcd]"),
                coding("chunked in any letters", "transfer-encoding: cHuNkEd").keeps(200).sees("body=[abcd]"),
                coding("chunked, blanks around", "Transfer-Encoding: \tchunked ").keeps(200)
                        .nginxCloses(NOT_TRIMMED, 501).sees("body=[abcd]"),
                coding("xchunked", "Transfer-Encoding: xchunked").closes(400)
                        .nginxCloses(UNKNOWN_CODING, 501),
                coding("identity", "Transfer-Encoding: identity").closes(400)
                        .nginxCloses(UNKNOWN_CODING, 501),
                coding("empty", "Transfer-Encoding:").closes(400)
                        .nginxCloses(UNKNOWN_CODING, 501),
                coding("comma", "Transfer-Encoding: ,").closes(400)
                        .nginxCloses(UNKNOWN_CODING, 501),
                coding("gzip, chunked", "Transfer-Encoding: gzip, chunked").closes(501),
                coding("chunked, gzip", "Transfer-Encoding: chunked, gzip").closes(400)
                        .nginxCloses(UNKNOWN_CODING, 501),
                coding("chunked, identity", "Transfer-Encoding: chunked, identity").closes(400)
                        .nginxCloses(UNKNOWN_CODING, 501),
                coding("identity, chunked", "Transfer-Encoding: identity, chunked").closes(501),
                coding("chunked, chunked", "Transfer-Encoding: chunked, chunked").closes(400)
                        .nginxCloses(UNKNOWN_CODING, 501),
                coding("chunked and a comma", "Transfer-Encoding: chunked,").closes(400)
                        .nginxCloses(UNKNOWN_CODING, 501),
                coding("comma and chunked", "Transfer-Encoding: ,chunked").closes(400)
                        .nginxCloses(UNKNOWN_CODING, 501),
                coding("chunked with a parameter", "Transfer-Encoding: chunked;a=b").closes(400)
                        .nginxCloses(UNKNOWN_CODING, 501),
                coding("chunked quoted", "Transfer-Encoding: \"chunked\"").closes(400)
                        .nginxCloses(UNKNOWN_CODING, 501),
                coding("chunked with a vertical tab", "Transfer-Encoding: \u000bchunked").closes(400)
                        .nginxCloses(UNKNOWN_CODING, 501),
                coding("chunked with a no-break space", "Transfer-Encoding: \u00a0chunked").closes(400)
                        .nginxCloses(UNKNOWN_CODING, 501),
                coding("chunked with a NEL", "Transfer-Encoding: chunked\u0085").closes(400)
                        .nginxCloses(UNKNOWN_CODING, 501),
                coding("twice", "Transfer-Encoding: chunked", "Transfer-Encoding: chunked").closes(400),
                coding("twice, different", "Transfer-Encoding: chunked", "Transfer-Encoding: identity").closes(400),
                coding("folded", "Transfer-Encoding:", " chunked").closes(400),
                coding("blank before the colon", "Transfer-Encoding : chunked").closes(400),
                coding("with a length", "Transfer-Encoding: chunked", "Content-Length: 4").closes(400),
                coding("behind a length", "Content-Length: 4", "Transfer-Encoding: chunked").closes(400),
                coding("identity with a length", "Content-Length: 4", "Transfer-Encoding: identity").closes(400)
                        .nginxCloses(UNKNOWN_CODING, 501),
                row("coding: in HTTP/1.0", "9112 6.1", head("POST / HTTP/1.0", "Transfer-Encoding: chunked")
                        + "4\r\nabcd\r\n0\r\n\r\n").closes(400));
    }

    private static RawRequest chunk(String name, String body) {
        return row("chunk: " + name, "9112 7.1", chunks(body));
    }

    private static List<RawRequest> chunkLines() {
        return List.of(
                chunk("several", "3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n").keeps(200).sees("body=[abcd]"),
                chunk("none", "0\r\n\r\n").keeps(200).sees("body=[]"),
                chunk("hexadecimal digits", "A\r\n0123456789\r\na\r\n0123456789\r\n0\r\n\r\n").keeps(200)
                        .sees("body=[01234567890123456789]"),
                chunk("leading zeros", "0004\r\nabcd\r\n000\r\n\r\n").keeps(200).sees("body=[abcd]"),
                chunk("extension", "4;a=b\r\nabcd\r\n0;c\r\n\r\n").keeps(200).sees("body=[abcd]"),
                chunk("quoted extension", "4;a=\"b;\\\" c\"\r\nabcd\r\n0\r\n\r\n").keeps(200).sees("body=[abcd]"),
                chunk("blanks before an extension", "4 \t;a\r\nabcd\r\n0\r\n\r\n").keeps(200).sees("body=[abcd]"),
                chunk("LF in an extension", "4;a\nabcd\r\n0\r\n\r\n").closes(400)
                        .nginxKeeps(CHUNK_OCTETS, 200),
                chunk("CR in an extension", "4;a\rb\r\nabcd\r\n0\r\n\r\n").closes(400),
                chunk("NUL in an extension", "4;a\0\r\nabcd\r\n0\r\n\r\n").closes(400)
                        .nginxKeeps(CHUNK_OCTETS, 200),
                chunk("huge extension", "4;" + "a".repeat(20_000) + "\r\nabcd\r\n0\r\n\r\n").closes(400)
                        .nginxKeeps(CHUNK_UNBOUNDED, 200),
                chunk("many extensions", "1;aaaaaaaaaaaaaaa\r\na\r\n".repeat(1_100) + "0\r\n\r\n").closes(400)
                        .nginxKeeps(CHUNK_UNBOUNDED, 200),
                chunk("blank behind the size", "4 \r\nabcd\r\n0\r\n\r\n").closes(400)
                        .nginxKeeps(CHUNK_BLANKS, 200),
                chunk("blank before the size", " 4\r\nabcd\r\n0\r\n\r\n").closes(400),
                chunk("plus sign", "+4\r\nabcd\r\n0\r\n\r\n").closes(400),
                chunk("minus sign", "-4\r\nabcd\r\n0\r\n\r\n").closes(400),
                chunk("0x", "0x4\r\nabcd\r\n0\r\n\r\n").closes(400),
                chunk("no hexadecimal digit", "g\r\nabcd\r\n0\r\n\r\n").closes(400),
                chunk("no size", "\r\nabcd\r\n0\r\n\r\n").closes(400),
                chunk("extension without a size", ";a\r\nabcd\r\n0\r\n\r\n").closes(400),
                chunk("quoted size", "\"4\"\r\nabcd\r\n0\r\n\r\n").closes(400),
                chunk("size of 16 digits", "0000000000000004\r\nabcd\r\n0\r\n\r\n").closes(400)
                        .nginxKeeps(CHUNK_UNBOUNDED, 200),
                chunk("size of 2^64 and 4", "10000000000000004\r\nabcd\r\n0\r\n\r\n").closes(400),
                chunk("size of 2^63", "8000000000000000\r\nabcd").closes(400),
                chunk("longer than allowed", "200000\r\na").closes(413)
                        .nginxCloses(UNREAD_CHUNKS, 200));
    }

    private static List<RawRequest> chunkEnds() {
        return List.of(
                chunk("size ends with LF", "4\nabcd\r\n0\r\n\r\n").closes(400)
                        .nginxKeeps(LF_ENDS_LINES, 200),
                chunk("size ends with CR", "4\rabcd\r\n0\r\n\r\n").closes(400),
                chunk("size ends with CR CR LF", "4\r\r\nabcd\r\n0\r\n\r\n").closes(400),
                chunk("data longer than its size", "4\r\nabcde\r\n0\r\n\r\n").closes(400),
                chunk("data without CRLF", "4\r\nabcd0\r\n\r\n").closes(400),
                chunk("data ends with LF", "4\r\nabcd\n0\r\n\r\n").closes(400)
                        .nginxKeeps(LF_ENDS_LINES, 200),
                chunk("data ends with CR", "4\r\nabcd\r0\r\n\r\n").closes(400),
                chunk("data ends with any two octets", "4\r\nabcdXX0\r\n\r\n").closes(400),
                chunk("last one ends with LF", "4\r\nabcd\r\n0\n\r\n").closes(400)
                        .nginxKeeps(LF_ENDS_LINES, 200),
                chunk("trailer", "4\r\nabcd\r\n0\r\nX-Seen: t\r\nB: \"c\"\r\n\r\n").keeps(200).sees("body=[abcd] x=[]"),
                chunk("trailer that frames", "4\r\nabcd\r\n0\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n")
                        .keeps(200).sees("body=[abcd]"),
                chunk("trailer without colon", "4\r\nabcd\r\n0\r\nab\r\n\r\n").closes(400)
                        .nginxKeeps(CHUNK_OCTETS, 200),
                chunk("trailer without name", "4\r\nabcd\r\n0\r\n: b\r\n\r\n").closes(400)
                        .nginxKeeps(CHUNK_OCTETS, 200),
                chunk("blank before the trailer's colon", "4\r\nabcd\r\n0\r\na : b\r\n\r\n").closes(400)
                        .nginxKeeps(CHUNK_OCTETS, 200),
                chunk("folded trailer", "4\r\nabcd\r\n0\r\na: b\r\n c\r\n\r\n").closes(400)
                        .nginxKeeps(CHUNK_OCTETS, 200),
                chunk("NUL in the trailer", "4\r\nabcd\r\n0\r\na: \0\r\n\r\n").closes(400)
                        .nginxKeeps(CHUNK_OCTETS, 200),
                chunk("trailer ends with LF", "4\r\nabcd\r\n0\r\na: b\n\r\n").closes(400)
                        .nginxKeeps(LF_ENDS_LINES, 200),
                chunk("body ends with LF", "4\r\nabcd\r\n0\r\na: b\r\n\n").closes(400)
                        .nginxKeeps(LF_ENDS_LINES, 200),
                chunk("body ends with CR CR LF", "4\r\nabcd\r\n0\r\n\r\r\n").closes(400),
                chunk("trailer too long", "4\r\nabcd\r\n0\r\na: " + "b".repeat(40_000) + "\r\n\r\n").closes(431)
                        .nginxKeeps(CHUNK_UNBOUNDED, 200));
    }

    private static List<RawRequest> pipelines() {
        return List.of(
                row("two requests", "9112 9.3.2", get() + get("X-Seen: 2")).keeps(200, 200).sees("x=[2]"),
                row("request behind a body", "9112 6.3", post("abcd", "Content-Length: 4") + get()).keeps(200, 200),
                row("request behind chunks", "9112 6.3", chunks("4\r\nabcd\r\n0\r\n\r\n") + get()).keeps(200, 200),
                row("request behind a trailer", "9112 7.1.2", chunks("0\r\nA: b\r\n\r\n") + get()).keeps(200, 200),
                row("empty line between requests", "9112 2.2", post("abcd", "Content-Length: 4") + "\r\n" + get())
                        .keeps(200, 200),
                row("body not read by its handler", "9112 9.3", "POST /ignore HTTP/1.1\r\n"
                        + head("Host: h", "Content-Length: 4") + "abcd" + get()).keeps(200, 200),
                row("chunks not read by their handler", "9112 9.3", "POST /ignore HTTP/1.1\r\n"
                        + head("Host: h", "Transfer-Encoding: chunked") + "4\r\nabcd\r\n0\r\n\r\n" + get()).keeps(200, 200),
                row("wrong chunks not read by their handler", "9112 7.1", "POST /ignore HTTP/1.1\r\n"
                        + head("Host: h", "Transfer-Encoding: chunked") + "4\r\nabcdXX\r\n0\r\n\r\n" + get()).closes(200)
                        .nginxCloses(BODY_FIRST, 400),
                row("wrong chunks of which the handler hides the error", "9112 7.1", "POST /hide HTTP/1.1\r\n"
                        + head("Host: h", "Transfer-Encoding: chunked") + "4\r\nabcdX\r\n0\r\n\r\n" + get()).closes(200)
                        .nginxCloses(BODY_ERROR, 400),
                row("more behind the body than its length", "9112 6.3", post("abcdGARBAGE\r\n\r\n", "Content-Length: 4"))
                        .closes(200, 400));
    }
}

package dev.loomgate.http1;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * A row of the tables of raw requests: what a client sends, what the right answer is, and what nginx answers where that is
 * something else.
 *
 * @param name  what is special about the request
 * @param rule  section that rules it; "RFC" left out
 * @param bytes what is sent
 * @param right the right answer
 * @param sees  part of what the handler tells it saw, or null
 * @param nginx what nginx answers
 * @param why   why we don't answer as nginx does, or null where we do
 */
record RawRequest(String name, String rule, byte[] bytes, Answer right, String sees, Answer nginx, String why) {
    /**
     * What comes back.
     *
     * @param statuses of the responses in their order; none if the connection ends without one
     * @param keeps    whether the connection serves another request then
     */
    record Answer(List<Integer> statuses, boolean keeps) {
    }

    /** A row for text that is sent as ISO-8859-1; continue with {@link #keeps} or {@link #closes}. */
    static RawRequest row(String name, String rule, String text) {
        return row(name, rule, text.getBytes(StandardCharsets.ISO_8859_1));
    }

    static RawRequest row(String name, String rule, byte[] bytes) {
        return new RawRequest(name, rule, bytes, null, null, null, null);
    }

    /** Right answer: these statuses, and the connection goes on. */
    RawRequest keeps(Integer... statuses) {
        return answered(new Answer(Arrays.asList(statuses), true));
    }

    /** Right answer: these statuses, and the connection ends. */
    RawRequest closes(Integer... statuses) {
        return answered(new Answer(Arrays.asList(statuses), false));
    }

    private RawRequest answered(Answer answer) {
        return new RawRequest(name, rule, bytes, answer, sees, answer, null);
    }

    RawRequest sees(String text) {
        return new RawRequest(name, rule, bytes, right, text, nginx, why);
    }

    /** What nginx does otherwise: these statuses, and the connection goes on. */
    RawRequest nginxKeeps(String reason, Integer... statuses) {
        return new RawRequest(name, rule, bytes, right, sees, new Answer(Arrays.asList(statuses), true), reason);
    }

    /** What nginx does otherwise: these statuses, and the connection ends. */
    RawRequest nginxCloses(String reason, Integer... statuses) {
        return new RawRequest(name, rule, bytes, right, sees, new Answer(Arrays.asList(statuses), false), reason);
    }

    /** A header section: these lines with their ends, and the empty line. */
    static String head(String... lines) {
        return String.join("\r\n", lines) + "\r\n\r\n";
    }

    /** A GET of / by HTTP/1.1 with these fields besides Host. */
    static String get(String... fields) {
        return "GET / HTTP/1.1\r\nHost: h\r\n" + (fields.length == 0 ? "\r\n" : head(fields));
    }

    /** A POST of a body in chunks, as it stands on the wire. */
    static String chunks(String body) {
        return "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" + body;
    }

    /** A POST with these fields besides Host, and what follows the header. */
    static String post(String body, String... fields) {
        return "POST / HTTP/1.1\r\nHost: h\r\n" + head(fields) + body;
    }

    @Override
    public String toString() {
        return name + " (" + rule + ")";
    }
}

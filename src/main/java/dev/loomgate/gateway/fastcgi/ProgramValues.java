package dev.loomgate.gateway.fastcgi;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;

import dev.loomgate.upstream.Connection;

/** What a program says of itself when it is asked (FCGI_GET_VALUES, section 4.1 of the specification). */
final class ProgramValues {
    /** Largest number of connections that the program takes at once. */
    static final String MAX_CONNS = "FCGI_MAX_CONNS";

    private ProgramValues() {
    }

    /**
     * Asks for the largest number of connections. Many programs do not say (php-fpm), or speak for one process of many (those
     * made with libfcgi say 1).
     *
     * @param connection a connection for this question alone
     * @param patience   how long to wait for the answer
     * @return the number, or empty if the program does not say
     * @throws IOException if the connection fails
     */
    static OptionalInt maxConnections(Connection connection, Duration patience) throws IOException {
        connection.write(RecordWriter.getValues(MAX_CONNS));
        long deadline = System.nanoTime() + patience.toNanos();
        var records = new RecordReader(connection::read);
        var answer = new ByteArrayOutputStream();
        while (true) {
            Duration left = Duration.ofNanos(deadline - System.nanoTime());
            if (left.isNegative() || !records.isComplete() && connection.pauses(left)) {
                return OptionalInt.empty();
            }
            if (records.hasContent()) {
                byte[] piece = new byte[records.contentLeft()];
                answer.write(piece, 0, Math.max(0, records.readContent(piece, 0, piece.length)));
            } else if (records.advance() == RecordReader.Step.RECORD_ENDED) {
                return records.type() == RecordType.GET_VALUES_RESULT ? number(parse(answer.toByteArray()).get(MAX_CONNS))
                        : OptionalInt.empty();
            }
        }
    }

    private static OptionalInt number(String value) {
        return value != null && value.matches("[0-9]{1,9}") ? OptionalInt.of(Integer.parseInt(value)) : OptionalInt.empty();
    }

    /** Takes names and values apart; what is cut off is left out. */
    static Map<String, String> parse(byte[] pairs) {
        var values = new HashMap<String, String>();
        var in = ByteBuffer.wrap(pairs);
        while (true) {
            int name = length(in);
            int value = length(in);
            if (name < 0 || value < 0 || in.remaining() - name < value) {
                return values;
            }
            values.put(text(in, name), text(in, value));
        }
    }

    /** -1 if it is cut off. */
    private static int length(ByteBuffer in) {
        if (!in.hasRemaining()) {
            return -1;
        }
        if (in.get(in.position()) >= 0) {
            return in.get();
        }
        return in.remaining() < 4 ? -1 : in.getInt() & 0x7FFFFFFF;
    }

    private static String text(ByteBuffer in, int length) {
        byte[] bytes = new byte[length];
        in.get(bytes);
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }
}

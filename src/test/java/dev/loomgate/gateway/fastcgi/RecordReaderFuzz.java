package dev.loomgate.gateway.fastcgi;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

import dev.loomgate.testing.Mutation;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;

/** The reader of what FastCGI programs answer, given mutants of good streams in pieces of any length. */
class RecordReaderFuzz {
    private static final int STDOUT = 6;
    private static final int STDERR = 7;
    private static final int END_REQUEST = 3;
    private static final byte[] VALUES = "\u000e\u0001FCGI_MAX_CONNS5\u0080\u0000\u0000\u0002\u0001abc".getBytes(StandardCharsets.ISO_8859_1);

    /** A record as it stands in the stream. */
    private record Whole(int type, int request, List<Byte> content) {
    }

    private static byte[] record(int type, String content, int padding) {
        byte[] bytes = content.getBytes(StandardCharsets.ISO_8859_1);
        var out = new ByteArrayOutputStream();
        out.writeBytes(new byte[] {1, (byte) type, 0, 1, (byte) (bytes.length >> 8), (byte) bytes.length, (byte) padding, 0});
        out.writeBytes(bytes);
        out.writeBytes(new byte[padding]);
        return out.toByteArray();
    }

    private static byte[] stream(Random random) {
        var out = new ByteArrayOutputStream();
        for (int i = random.nextInt(4); i >= 0; i--) {
            out.writeBytes(record(STDOUT, "Content-Type: text/plain\r\n\r\n" + "x".repeat(random.nextInt(600)), random.nextInt(8)));
            out.writeBytes(record(STDERR, "said".repeat(random.nextInt(3)), random.nextInt(256)));
        }
        out.writeBytes(record(STDOUT, "", 0));
        out.writeBytes(record(END_REQUEST, "\0\0\0\0\0\0\0\0", 0));
        return out.toByteArray();
    }

    @Property(tries = 40_000, shrinking = ShrinkingMode.OFF, edgeCases = EdgeCasesMode.NONE)
    void takesAStreamApartAsItStandsOrSaysThatItIsNone(@ForAll Random random) {
        byte[] stream = Mutation.of(stream(random), random);
        var expected = new ArrayList<Whole>();
        boolean whole = apart(stream, expected);
        var found = new ArrayList<Whole>();
        assertThat(read(stream, random, found)).isEqualTo(whole);
        assertThat(found).isEqualTo(expected);
    }

    @Property(tries = 40_000, shrinking = ShrinkingMode.OFF, edgeCases = EdgeCasesMode.NONE)
    void noValuesMakeItFail(@ForAll Random random) {
        assertThat(ProgramValues.parse(Mutation.of(VALUES, random))).isNotNull();
    }

    /** All records at once, by their lengths; returns whether the stream ends with one. */
    private static boolean apart(byte[] stream, List<Whole> records) {
        int at = 0;
        while (at + RecordReader.HEADER <= stream.length && stream[at] == 1) {
            int length = (stream[at + 4] & 0xff) << 8 | stream[at + 5] & 0xff;
            int end = at + RecordReader.HEADER + length + (stream[at + 6] & 0xff);
            if (end > stream.length) {
                return false;
            }
            records.add(new Whole(stream[at + 1], (stream[at + 2] & 0xff) << 8 | stream[at + 3] & 0xff,
                    bytes(Arrays.copyOfRange(stream, at + RecordReader.HEADER, at + RecordReader.HEADER + length))));
            at = end;
        }
        return at == stream.length;
    }

    private static boolean read(byte[] stream, Random random, List<Whole> records) {
        int[] at = {0};
        var reader = new RecordReader((into, offset, length) -> {
            int count = Math.min(Math.min(1 + random.nextInt(300), length), stream.length - at[0]);
            System.arraycopy(stream, at[0], into, offset, count);
            at[0] += count;
            return count == 0 && length > 0 ? -1 : count;
        });
        var content = new ByteArrayOutputStream();
        try {
            while (at[0] < stream.length || reader.hasContent() || reader.isComplete()) {
                if (reader.hasContent()) {
                    byte[] piece = new byte[1 + random.nextInt(400)];
                    int count = reader.readContent(piece, 0, piece.length);
                    if (count < 0) {
                        return false;
                    }
                    content.write(piece, 0, count);
                } else if (reader.advance() == RecordReader.Step.RECORD_ENDED) {
                    records.add(new Whole(reader.type(), reader.requestId(), bytes(content.toByteArray())));
                    content.reset();
                }
            }
            // nothing is at hand: another step would find the end of the stream between two records, or within one
            return endsBetweenRecords(stream, records);
        } catch (IOException e) {
            return false;
        }
    }

    private static boolean endsBetweenRecords(byte[] stream, List<Whole> records) {
        var expected = new ArrayList<Whole>();
        return apart(stream, expected) && expected.size() == records.size();
    }

    private static List<Byte> bytes(byte[] bytes) {
        var list = new ArrayList<Byte>(bytes.length);
        for (byte one : bytes) {
            list.add(one);
        }
        return list;
    }
}

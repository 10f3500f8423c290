package dev.loomgate.gateway.fastcgi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

class RecordReaderPropertiesTest {
    record Piece(int type, int requestId, String content, int padding) {
    }

    @Provide
    Arbitrary<Piece> pieces() {
        return Combinators.combine(Arbitraries.integers().between(1, 11), Arbitraries.integers().between(0, 65_535),
                Arbitraries.strings().withCharRange((char) 0, (char) 255).ofMaxLength(700),
                Arbitraries.integers().between(0, 255)).as(Piece::new);
    }

    private static byte[] bytes(List<Piece> pieces) {
        var out = new ByteArrayOutputStream();
        for (Piece piece : pieces) {
            byte[] content = piece.content().getBytes(StandardCharsets.ISO_8859_1);
            out.writeBytes(new byte[] {1, (byte) piece.type(), (byte) (piece.requestId() >> 8), (byte) piece.requestId(),
                (byte) (content.length >> 8), (byte) content.length, (byte) piece.padding(), 0});
            out.writeBytes(content);
            out.writeBytes(new byte[piece.padding()]);
        }
        return out.toByteArray();
    }

    /** Gives so many bytes at a time, over and over in this order. */
    private static RecordReader.Source split(byte[] bytes, List<Integer> sizes) {
        var in = new ByteArrayInputStream(bytes);
        var turn = new int[1];
        return (to, offset, length) -> in.read(to, offset, Math.min(length, sizes.get(turn[0]++ % sizes.size())));
    }

    private static List<Piece> read(RecordReader records) throws IOException {
        var pieces = new ArrayList<Piece>();
        var content = new ByteArrayOutputStream();
        while (true) {
            if (records.hasContent()) {
                byte[] piece = new byte[300];
                int n = records.readContent(piece, 0, piece.length);
                if (n < 0) {
                    throw new RecordReader.EndOfRecordsException();
                }
                content.write(piece, 0, n);
                continue;
            }
            try {
                if (records.advance() == RecordReader.Step.RECORD_ENDED) {
                    pieces.add(new Piece(records.type(), records.requestId(), content.toString(StandardCharsets.ISO_8859_1), 0));
                    content.reset();
                }
            } catch (RecordReader.EndOfRecordsException e) {
                return pieces;
            }
        }
    }

    @Property(tries = 300)
    void recordsAreTheSameWhereverTheyAreSplit(@ForAll @Size(max = 8) List<@net.jqwik.api.From("pieces") Piece> pieces,
            @ForAll @Size(min = 1, max = 5) List<@IntRange(min = 1, max = 90) Integer> sizes) throws Exception {
        List<Piece> expected = pieces.stream().map(piece -> new Piece(piece.type(), piece.requestId(), piece.content(), 0)).toList();

        assertThat(read(new RecordReader(split(bytes(pieces), sizes)))).isEqualTo(expected);
    }

    @Property(tries = 200)
    void whatIsNoRecordIsAnError(@ForAll @IntRange(min = 0, max = 255) int version) {
        byte[] bytes = new byte[16];
        bytes[0] = (byte) version;
        if (version != 1) {
            assertThatThrownBy(() -> read(new RecordReader(split(bytes, List.of(3))))).isInstanceOf(IOException.class)
                    .hasMessageContaining("begins with the byte " + version);
        }
    }

    @Provide
    Arbitrary<String> octets() {
        return Arbitraries.oneOf(Arbitraries.strings().withCharRange((char) 1, (char) 255).ofMaxLength(300),
                Arbitraries.of(127, 128, 65_535, 70_000).map("x"::repeat));
    }

    @Property(tries = 200)
    void aRequestCarriesAllVariablesAndTheBody(
            @ForAll @Size(max = 6) Map<@net.jqwik.api.From("octets") String, @net.jqwik.api.From("octets") String> variables,
            @ForAll @IntRange(max = 20_000) int length, @ForAll boolean whole) throws Exception {
        byte[] body = new byte[length];
        Arrays.fill(body, (byte) 'b');

        ByteBuffer request = RecordWriter.request(Role.RESPONDER, new LinkedHashMap<>(variables), body, length, whole, true);
        byte[] bytes = new byte[request.remaining()];
        request.get(bytes);
        var records = read(new RecordReader(split(bytes, List.of(8_000))));

        assertThat(records.getFirst().type()).isEqualTo(RecordType.BEGIN_REQUEST);
        assertThat(records.getFirst().content()).isEqualTo("\0\1\1\0\0\0\0\0");
        String params = content(records, RecordType.PARAMS);
        assertThat(ProgramValues.parse(params.getBytes(StandardCharsets.ISO_8859_1))).isEqualTo(new HashMap<>(variables));
        assertThat(content(records, RecordType.STDIN)).hasSize(length);
        long ends = records.stream().filter(record -> record.content().isEmpty()).count();
        assertThat(ends).isEqualTo(whole ? 2 : 1);
    }

    private static String content(List<Piece> records, int type) {
        return records.stream().filter(record -> record.type() == type).map(Piece::content).reduce("", String::concat);
    }
}

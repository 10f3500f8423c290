package dev.loomgate.http2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Compression of header fields (RFC 7541): the examples of its appendix C, and what must be refused. */
class HpackTest {
    private static byte[] bytes(String hex) {
        return HexFormat.of().parseHex(hex.replace(" ", ""));
    }

    private static String decode(HpackDecoder decoder, String hex) throws HpackException {
        byte[] section = bytes(hex);
        List<HeaderField> fields = new ArrayList<>();
        decoder.decode(section, 0, section.length, fields::add);
        return fields.stream().map(field -> field.name() + "=" + field.value()).collect(Collectors.joining("|"));
    }

    @Test
    void decodesTheExamplesOfSingleFields() throws Exception {
        assertThat(decode(new HpackDecoder(), "400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572"))
                .isEqualTo("custom-key=custom-header");
        assertThat(decode(new HpackDecoder(), "040c 2f73 616d 706c 652f 7061 7468")).isEqualTo(":path=/sample/path");
        assertThat(decode(new HpackDecoder(), "1008 7061 7373 776f 7264 0673 6563 7265 74")).isEqualTo("password=secret");
        assertThat(decode(new HpackDecoder(), "82")).isEqualTo(":method=GET");
    }

    @ParameterizedTest
    @CsvSource({
        "8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d, 8286 84be 5808 6e6f 2d63 6163 6865, "
            + "8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65",
        "8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff, 8286 84be 5886 a8eb 1064 9cbf, "
            + "8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf"})
    void decodesTheExamplesOfRequests(String first, String second, String third) throws Exception {
        var decoder = new HpackDecoder();
        assertThat(decode(decoder, first)).isEqualTo(":method=GET|:scheme=http|:path=/|:authority=www.example.com");
        assertThat(decoder.tableSize()).isEqualTo(57);
        assertThat(decode(decoder, second))
                .isEqualTo(":method=GET|:scheme=http|:path=/|:authority=www.example.com|cache-control=no-cache");
        assertThat(decoder.tableSize()).isEqualTo(110);
        assertThat(decode(decoder, third)).isEqualTo(":method=GET|:scheme=https|:path=/index.html|:authority=www.example.com|"
                + "custom-key=custom-value");
        assertThat(decoder.tableSize()).isEqualTo(164);
    }

    @ParameterizedTest
    @CsvSource({
        "4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3120 474d 546e "
            + "1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70 6c65 2e63 6f6d, 4803 3330 37c1 c0bf, "
            + "88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3220 474d 54c0 5a04 677a 6970 7738 666f 6f3d "
            + "4153 444a 4b48 514b 425a 584f 5157 454f 5049 5541 5851 5745 4f49 553b 206d 6178 2d61 6765 3d33 3630 303b 2076 6572 "
            + "7369 6f6e 3d31",
        "4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad 1718 63c7 8f0b 97c8 "
            + "e9ae 82ae 43d3, 4883 640e ffc1 c0bf, "
            + "88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad 94e7 821d d7f2 e6c7 b335 dfdf "
            + "cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07"})
    void decodesTheExamplesOfResponsesWithEviction(String first, String second, String third) throws Exception {
        var decoder = new HpackDecoder(256);
        String rest = "|cache-control=private|date=Mon, 21 Oct 2013 20:13:21 GMT|location=https://www.example.com";
        assertThat(decode(decoder, first)).isEqualTo(":status=302" + rest);
        assertThat(decoder.tableSize()).isEqualTo(222);
        assertThat(decode(decoder, second)).isEqualTo(":status=307" + rest);
        assertThat(decoder.tableSize()).isEqualTo(222);
        assertThat(decode(decoder, third)).isEqualTo(":status=200|cache-control=private|date=Mon, 21 Oct 2013 20:13:22 GMT|"
                + "location=https://www.example.com|content-encoding=gzip|"
                + "set-cookie=foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1");
        assertThat(decoder.tableSize()).isEqualTo(215);
    }

    @ParameterizedTest
    @CsvSource({"index 0, 80", "index behind both tables, be", "index far behind, ff80808001", "integer too long, ff8080808001",
        "integer cut off, ff80", "string longer than the section, 0005 61", "name cut off, 40", "value cut off, 400161",
        "table too large, 3fe21f", "table size behind a field, 82 20", "end of string within, 0084 ffff ffff 00",
        "padding of zeros, 0081 18 00", "padding of eight bits, 0082 1fff 00", "unknown name, 7f00 00"})
    void refusesWhatIsNotValid(String what, String hex) {
        assertThatThrownBy(() -> decode(new HpackDecoder(), hex)).as(what).isInstanceOf(HpackException.class);
    }

    @Test
    void holdsNothingInATableOfNothing() throws Exception {
        var decoder = new HpackDecoder();
        assertThat(decode(decoder, "20 400161 0162")).isEqualTo("a=b");
        assertThat(decoder.tableSize()).isZero();
        assertThatThrownBy(() -> decode(decoder, "be")).isInstanceOf(HpackException.class);
        // and up again: twice at most is needed (section 4.2)
        assertThat(decode(decoder, "20 3fe11f 400161 0162")).isEqualTo("a=b");
        assertThat(decode(decoder, "be")).isEqualTo("a=b");
    }

    @Test
    void keepsTheNewestFieldsOfManyInItsTable() throws Exception {
        var decoder = new HpackDecoder();
        var section = new StringBuilder();
        for (int i = 0; i < 200; i++) {
            section.append("4001").append(HexFormat.of().toHexDigits((byte) ('a' + i % 26))).append("02")
                    .append(HexFormat.of().formatHex(String.format("%02x", i).getBytes()));
        }
        decode(decoder, section.toString());
        // 35 octets each
        assertThat(decoder.tableSize()).isEqualTo(4096 / 35 * 35);
        assertThat(decode(decoder, "be")).isEqualTo((char) ('a' + 199 % 26) + "=c7");
        assertThatThrownBy(() -> decode(decoder, "ff" + "46")).isInstanceOf(HpackException.class);
    }

    @Property(tries = 300)
    void decodesWhatItEncodes(@ForAll @StringLength(max = 300) @CharRange(from = 0, to = 255) String name,
                              @ForAll @StringLength(max = 300) @CharRange(from = 0, to = 255) String value) throws Exception {
        var encoder = new HpackEncoder();
        encoder.status(204);
        encoder.field(name, value);
        encoder.status(799);
        List<HeaderField> fields = new ArrayList<>();
        new HpackDecoder().decode(encoder.bytes(), 0, encoder.length(), fields::add);
        assertThat(fields).containsExactly(new HeaderField(":status", "204"), new HeaderField(name, value),
                new HeaderField(":status", "799"));
    }

    @Property(tries = 300)
    void decodesEachStringInTheHuffmanCode(@ForAll @StringLength(max = 100) @CharRange(from = 0, to = 255) String text)
            throws Exception {
        byte[] encoded = new byte[Huffman.encodedLength(text)];
        assertThat(Huffman.encode(text, encoded, 0)).isEqualTo(encoded.length);
        assertThat(Huffman.decode(encoded, 0, encoded.length)).isEqualTo(text);
    }
}

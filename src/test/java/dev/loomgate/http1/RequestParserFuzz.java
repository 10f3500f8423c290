package dev.loomgate.http1;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import dev.loomgate.testing.Mutation;
import dev.loomgate.http.Refusal;
import io.helidon.http.Header;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;

/** The parser of headers, given those of the table of raw requests and mutants of them: each is refused, or is what a strict reading by patterns says. */
class RequestParserFuzz {
    private static final int MAX_FIELDS = 30;
    private static final Pattern REQUEST_LINE = Pattern.compile("([!#$%&'*+.^_`|~0-9A-Z-]+) ([!-~]+) HTTP/1\\.([0-9])");
    private static final Pattern FIELD = Pattern.compile("([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t -~\u0080-\u00ff]*?)[ \t]*");
    /** Headers of the whole table, right and wrong, but for those that are long. */
    private static final List<String> KNOWN = RawRequestTest.rows()
            .map(row -> new String(row.bytes(), StandardCharsets.ISO_8859_1))
            .map(text -> text.contains("\r\n\r\n") ? text.substring(0, text.indexOf("\r\n\r\n") + 4) : text)
            .filter(text -> text.length() < 1_000).toList();

    @Property(tries = 120_000, shrinking = ShrinkingMode.OFF, edgeCases = EdgeCasesMode.NONE)
    void readsAHeaderAsItStandsOrRefusesIt(@ForAll Random random) {
        byte[] bytes = framed(changed(KNOWN.get(random.nextInt(KNOWN.size())), random));
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        RequestHead head;
        try {
            head = RequestParser.parse(bytes, 0, bytes.length, MAX_FIELDS);
        } catch (Refusal e) {
            assertThat(e.status().code()).isIn(400, 414, 417, 431, 501, 505);
            return;
        }
        String[] lines = text.substring(0, text.length() - 4).split("\r\n", -1);
        Matcher first = REQUEST_LINE.matcher(lines[0]);
        assertThat(first.matches()).as("request line of %s", text).isTrue();
        assertThat(head.method().text()).isEqualTo(first.group(1));
        assertThat(head.http11()).isEqualTo(!first.group(3).equals("0"));
        assertThat(head.path()).matches("/.*|\\*");
        checkFields(head, lines, text);
    }

    /** One time of ten as it is. */
    private static byte[] changed(String known, Random random) {
        return random.nextInt(10) == 0 ? known.getBytes(StandardCharsets.ISO_8859_1) : Mutation.of(known, random);
    }

    private static void checkFields(RequestHead head, String[] lines, String text) {
        int hosts = 0;
        long length = 0;
        int lengths = 0;
        int codings = 0;
        var fields = new StringBuilder();
        for (int i = 1; i < lines.length; i++) {
            Matcher field = FIELD.matcher(lines[i]);
            assertThat(field.matches()).as("field %s of %s", i, text).isTrue();
            String value = field.group(2);
            fields.append(field.group(1).toLowerCase(Locale.ROOT)).append('=').append(value).append('\n');
            switch (field.group(1).toLowerCase(Locale.ROOT)) {
                case "host" -> hosts++;
                case "content-length" -> {
                    lengths++;
                    assertThat(value).as(text).matches("[0-9]+");
                    length = Long.parseLong(value);
                }
                case "transfer-encoding" -> {
                    codings++;
                    assertThat(value).as(text).isEqualToIgnoringCase("chunked");
                }
                default -> {
                    // says nothing about the request's end
                }
            }
        }
        assertThat(lengths + codings).as("fields that frame, of %s", text).isLessThanOrEqualTo(1);
        assertThat(hosts).as(text).isBetween(head.http11() ? 1 : 0, 1);
        assertThat(head.bodyLength()).as(text).isEqualTo(codings > 0 ? RequestHead.CHUNKED : length);
        assertThat(lines.length - 1).isLessThanOrEqualTo(MAX_FIELDS);
        int seen = 0;
        for (Header header : head.headers()) {
            for (String value : header.allValues()) {
                seen++;
                assertThat(fields.toString()).as(text).contains(header.name().toLowerCase(Locale.ROOT) + "=" + value + "\n");
            }
        }
        assertThat(seen).as("fields of %s", text).isEqualTo(lines.length - 1);
    }

    /** What the connection's input lets through: each LF follows a CR, and the first empty line is the end. */
    private static byte[] framed(byte[] bytes) {
        var out = new ByteArrayOutputStream();
        int last = 0;
        int lineLength = 0;
        for (byte octet : bytes) {
            if (octet == '\n' && last != '\r') {
                continue;
            }
            out.write(octet);
            lineLength++;
            if (octet == '\n') {
                if (lineLength == 2 && out.size() > 2) {
                    return out.toByteArray();
                }
                lineLength = 0;
            }
            last = octet;
        }
        out.writeBytes((lineLength == 0 ? "\r\n" : "\r\n\r\n").getBytes(StandardCharsets.ISO_8859_1));
        return out.toByteArray();
    }
}

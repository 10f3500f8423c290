package dev.loomgate.handler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;

class FormParserTest {
    private static Map<String, List<String>> parse(String query) {
        var parser = new FormParser(1000);
        parser.addQuery(query, StandardCharsets.UTF_8);
        return parser.parameters();
    }

    @Example
    void leavesMalformedPercentEncodingAsItIs() {
        assertThat(parse("off=100%&b=%zz&c=%4&d=%41%")).isEqualTo(
                Map.of("off", List.of("100%"), "b", List.of("%zz"), "c", List.of("%4"), "d", List.of("A%")));
    }

    @Example
    void readsWhatBrowsersDontWrite() {
        assertThat(parse("&&a&=b&a=1=2&")).isEqualTo(Map.of("a", List.of("", "1=2"), "", List.of("b")));
        assertThat(parse("")).isEmpty();
    }

    @Example
    void refusesOneParameterTooMany() {
        var parser = new FormParser(2);
        parser.addQuery("a&b", StandardCharsets.UTF_8);
        assertThatThrownBy(() -> parser.addQuery("c", StandardCharsets.UTF_8)).isInstanceOfSatisfying(Refusal.class,
                refusal -> assertThat(refusal.status()).isEqualTo(400));
    }

    @Property(tries = 300)
    void readsBackWhatWasEncoded(@ForAll @Size(max = 5) List<Map.Entry<String, String>> pairs) {
        var expected = new LinkedHashMap<String, List<String>>();
        var query = new StringBuilder();
        for (var pair : pairs) {
            String name = encodable(pair.getKey());
            String value = encodable(pair.getValue());
            query.append('&').append(URLEncoder.encode(name, StandardCharsets.UTF_8)).append('=')
                    .append(URLEncoder.encode(value, StandardCharsets.UTF_8));
            expected.computeIfAbsent(name, absent -> new ArrayList<>()).add(value);
        }
        assertThat(parse(query.toString())).isEqualTo(expected);
    }

    /** Without lone surrogates, which UTF-8 can't write. */
    private static String encodable(String text) {
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
    }

    @Property(tries = 300)
    void readsAnyBytesWithoutFailing(@ForAll byte[] bytes) {
        var parser = new FormParser(Integer.MAX_VALUE);
        parser.add(bytes, StandardCharsets.UTF_8);
        assertThat(parser.parameters()).isNotNull();
    }
}

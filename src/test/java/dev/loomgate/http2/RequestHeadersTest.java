package dev.loomgate.http2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.NoSuchElementException;

import io.helidon.http.Header;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.ServerRequestHeaders;
import org.junit.jupiter.api.Test;

/** What handlers find among a request's fields. */
class RequestHeadersTest {
    private static final HeaderName OWN = HeaderNames.create("X-Own");

    private final RequestHeaders headers = new RequestHeaders();

    @Test
    void fieldsOfOneNameAreOneFieldWithAllValues() {
        headers.add(HeaderNames.ACCEPT, "text/plain;q=0.5");
        headers.add(HeaderNames.create("x-own"), "1");
        headers.add(HeaderNames.ACCEPT, "text/html");
        headers.add(HeaderNames.create("x-own"), "2");
        headers.add(HeaderNames.HOST, "h");

        assertThat(headers.size()).isEqualTo(3);
        assertThat(headers.get(OWN).allValues()).containsExactly("1", "2");
        assertThat(headers.all(HeaderNames.ACCEPT, () -> null)).containsExactly("text/plain;q=0.5", "text/html");
        var names = new ArrayList<String>();
        for (Header header : headers) {
            names.add(header.headerName().lowerCase());
        }
        assertThat(names).containsExactly("accept", "x-own", "host");
        assertThat(headers.acceptedTypes()).extracting(type -> type.mediaType().subtype()).containsExactly("html", "plain");
        assertThat(ServerRequestHeaders.create(headers).values(OWN)).containsExactly("1", "2");
    }

    @Test
    void tellsWhatThereIsNot() {
        for (int i = 0; i < 20; i++) {
            headers.add(HeaderNames.create("x-" + i), "v" + i);
        }
        assertThat(headers.get(HeaderNames.create("X-19")).get()).isEqualTo("v19");
        assertThat(headers.contains(HeaderValues.create("X-7", "v7"))).isTrue();
        assertThat(headers.contains(HeaderValues.create("X-7", "v8"))).isFalse();
        assertThat(headers.contains(OWN)).isFalse();
        assertThat(headers.all(OWN, () -> null)).isNull();
        assertThat(headers.contentLength()).isEmpty();
        assertThatThrownBy(() -> headers.get(OWN)).isInstanceOf(NoSuchElementException.class).hasMessageContaining("X-Own");
        headers.add(HeaderNames.CONTENT_LENGTH, "7");
        assertThat(headers.contentLength()).hasValue(7);
    }
}

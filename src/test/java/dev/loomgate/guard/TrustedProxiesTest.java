package dev.loomgate.guard;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.util.List;

import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.WritableHeaders;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TrustedProxiesTest {
    private static final AddressList NETWORKS =
            AddressList.of(List.of(Network.parse("10.0.0.0/8"), Network.parse("2001:db8:f::/48")));
    private static final InetSocketAddress PROXY = at("10.0.0.1", 555);

    private static InetSocketAddress at(String address, int port) {
        return new InetSocketAddress(AddressLiteral.parse(address), port);
    }

    private static String client(TrustedProxies.Field field, InetSocketAddress peer, String... lines) {
        WritableHeaders<?> headers = WritableHeaders.create();
        headers.set(HeaderValues.create(field == TrustedProxies.Field.FORWARDED ? HeaderNames.FORWARDED
                : HeaderNames.X_FORWARDED_FOR, lines));
        InetSocketAddress client = new TrustedProxies(NETWORKS, field).clientOf(peer, headers);
        return client.getAddress().getHostAddress() + " " + client.getPort();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "192.0.2.1 | 192.0.2.1 0",
        "192.0.2.1:4711 | 192.0.2.1 4711",
        "2001:db8::1 | 2001:db8:0:0:0:0:0:1 0",
        "[2001:db8::1]:80 | 2001:db8:0:0:0:0:0:1 80",
        "[2001:db8::1] | 2001:db8:0:0:0:0:0:1 0",
        // what the client made up stands to the left of what the proxy saw
        "1.1.1.1, 192.0.2.1 | 192.0.2.1 0",
        "10.0.0.9, 192.0.2.1 | 192.0.2.1 0",
        // through more than one proxy that is trusted
        "1.1.1.1, 192.0.2.1, 10.0.0.2, 10.0.0.3 | 192.0.2.1 0",
        "1.1.1.1, 192.0.2.1, 2001:db8:f::3 | 192.0.2.1 0",
        "10.0.0.4, 10.0.0.3 | 10.0.0.4 0",
        // a proxy that doesn't know, or doesn't say: it is the last that is known
        "192.0.2.1, unknown | 10.0.0.1 555",
        "192.0.2.1, unknown, 10.0.0.2 | 10.0.0.2 0",
        "'192.0.2.1, ' | 10.0.0.1 555",
        "localhost | 10.0.0.1 555",
        "192.0.2.1:99999 | 192.0.2.1 0",
        "[2001:db8::1]x | 10.0.0.1 555",
        "[2001:db8::1 | 10.0.0.1 555"})
    void readsXForwardedForFromItsEnd(String value, String client) {
        assertThat(client(TrustedProxies.Field.X_FORWARDED_FOR, PROXY, value)).isEqualTo(client);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\0', value = {
        "for=192.0.2.1 | 192.0.2.1 0",
        "For=192.0.2.1;proto=http;by=10.0.0.1 | 192.0.2.1 0",
        "proto=https ; for=\"192.0.2.1:80\" | 192.0.2.1 80",
        "for=\"[2001:db8::1]:4711\" | 2001:db8:0:0:0:0:0:1 4711",
        "for=\"[2001:db8::1]:_hidden\" | 2001:db8:0:0:0:0:0:1 0",
        "for=1.1.1.1, for=192.0.2.1;host=x, for=10.0.0.2 | 192.0.2.1 0",
        // a quote that the client left open swallows nothing
        "for=\"1.1.1.1, for=192.0.2.1 | 192.0.2.1 0",
        "for=\", for=\"[2001:db8::1]\" | 2001:db8:0:0:0:0:0:1 0",
        "for=192.0.2.1, for=_secret | 10.0.0.1 555",
        "for=192.0.2.1, by=10.0.0.1 | 10.0.0.1 555",
        "192.0.2.1 | 10.0.0.1 555"})
    void readsForwardedFromItsEnd(String value, String client) {
        assertThat(client(TrustedProxies.Field.FORWARDED, PROXY, value)).isEqualTo(client);
    }

    @Test
    void readsSeveralLinesAsOne() {
        assertThat(client(TrustedProxies.Field.X_FORWARDED_FOR, PROXY, "1.1.1.1", "192.0.2.1, 10.0.0.3", "10.0.0.2"))
                .isEqualTo("192.0.2.1 0");
    }

    @Test
    void takesNobodysWordButThatOfTrustedProxies() {
        assertThat(client(TrustedProxies.Field.X_FORWARDED_FOR, at("192.0.2.9", 7), "1.1.1.1")).isEqualTo("192.0.2.9 7");
        assertThat(TrustedProxies.NONE.readsFields()).isFalse();
    }

    @Test
    void readsOnlyTheFieldThatProxiesWrite() {
        WritableHeaders<?> headers = WritableHeaders.create();
        headers.set(HeaderNames.FORWARDED, "for=1.1.1.1");
        headers.set(HeaderNames.X_FORWARDED_FOR, "192.0.2.1");
        var proxies = new TrustedProxies(NETWORKS, TrustedProxies.Field.X_FORWARDED_FOR);
        assertThat(proxies.clientOf(PROXY, headers)).isEqualTo(at("192.0.2.1", 0));
        headers.remove(HeaderNames.X_FORWARDED_FOR);
        assertThat(proxies.clientOf(PROXY, headers)).isEqualTo(PROXY);
    }

    @Property
    void neverBelievesWhatTheClientWroteBeforeTheProxy(@ForAll @Size(max = 3) List<@StringLength(max = 30) String> forged) {
        var lines = new java.util.ArrayList<>(forged);
        String appended = lines.isEmpty() ? "192.0.2.1" : lines.removeLast() + ", 192.0.2.1";
        lines.add(appended);
        assertThat(client(TrustedProxies.Field.X_FORWARDED_FOR, PROXY, lines.toArray(String[]::new))).isEqualTo("192.0.2.1 0");
        lines.set(lines.size() - 1, appended.replace("192.0.2.1", "for=\"192.0.2.1:5\""));
        assertThat(client(TrustedProxies.Field.FORWARDED, PROXY, lines.toArray(String[]::new))).isEqualTo("192.0.2.1 5");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\0', value = {
        "X_FORWARDED_FOR | X-Forwarded-Proto | https | true",
        "X_FORWARDED_FOR | X-Forwarded-Proto | http | false",
        // the last is the word of the proxy, what stands before it may be the client's
        "X_FORWARDED_FOR | X-Forwarded-Proto | http, HTTPS | true",
        "X_FORWARDED_FOR | X-Forwarded-Proto | https, http | false",
        "X_FORWARDED_FOR | Forwarded | for=1.1.1.1;proto=https | false",
        "FORWARDED | X-Forwarded-Proto | https | false",
        "FORWARDED | Forwarded | for=1.1.1.1;proto=https | true",
        "FORWARDED | Forwarded | proto=https, for=1.1.1.1; proto=\"http\" | false",
        "FORWARDED | Forwarded | for=1.1.1.1 | false"})
    void knowsWhetherTheClientUsedTls(TrustedProxies.Field field, String name, String value, boolean secure) {
        WritableHeaders<?> headers = WritableHeaders.create();
        headers.set(HeaderValues.create(HeaderNames.create(name), value));
        var proxies = new TrustedProxies(NETWORKS, field);
        assertThat(proxies.saysSecure(PROXY, headers)).isEqualTo(secure);
        assertThat(proxies.saysSecure(at("192.0.2.1", 1), headers)).isFalse();
    }
}

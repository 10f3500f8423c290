package dev.loomgate.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HostPatternTest {
    @ParameterizedTest(name = "{0} is for {1}")
    @CsvSource({"example.org, example.org", "Example.ORG, eXample.org:8080", "example.org, example.org.",
        "example.org, example.org.:80", "*.example.org, a.example.org", "*.example.org, a.b.example.org:1",
        "192.0.2.1, 192.0.2.1:80", "[::1], [::1]:8080", "[::1], [::1]"})
    void matches(String pattern, String authority) {
        assertThat(HostPattern.parse(pattern).matches(HostPattern.hostOf(authority))).isTrue();
    }

    @ParameterizedTest(name = "{0} is not for {1}")
    @CsvSource({"example.org, www.example.org", "*.example.org, example.org", "*.example.org, badexample.org",
        "example.org, ''", "*.example.org, .example.org", "example.org, :80", "example.org,"})
    void doesNotMatch(String pattern, String authority) {
        assertThat(HostPattern.parse(pattern).matches(HostPattern.hostOf(authority))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "*", "a.*.org", "example.org:80", "::1", "a b", "http://x", "bücher.example"})
    void refusesWhatIsNoHost(String text) {
        assertThatThrownBy(() -> HostPattern.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }
}

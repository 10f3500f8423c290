package dev.loomgate.handler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CookieTest {
    @Test
    void writesEveryAttribute() {
        Cookie cookie = Cookie.of("id", "7").path("/pets").domain("example.org").maxAge(Duration.ofHours(1)).secure(true)
                .httpOnly(false).sameSite(Cookie.SameSite.NONE);
        assertThat(cookie.fieldValue()).isEqualTo("id=7; Path=/pets; Domain=example.org; Max-Age=3600; Secure; SameSite=None");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a b", "a;b", "a,b", "\"a\"", "a\\b", "ä", "a\r\nb"})
    void refusesAValueThatNoCookieCanHold(String value) {
        assertThatIllegalArgumentException().isThrownBy(() -> Cookie.of("id", value)).withMessageContaining("id");
    }

    @Test
    void refusesWhatBrowsersWouldIgnore() {
        Cookie cookie = Cookie.of("id", "7");
        assertThatIllegalArgumentException().isThrownBy(() -> Cookie.of("i d", "7"));
        assertThatIllegalArgumentException().isThrownBy(() -> Cookie.of("", "7"));
        assertThatIllegalArgumentException().isThrownBy(() -> cookie.path("pets"));
        assertThatIllegalArgumentException().isThrownBy(() -> cookie.path("/;Domain=evil"));
        assertThatIllegalArgumentException().isThrownBy(() -> cookie.maxAge(Duration.ofSeconds(-1)));
        assertThatIllegalArgumentException().isThrownBy(() -> cookie.sameSite(Cookie.SameSite.NONE))
                .withMessageContaining("secure");
    }
}

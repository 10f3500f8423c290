package dev.loomgate.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class QuantityTest {
    @ParameterizedTest
    @CsvSource({"0, 0", "512, 512", "64k, 65536", "64K, 65536", "64 kb, 65536", "64KiB, 65536", "10m, 10485760",
        "1g, 1073741824", "1t, 1099511627776", "7b, 7"})
    void readsSizes(String text, long bytes) {
        assertThat(ByteSize.parse(text)).isEqualTo(bytes);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "k", "-1", "1.5m", "64kk", "64x", "1e3", "99999999999999999999", "9000000000g", "0x10"})
    void refusesWhatIsNoSize(String text) {
        assertThatThrownBy(() -> ByteSize.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @Property
    void readsBackEverySizeItWrites(@ForAll @LongRange(min = 0) long bytes) {
        assertThat(ByteSize.parse(ByteSize.format(bytes))).isEqualTo(bytes);
    }

    @Property
    void multipliesByTheUnit(@ForAll @IntRange(max = 4095) int number, @ForAll @IntRange(max = 4) int unit) {
        String text = number + new String[]{"", "k", "M", "g", "T"}[unit];
        assertThat(ByteSize.parse(text)).isEqualTo(number * Math.round(Math.pow(1024, unit)));
    }

    @ParameterizedTest
    @CsvSource({"0, PT0S", "500ms, PT0.5S", "30s, PT30S", "30 S, PT30S", "5m, PT5M", "1h, PT1H", "1d, PT24H",
        "PT1M30S, PT1M30S", "pt0.25s, PT0.25S", "P1D, PT24H"})
    void readsTimes(String text, Duration time) {
        assertThat(TimeSpan.parse(text)).isEqualTo(time);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "s", "-1s", "1.5s", "1w", "PT", "P-1D", "30 seconds", "1h30m", "99999999999999999999s", "25d",
        "9223372036854775807d"})
    void refusesWhatIsNoTime(String text) {
        assertThatThrownBy(() -> TimeSpan.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"30", "1"})
    void asksForTheUnitOfATime(String text) {
        assertThatThrownBy(() -> TimeSpan.parse(text)).hasMessageContaining("write " + text + "s for seconds");
    }

    @Property
    void readsIsoTimesAsJavaWritesThem(@ForAll @LongRange(min = 0, max = 2_073_600_000L) long millis) {
        Duration time = Duration.ofMillis(millis);
        assertThat(TimeSpan.parse(time.toString())).isEqualTo(time);
        assertThat(TimeSpan.parse(millis + "ms")).isEqualTo(time);
    }
}

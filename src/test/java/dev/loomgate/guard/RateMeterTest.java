package dev.loomgate.guard;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;

/** Rates by a coarse clock that stands still, as on a machine that is too busy to refresh it. */
class RateMeterTest {
    private static final long NONE = RateLimit.NONE;

    private long millis = 50_000;

    private RateMeter meter(long soft, long hard) {
        return new RateMeter(new RateLimit(soft, hard), () -> TimeUnit.MILLISECONDS.toNanos(millis));
    }

    @Test
    void aStallOfTheClockPunishesNobody() {
        RateMeter meter = meter(NONE, 10);
        long still = millis;
        for (int second = 0; second < 5; second++) {
            assertThat(meter.take(6, still)).as("second %d", second).isZero();
            millis += 1_000;
        }
        assertThat(meter.take(6, still)).isZero();
        assertThat(meter.take(6, still)).as("twelve in one second").isEqualTo(RateMeter.EXCEEDED);
    }

    @Test
    void aWindowThatBeganByAnOldTimeLastsNoLessThanASecond() {
        RateMeter meter = meter(NONE, 10);
        long still = millis;
        millis += 3_000;
        assertThat(meter.take(6, still)).isZero();
        // it is refreshed
        assertThat(meter.take(4, millis)).isZero();
        assertThat(meter.take(1, millis)).isEqualTo(RateMeter.EXCEEDED);
    }

    @Test
    void whatIsTooMuchWaitsOnlyForTheRestOfItsTime() {
        RateMeter meter = meter(10, NONE);
        long still = millis;
        assertThat(meter.take(10, still)).isZero();
        millis += 400;
        assertThat(meter.take(1, still)).isEqualTo(TimeUnit.MILLISECONDS.toNanos(700));
        millis += 700;
        assertThat(meter.take(1, still)).as("the next second").isZero();
    }
}

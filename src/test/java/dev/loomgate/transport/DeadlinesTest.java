package dev.loomgate.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;

/** What waits for clients, by a clock that is set here. */
class DeadlinesTest {
    private static final TransportLimits LIMITS = new TransportLimits(Duration.ofSeconds(10), Duration.ofSeconds(20));

    private long nanos = -5_000_000_000L;
    private final Deadlines deadlines = new Deadlines(LIMITS, nanos);
    private final ReadWait wait = new ReadWait(deadlines);

    private void pass(long millis) {
        nanos += TimeUnit.MILLISECONDS.toNanos(millis);
    }

    /** As the sweep does in so many milliseconds. */
    private void tick(long millis) {
        for (long left = millis; left > 0; left -= 100) {
            pass(100);
            deadlines.refresh(nanos);
        }
    }

    @Test
    void aStallOfTheSweepEndsNothingThatBeganMeanwhile() {
        tick(1_000);
        assertThat(deadlines.now()).isEqualTo(1_000);

        pass(3_000);
        // now, but by the time of three seconds ago
        wait.forMore(deadlines.now() + 1_000);
        long now = deadlines.refresh(nanos);
        assertThat(wait.sweep(now, false)).isEqualTo(ReadWait.Sweep.IN_TIME);
        assertThat(deadlines.time()).as("rates know of the stall").isEqualTo(TimeUnit.NANOSECONDS.toMillis(nanos));

        tick(1_000);
        assertThat(wait.sweep(deadlines.now(), false)).isEqualTo(ReadWait.Sweep.OWED_TOO_LONG);
    }

    @Test
    void isNotIdleWhereTheNextRequestBeganBeforeTheEndOfTheLastWasTold() {
        wait.whileBusy();
        wait.becomeIdle(() -> true);
        tick(100_000);
        assertThat(wait.sweep(deadlines.now(), false)).isEqualTo(ReadWait.Sweep.IN_TIME);
        assertThat(wait.kind()).as("what it waits for").isNull();

        // it ends while that is being found out, and its end finds the connection idle
        var working = new ArrayDeque<>(List.of(true, false, false));
        wait.becomeIdle(working::remove);
        tick(11_000);
        assertThat(wait.sweep(deadlines.now(), false)).isEqualTo(ReadWait.Sweep.IDLE_TOO_LONG);
    }

    @Test
    void isAsOldAsItsWaitWhateverTheLimitHasBecome() {
        assertThat(wait.waited()).as("its thread has not come").isZero();
        tick(1_000);
        wait.end(wait.forRequest());
        wait.forRequest();
        tick(2_000);
        for (int seconds : List.of(60, 3, 10)) {
            deadlines.limit(new TransportLimits(Duration.ofSeconds(seconds), LIMITS.write()));
            assertThat(wait.waited()).as("age in milliseconds").isEqualTo(2_000);
        }
    }

    @Test
    void whatHasComeIsStillRead() {
        long waiting = wait.forRequest();
        tick(10_500);
        assertThat(wait.sweep(deadlines.now(), true)).isEqualTo(ReadWait.Sweep.IN_TIME);
        assertThat(wait.end(waiting)).as("read in time").isTrue();

        waiting = wait.forHeader(deadlines.now() + 1_000, deadlines.now());
        tick(2_000);
        assertThat(wait.sweep(deadlines.now(), true)).isEqualTo(ReadWait.Sweep.IN_TIME);
        tick(5_000);
        assertThat(wait.sweep(deadlines.now(), true)).as("who drips does not live on it for ever")
                .isEqualTo(ReadWait.Sweep.OWED_TOO_LONG);
        assertThat(wait.end(waiting)).isFalse();
    }
}

package dev.loomgate.guard;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class TokenBucketTest {
    private static final long SECOND = 1_000_000_000L;

    /** Rates that divide a second, so that the bucket in fractions of tokens, to compare with, can be exact. */
    private static final int[] RATES = {1, 2, 5, 10, 100, 1000, 1_000_000};

    @Property
    void admitsExactlyWhatABucketOfTokensWould(@ForAll @IntRange(max = 6) int rateIndex,
            @ForAll @IntRange(min = 1, max = 50) int burst,
            @ForAll @Size(min = 1, max = 200) List<@LongRange(max = 300_000_000) Long> pauses) {
        long interval = SECOND / RATES[rateIndex];
        var rule = new TokenBucket(RATES[rateIndex], SECOND, burst);
        var bucket = new AtomicLong();
        long now = 0;
        // tokens in the bucket, in nanoseconds of refilling
        long tokens = burst * interval;
        for (long pause : pauses) {
            now += pause;
            tokens = Math.min(burst * interval, tokens + pause);
            long wait = rule.take(bucket, now);
            if (tokens >= interval) {
                assertThat(wait).as("at %d", now).isZero();
                tokens -= interval;
            } else {
                assertThat(wait).as("at %d", now).isEqualTo(interval - tokens);
            }
        }
    }

    @Property
    void neverAdmitsMoreInAnyTimeThanBurstAndRateAllow(@ForAll @IntRange(min = 1, max = 1_000_000) int rate,
            @ForAll @IntRange(min = 1, max = 20) int burst,
            @ForAll @Size(min = 1, max = 200) List<@LongRange(max = 50_000_000) Long> pauses) {
        var rule = new TokenBucket(rate, SECOND, burst);
        var bucket = new AtomicLong();
        var admitted = new ArrayList<Long>();
        long now = 0;
        for (long pause : pauses) {
            now += pause;
            if (rule.take(bucket, now) == 0) {
                admitted.add(now);
            }
        }
        // tokens come after whole nanoseconds, which are up to a thousandth less than their part of a second
        double interval = SECOND / rate;
        for (int from = 0; from < admitted.size(); from++) {
            for (int to = from; to < admitted.size(); to++) {
                double most = burst + (admitted.get(to) - admitted.get(from)) / interval;
                assertThat(to - from + 1.0).isLessThanOrEqualTo(most + 1e-6);
            }
        }
    }

    @Property
    void admitsARequestThatWaitedAsItWasTold(@ForAll @IntRange(min = 1, max = 1_000_000) int rate,
                                             @ForAll @IntRange(min = 1, max = 100) int burst) {
        var rule = new TokenBucket(rate, SECOND, burst);
        var bucket = new AtomicLong();
        long wait = 0;
        for (int i = 0; i <= burst; i++) {
            wait = rule.take(bucket, 0);
        }
        assertThat(wait).isPositive();
        assertThat(rule.take(bucket, wait - 1)).isPositive();
        assertThat(rule.take(bucket, wait)).isZero();
    }

    @Test
    void countsEveryRequestOfManyThreads() throws Exception {
        var rule = new TokenBucket(1, Duration.ofDays(1).toNanos(), 1000);
        var bucket = new AtomicLong();
        var admitted = new AtomicInteger();
        var begin = new CountDownLatch(1);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 20; i++) {
                threads.submit(() -> {
                    begin.await();
                    for (int j = 0; j < 100; j++) {
                        if (rule.take(bucket, j) == 0) {
                            admitted.incrementAndGet();
                        }
                    }
                    return null;
                });
            }
            begin.countDown();
        }
        assertThat(admitted).hasValue(1000);
    }

    @Test
    void throwsOnlyFullBucketsAway() {
        var rule = new TokenBucket(1, SECOND, 3);
        var bucket = new AtomicLong();
        rule.take(bucket, 0);
        assertThat(TokenBucket.expire(bucket, SECOND - 1)).isFalse();
        assertThat(TokenBucket.expire(bucket, SECOND)).isTrue();
        assertThat(rule.take(bucket, SECOND)).isEqualTo(TokenBucket.RETRY);
    }

    @Test
    void keepsAnAlmostEndlessBurstWithinItsNumbers() {
        var rule = new TokenBucket(1, Duration.ofDays(24).toNanos(), 1_000_000_000);
        assertThat(rule.take(new AtomicLong(), Long.MAX_VALUE / 8)).isZero();
    }
}

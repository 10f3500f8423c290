package dev.loomgate.gateway.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;

class ExchangePoolTest {
    private final AtomicInteger made = new AtomicInteger();
    private final ExchangePool<Object> pool = new ExchangePool<>(() -> {
        made.incrementAndGet();
        return new Object();
    });

    private void wave(int size) {
        List<Object> taken = Stream.generate(pool::take).limit(size).toList();
        taken.forEach(pool::giveBack);
    }

    private void trim(int times) {
        for (int i = 0; i < times; i++) {
            pool.trim();
        }
    }

    @Test
    void keepsThoseOfAWaveForTheNext() {
        wave(1000);
        trim(ExchangePool.PATIENCE);
        wave(1000);

        assertThat(made.get()).isEqualTo(1000);
        assertThat(pool.idle()).isEqualTo(1000);
    }

    @Test
    void letsGoOfThoseThatNobodyNeedsForLong() {
        wave(1000);
        trim(2 * ExchangePool.PATIENCE);
        wave(100);
        trim(2 * ExchangePool.PATIENCE);

        assertThat(pool.idle()).isEqualTo(100);
    }

    @Test
    void countsThoseInUse() {
        Object kept = pool.take();
        wave(999);
        trim(1);
        assertThat(pool.idle()).isEqualTo(999);

        trim(3 * ExchangePool.PATIENCE);
        assertThat(pool.idle()).isEqualTo(15);
        pool.giveBack(kept);
        pool.clear();
        assertThat(pool.idle()).isZero();
    }
}

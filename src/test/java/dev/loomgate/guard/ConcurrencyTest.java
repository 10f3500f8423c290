package dev.loomgate.guard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;

import org.junit.jupiter.api.Test;

class ConcurrencyTest {
    private static Concurrency fixed(int limit, int queue, Duration timeout) {
        return new Concurrency(new ConcurrencySettings(new ConcurrencySettings.Fixed(limit), queue, timeout));
    }

    @Test
    void refusesAtOnceWithoutAQueue() throws Exception {
        Concurrency concurrency = fixed(2, 0, Duration.ofSeconds(10));
        Concurrency.Permit first = concurrency.acquire();
        assertThat(concurrency.acquire()).isNotNull();
        assertThat(concurrency.acquire()).isNull();
        first.release(true);
        assertThat(concurrency.acquire()).isNotNull();
    }

    @Test
    void letsThoseWhoWaitGoInTheOrderInWhichTheyCame() throws Exception {
        Concurrency concurrency = fixed(1, 10, Duration.ofSeconds(30));
        Concurrency.Permit held = concurrency.acquire();
        List<Integer> order = new CopyOnWriteArrayList<>();
        var threads = new ArrayList<Thread>();
        for (int i = 0; i < 10; i++) {
            int number = i;
            threads.add(Thread.ofVirtual().start(() -> {
                try {
                    Concurrency.Permit permit = concurrency.acquire();
                    order.add(number);
                    permit.release(true);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }));
            await().until(() -> concurrency.waiting() == number + 1
                    && threads.get(number).getState() == Thread.State.TIMED_WAITING);
        }
        assertThat(concurrency.isQueueFull()).isTrue();
        assertThat(concurrency.acquire()).isNull();

        held.release(true);

        await().until(() -> order.size() == 10);
        assertThat(order).isSorted();
        assertThat(concurrency.waiting()).isZero();
    }

    @Test
    void givesUpWhenTheWaitIsTooLong() throws Exception {
        Concurrency concurrency = fixed(1, 5, Duration.ofMillis(50));
        concurrency.acquire();
        long before = System.nanoTime();
        assertThat(concurrency.acquire()).isNull();
        assertThat(Duration.ofNanos(System.nanoTime() - before)).isGreaterThanOrEqualTo(Duration.ofMillis(50));
        assertThat(concurrency.waiting()).isZero();
    }

    @Test
    void leavesTheQueueWhenInterrupted() throws Exception {
        Concurrency concurrency = fixed(1, 5, Duration.ofSeconds(30));
        concurrency.acquire();
        var thrown = new AtomicReference<Exception>();
        Thread waiter = Thread.ofVirtual().start(() -> {
            try {
                concurrency.acquire();
            } catch (InterruptedException e) {
                thrown.set(e);
            }
        });
        await().until(() -> concurrency.waiting() == 1);
        waiter.interrupt();
        waiter.join();
        assertThat(thrown.get()).isInstanceOf(InterruptedException.class);
        assertThat(concurrency.waiting()).isZero();
    }

    @Test
    void learnsHowManyRequestsAtOnceAreQuick() throws Exception {
        var concurrency = new Concurrency(new ConcurrencySettings(
                new ConcurrencySettings.Adaptive(1, 8, Duration.ofMillis(200)), 0, Duration.ofSeconds(1)));
        assertThat(taken(concurrency)).isEqualTo(1);
        for (int i = 0; i < 20; i++) {
            releaseAll(concurrency, takeAll(concurrency), true);
        }
        assertThat(taken(concurrency)).isEqualTo(8);

        // slow ones lower it, down to the least
        for (int i = 0; i < 4; i++) {
            List<Concurrency.Permit> permits = takeAll(concurrency);
            Thread.sleep(210);
            releaseAll(concurrency, permits, true);
        }
        assertThat(taken(concurrency)).isLessThan(4);
    }

    private static List<Concurrency.Permit> takeAll(Concurrency concurrency) throws InterruptedException {
        var permits = new ArrayList<Concurrency.Permit>();
        for (Concurrency.Permit permit = concurrency.acquire(); permit != null; permit = concurrency.acquire()) {
            permits.add(permit);
        }
        return permits;
    }

    private static int taken(Concurrency concurrency) throws InterruptedException {
        List<Concurrency.Permit> permits = takeAll(concurrency);
        releaseAll(concurrency, permits, false);
        return permits.size();
    }

    private static void releaseAll(Concurrency concurrency, List<Concurrency.Permit> permits, boolean telling) {
        permits.forEach(permit -> permit.release(telling));
    }

    @Test
    void refusesSettingsThatCannotBe() {
        assertThatThrownBy(() -> new ConcurrencySettings.Fixed(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new ConcurrencySettings.Adaptive(5, 4, Duration.ofSeconds(1)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> fixed(1, -1, Duration.ofSeconds(1))).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> fixed(1, 1, Duration.ZERO)).isInstanceOf(IllegalArgumentException.class);
    }
}

package dev.loomgate.guard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;

import org.junit.jupiter.api.Test;

class ConcurrencyTest {
    private static Concurrency.Permit acquire(Concurrency concurrency) throws InterruptedException {
        Concurrency.Permit now = concurrency.acquireNow();
        return now != null || !concurrency.enqueue() ? now : concurrency.await();
    }

    private static Concurrency fixed(int limit, int queue, Duration timeout) {
        return new Concurrency(new ConcurrencySettings(new ConcurrencySettings.Fixed(limit), queue, timeout));
    }

    @Test
    void refusesAtOnceWithoutAQueue() throws Exception {
        Concurrency concurrency = fixed(2, 0, Duration.ofSeconds(10));
        Concurrency.Permit first = acquire(concurrency);
        assertThat(acquire(concurrency)).isNotNull();
        assertThat(acquire(concurrency)).isNull();
        first.release(true);
        assertThat(acquire(concurrency)).isNotNull();
    }

    @Test
    void letsThoseWhoWaitGoInTheOrderInWhichTheyCame() throws Exception {
        Concurrency concurrency = fixed(1, 10, Duration.ofSeconds(30));
        Concurrency.Permit held = acquire(concurrency);
        List<Integer> order = new CopyOnWriteArrayList<>();
        var threads = new ArrayList<Thread>();
        for (int i = 0; i < 10; i++) {
            int number = i;
            threads.add(Thread.ofVirtual().start(() -> {
                try {
                    Concurrency.Permit permit = acquire(concurrency);
                    order.add(number);
                    permit.release(true);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }));
            await().until(() -> concurrency.waiting() == number + 1
                    && threads.get(number).getState() == Thread.State.TIMED_WAITING);
        }
        assertThat(acquire(concurrency)).isNull();

        held.release(true);

        await().until(() -> order.size() == 10);
        assertThat(order).isSorted();
        assertThat(concurrency.waiting()).isZero();
    }

    @Test
    void whoFindsTheQueueFullTakesNoPlaceInIt() throws Exception {
        Concurrency concurrency = fixed(1, 1, Duration.ofSeconds(30));
        assertThat(concurrency.enqueue()).isTrue();
        var begun = new CountDownLatch(1);
        var done = new AtomicBoolean();
        Thread refused = Thread.ofPlatform().start(() -> {
            while (!done.get()) {
                concurrency.enqueue();
                begun.countDown();
            }
        });
        begun.await();
        int most = 0;
        for (int looks = 0; looks < 2_000_000; looks++) {
            most = Math.max(most, concurrency.waiting());
        }
        done.set(true);
        refused.join();
        assertThat(most).as("places that were taken").isEqualTo(1);
    }

    @Test
    void givesUpWhenTheWaitIsTooLong() throws Exception {
        Concurrency concurrency = fixed(1, 5, Duration.ofMillis(50));
        acquire(concurrency);
        long before = System.nanoTime();
        assertThat(acquire(concurrency)).isNull();
        assertThat(Duration.ofNanos(System.nanoTime() - before)).isGreaterThanOrEqualTo(Duration.ofMillis(50));
        assertThat(concurrency.waiting()).isZero();
    }

    @Test
    void leavesTheQueueWhenInterrupted() throws Exception {
        Concurrency concurrency = fixed(1, 5, Duration.ofSeconds(30));
        acquire(concurrency);
        var thrown = new AtomicReference<Exception>();
        Thread waiter = Thread.ofVirtual().start(() -> {
            try {
                acquire(concurrency);
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
        // one that the machine makes slow takes it back a little
        for (int i = 0; i < 20 || taken(concurrency) < 8 && i < 10_000; i++) {
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
        for (Concurrency.Permit permit = acquire(concurrency); permit != null; permit = acquire(concurrency)) {
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

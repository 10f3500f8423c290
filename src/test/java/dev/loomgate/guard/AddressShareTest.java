package dev.loomgate.guard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who waits for his turn, and that nobody waits where there is a place. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class AddressShareTest {
    /** Nobody is to go on because it has waited for too long. */
    private static final long EVER = TimeUnit.HOURS.toNanos(1);

    private final AddressShare share = new AddressShare(1);
    private volatile int most;

    private void begin() {
        if (!share.begin(most)) {
            share.awaitTurn(() -> most, EVER);
        }
    }

    private void end() {
        share.atWork.decrementAndGet();
        if (share.waiting > 0) {
            share.wake(most);
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 3, 5000", "2, 16, 200"})
    void noTurnIsLostHoweverManyComeAndGo(int places, int count, int rounds) throws Exception {
        most = places;
        var atOnce = new AtomicInteger();
        var highest = new AtomicInteger();
        var threads = new ArrayList<Thread>();
        for (int i = 0; i < count; i++) {
            threads.add(Thread.ofPlatform().start(() -> {
                for (int round = 0; round < rounds; round++) {
                    begin();
                    highest.accumulateAndGet(atOnce.incrementAndGet(), Math::max);
                    atOnce.decrementAndGet();
                    end();
                    if (round % 3 == 0) {
                        // so that often nobody waits
                        Thread.yield();
                    }
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(highest).as("most at work at once").hasValueLessThanOrEqualTo(places);
        assertThat(share.waiting).isZero();
        assertThat(share.atWork).hasValue(0);
    }

    @Test
    void allGoOnInTheirOrderAsFarAsThereArePlaces() throws Exception {
        most = 1;
        begin();
        List<Integer> begun = new CopyOnWriteArrayList<>();
        var threads = new ArrayList<Thread>();
        for (int i = 0; i < 10; i++) {
            int number = i;
            threads.add(Thread.ofVirtual().start(() -> {
                begin();
                begun.add(number);
            }));
            await().until(() -> share.waiting == number + 1);
        }
        most = 3;
        share.wake(most);
        await().until(() -> begun.size() == 2);
        assertThat(begun).containsExactlyInAnyOrder(0, 1);

        end();
        await().until(() -> begun.size() == 3);
        assertThat(begun).containsExactlyInAnyOrder(0, 1, 2);

        most = Integer.MAX_VALUE;
        share.wake(most);
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(begun).hasSize(10);
        assertThat(share.waiting).isZero();
        assertThat(share.atWork).hasValue(10);
    }
}

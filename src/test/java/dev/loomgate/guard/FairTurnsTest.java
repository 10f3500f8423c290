package dev.loomgate.guard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

import org.junit.jupiter.api.Test;

/** The requests of one address that wait for each other. */
class FairTurnsTest {
    private static final int THREADS = 12;
    private static final int MOST = 2;
    private static final int TURNS = 2_000;
    private static final int LOOKS = 200_000;
    private static final Duration LIMIT = Duration.ofSeconds(10);

    /** Who is woken for his turn, and saw others at work that only tried, would go on waiting, and nobody would wake him again. */
    @Test
    void countsNobodyAsAtWorkWhoseTurnHasNotCome() throws Exception {
        var share = new AddressShare(1);
        assertThat(share.beginNow(1)).isTrue();
        var done = new AtomicBoolean();
        Thread other = Thread.ofPlatform().start(() -> {
            while (!done.get()) {
                share.beginNow(1);
            }
        });
        try {
            for (int i = 0; i < LOOKS; i++) {
                assertThat(share.atWork.get()).as("look %d", i).isEqualTo(1);
            }
        } finally {
            done.set(true);
            other.join();
        }
        share.end();
        assertThat(share.atWork.get()).isZero();
    }

    /** Each that ends wakes one, which must find that there is room, whatever others try at the same moment. */
    @Test
    void nobodyWaitsWhileThereIsRoom() throws Exception {
        var share = new AddressShare(1);
        var longest = new AtomicLong();
        var threads = new ArrayList<Thread>();
        for (int i = 0; i < THREADS; i++) {
            threads.add(Thread.ofPlatform().start(() -> {
                for (int turn = 0; turn < TURNS && longest.get() < LIMIT.toNanos(); turn++) {
                    long begun = System.nanoTime();
                    if (!share.beginNow(MOST)) {
                        share.awaitTurn(() -> MOST, LIMIT.toNanos());
                    }
                    longest.accumulateAndGet(System.nanoTime() - begun, Math::max);
                    if (share.end()) {
                        share.wake(MOST);
                    }
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(Duration.ofNanos(longest.get())).as("longest wait for a turn").isLessThan(LIMIT);
        assertThat(share.atWork.get()).isZero();
        assertThat(share.waiting).isZero();
    }

    @Test
    void allGoOnInTheirOrderAsFarAsThereArePlaces() throws Exception {
        var share = new AddressShare(1);
        var most = new AtomicInteger(1);
        assertThat(share.beginNow(1)).isTrue();
        List<Integer> begun = new CopyOnWriteArrayList<>();
        var threads = new ArrayList<Thread>();
        for (int i = 0; i < 10; i++) {
            int number = i;
            threads.add(Thread.ofVirtual().start(() -> {
                if (!share.beginNow(most.get())) {
                    share.awaitTurn(most::get, TimeUnit.HOURS.toNanos(1));
                }
                begun.add(number);
            }));
            await().until(() -> share.waiting == number + 1);
        }
        most.set(3);
        share.wake(3);
        await().until(() -> begun.size() == 2);
        assertThat(begun).containsExactlyInAnyOrder(0, 1);

        assertThat(share.end()).as("others wait").isTrue();
        share.wake(3);
        await().until(() -> begun.size() == 3);
        assertThat(begun).containsExactlyInAnyOrder(0, 1, 2);

        most.set(Integer.MAX_VALUE);
        share.wake(Integer.MAX_VALUE);
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(begun).hasSize(10);
        assertThat(share.waiting).isZero();
        assertThat(share.atWork).hasValue(10);
    }
}

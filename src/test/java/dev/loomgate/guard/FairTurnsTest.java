package dev.loomgate.guard;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
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
                    share.end();
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
}

package dev.loomgate.http2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.Test;

/** Threads that have something to do one after the other. */
class TurnsTest {
    private final AtomicInteger ends = new AtomicInteger();
    private final Turns turns = new Turns(ends::incrementAndGet);

    private static Thread start(Turns.Job job) {
        return Thread.ofVirtual().start(() -> {
            try {
                job.run();
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    @Test
    void whoIsAtItDoesWhatOthersHaveLeft() throws Exception {
        var begun = new CountDownLatch(1);
        var gate = new CountDownLatch(1);
        var by = new ConcurrentLinkedQueue<Thread>();
        Thread first = start(() -> turns.run(() -> {
            begun.countDown();
            try {
                gate.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }));
        begun.await();
        var others = new ArrayList<Thread>();
        for (int i = 0; i < 10; i++) {
            others.add(start(() -> turns.run(() -> by.add(Thread.currentThread()))));
        }
        var failures = new ConcurrentLinkedQueue<String>();
        others.add(start(() -> {
            try {
                turns.run(() -> {
                    throw new IOException("on purpose");
                });
            } catch (IOException e) {
                failures.add(e.getMessage());
            }
        }));
        await().until(() -> others.stream().allMatch(thread -> thread.getState() == Thread.State.WAITING));
        others.getFirst().interrupt();
        assertThat(by).isEmpty();
        gate.countDown();
        for (Thread thread : others) {
            assertThat(thread.join(Duration.ofSeconds(20))).isTrue();
        }
        assertThat(first.join(Duration.ofSeconds(20))).isTrue();
        assertThat(by).hasSize(10).allMatch(thread -> thread == first);
        assertThat(failures).containsExactly("on purpose");
        assertThat(ends).hasValue(1);
    }

    @Test
    void nothingIsForgottenOrDoneTwice() throws Exception {
        int[] done = {0};
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 24; i++) {
            Turns.Job all = i % 6 == 5 ? () -> turns.runHere(() -> done[0]++) : () -> turns.run(() -> done[0]++);
            Runnable many = () -> {
                for (int n = 0; n < 5_000; n++) {
                    try {
                        all.run();
                    } catch (IOException e) {
                        throw new IllegalStateException(e);
                    }
                }
            };
            threads.add(i % 2 == 0 ? Thread.ofVirtual().start(many) : Thread.ofPlatform().start(many));
        }
        for (Thread thread : threads) {
            thread.join(30_000);
            assertThat(thread.isAlive()).isFalse();
        }
        turns.run(() -> assertThat(done[0]).isEqualTo(120_000));
    }
}

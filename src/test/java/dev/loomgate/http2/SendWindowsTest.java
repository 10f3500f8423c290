package dev.loomgate.http2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

import dev.loomgate.transport.DeadlineException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How much a client takes, where it can't be told from outside. */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SendWindowsTest {
    @Test
    void whatAClosedStreamDidNotSendIsThereForOthers() throws Exception {
        var windows = new SendWindows(60_000, 0, () -> false);
        assertThat(windows.takeNow(windows.open(), 65_535)).isTrue();
        SendWindows.Window other = windows.open();
        assertThat(windows.takeNow(other, 1)).isFalse();

        CompletableFuture<Integer> waiting = new CompletableFuture<>();
        Thread thread = Thread.startVirtualThread(() -> {
            try {
                waiting.complete(windows.take(other, 100));
            } catch (Exception e) {
                waiting.completeExceptionally(e);
            }
        });
        await("the other stream waits").until(() -> thread.getState() == Thread.State.TIMED_WAITING);
        windows.giveBack(100);
        assertThat(waiting).as("what a stream takes that waited").succeedsWithin(10, TimeUnit.SECONDS).isEqualTo(100);
    }

    /** Each of them wants less than there is: whoever has enough must let the next know, and none may come before those who wait. */
    @Test
    void whatIsOpenedServesAllThatWaitInTheirOrder() throws Exception {
        var windows = new SendWindows(20_000, 0, () -> false);
        assertThat(windows.takeNow(windows.open(), 65_535)).isTrue();
        var served = new ConcurrentLinkedQueue<Integer>();
        var threads = new ArrayList<Thread>();
        for (int i = 0; i < 20; i++) {
            int number = i;
            SendWindows.Window window = windows.open();
            Thread thread = Thread.ofVirtual().start(() -> {
                try {
                    served.add(windows.take(window, 10 + number));
                } catch (IOException e) {
                    served.add(-number);
                }
            });
            threads.add(thread);
            await("stream " + i + " waits").until(() -> thread.getState() == Thread.State.TIMED_WAITING);
        }
        // gives up
        threads.get(3).interrupt();
        assertThat(threads.get(3).join(Duration.ofSeconds(20))).as("the one that was interrupted ends").isTrue();
        assertThat(served.poll()).isEqualTo(-3);
        for (int i = 0; i < 3; i++) {
            // enough for the next of them
            windows.extendAll(10 + i);
            assertThat(threads.get(i).join(Duration.ofSeconds(10))).as("stream " + i + " has its turn").isTrue();
            assertThat(served.poll()).isEqualTo(10 + i);
        }
        windows.extendAll(100_000);
        for (Thread thread : threads) {
            assertThat(thread.join(Duration.ofSeconds(10))).as("each has its turn").isTrue();
        }
        assertThat(served).containsExactlyInAnyOrderElementsOf(IntStream.range(4, 20).mapToObj(i -> 10 + i).toList());
    }

    /** Byte by byte, each of them in time: of a stream's own window, and of that of all. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void endsAResponseThatIsTakenDropByDrop(boolean own) throws Exception {
        var windows = new SendWindows(300, 1_000, () -> false);
        SendWindows.Window window = windows.open();
        assertThat(windows.takeNow(own ? window : windows.open(), 65_535)).isTrue();
        windows.extendAll(own ? 1 << 20 : 0);
        // it has taken a lot before, which counts for it
        var slow = new SendWindows(300, 1_000_000, () -> false);
        SendWindows.Window dripping = slow.open();
        assertThat(slow.takeNow(own ? dripping : slow.open(), 65_535)).isTrue();
        slow.extendAll(own ? 1 << 20 : 0);
        long begun = System.nanoTime();
        Thread drip = Thread.ofVirtual().start(() -> {
            try {
                while (true) {
                    Thread.sleep(20);
                    if (own) {
                        windows.extend(window, 1);
                        slow.extend(dripping, 1);
                    } else {
                        windows.extendAll(1);
                        slow.extendAll(1);
                    }
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        try {
            assertThatThrownBy(() -> {
                while (true) {
                    slow.take(dripping, 1000);
                }
            }).isInstanceOf(DeadlineException.class);
            // 300 ms and what it has taken at the least rate: the other one's patience is a minute
            assertThat(System.nanoTime() - begun).isGreaterThan(300_000_000L);
            assertThat(windows.take(window, 1000)).isPositive();
        } finally {
            drip.interrupt();
        }
    }
}

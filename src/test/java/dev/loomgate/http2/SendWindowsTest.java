package dev.loomgate.http2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;

/** How much a client takes, where it can't be told from outside. */
class SendWindowsTest {
    @Test
    void whatAClosedStreamDidNotSendIsThereForOthers() throws Exception {
        var windows = new SendWindows(10_000);
        assertThat(windows.takeNow(windows.open(), 65_535)).isTrue();
        SendWindows.Window other = windows.open();
        assertThat(windows.takeNow(other, 1)).isFalse();

        CompletableFuture<Integer> waiting = new CompletableFuture<>();
        Thread.startVirtualThread(() -> {
            try {
                waiting.complete(windows.take(other, 100));
            } catch (Exception e) {
                waiting.completeExceptionally(e);
            }
        });
        windows.giveBack(100);
        assertThat(waiting.get()).isEqualTo(100);
    }

    /** Each of them wants less than there is: whoever has enough must let the next know, and none may come before those who wait. */
    @Test
    void whatIsOpenedServesAllThatWaitInTheirOrder() throws Exception {
        var windows = new SendWindows(20_000);
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
            await().until(() -> thread.getState() == Thread.State.TIMED_WAITING);
        }
        // gives up
        threads.get(3).interrupt();
        assertThat(threads.get(3).join(Duration.ofSeconds(20))).isTrue();
        assertThat(served.poll()).isEqualTo(-3);
        windows.extendAll(100_000);
        for (Thread thread : threads) {
            assertThat(thread.join(Duration.ofSeconds(10))).isTrue();
        }
        assertThat(served).containsExactlyElementsOf(IntStream.range(0, 20).filter(i -> i != 3).mapToObj(i -> 10 + i).toList());
    }
}

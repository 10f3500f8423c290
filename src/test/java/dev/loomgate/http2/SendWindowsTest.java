package dev.loomgate.http2;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;

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
}

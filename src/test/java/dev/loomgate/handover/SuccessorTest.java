package dev.loomgate.handover;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import dev.loomgate.testing.Concurrent;

/** What a whole server does not show: see {@code HandoverTest} for the rest. */
@Concurrent
class SuccessorTest {
    @TempDir
    private Path directory;

    @Test
    void isEndedIfWhoWaitsForItIsInterrupted() throws Exception {
        Path file = directory.resolve("pid");
        var thrown = new AtomicReference<Exception>();
        Thread waiter = Thread.ofPlatform().start(() -> {
            try {
                Successor.start(List.of("/bin/sh", "-c", "echo $$ > " + file + "; exec sleep 60"), Map.of("PATH", "/usr/bin:/bin"),
                        List.of(), Duration.ofMinutes(5));
            } catch (Exception e) {
                thrown.set(e);
            }
        });
        await().until(() -> Files.exists(file) && Files.size(file) > 0);
        long pid = Long.parseLong(Files.readString(file).strip());
        try {
            waiter.interrupt();
            assertThat(waiter.join(Duration.ofSeconds(30))).isTrue();
            assertThat(thrown.get()).isInstanceOf(InterruptedException.class);
            assertThat(ProcessHandle.of(pid)).isEmpty();
        } finally {
            ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
        }
    }
}

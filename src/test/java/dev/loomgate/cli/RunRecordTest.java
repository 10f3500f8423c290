package dev.loomgate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunRecordTest {
    @TempDir
    Path directory;

    private long died() throws Exception {
        Process process = new ProcessBuilder("true").start();
        process.waitFor();
        return process.pid();
    }

    @Test
    void countsRunsThatDidNotStopUntilOneDoes() throws Exception {
        Path socket = directory.resolve("control.sock");
        Path file = directory.resolve("control.sock.run");
        long dead = died();
        Files.writeString(file, "pid=" + dead + "\nstarted=2026-01-01T00\\:00\\:00Z\nrestarts=2\n");
        try (RunRecord run = RunRecord.begin(socket, false)) {
            assertThat(run.status()).containsEntry("restarts", 3L)
                    .containsEntry("lastEnd", "process " + dead + " ended without having been stopped").containsKey("startedAgain");
            // who takes its place goes on with that, and does not take it for dead
            assertThat(RunRecord.begin(socket, true).status()).isEqualTo(run.status());
            // nor is a second server with this configuration a restart
            assertThat(RunRecord.begin(socket, false).status()).isEmpty();
        }
        assertThat(file).doesNotExist();
        try (RunRecord run = RunRecord.begin(socket, false)) {
            assertThat(run.status()).isEmpty();
        }
    }

    @Test
    void doesWithoutWhatMakesNoSense() throws Exception {
        Path file = Files.writeString(directory.resolve("control.sock.run"), "pid=x\n\\u00");
        try (RunRecord run = RunRecord.begin(directory.resolve("control.sock"), false)) {
            assertThat(run.status()).isEmpty();
        }
        assertThat(file).doesNotExist();
        try (RunRecord none = RunRecord.begin(null, false)) {
            assertThat(none.status()).isEmpty();
        }
    }
}

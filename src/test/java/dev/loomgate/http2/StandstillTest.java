package dev.loomgate.http2;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import dev.loomgate.cli.ServerProcess;
import dev.loomgate.testing.Concurrent;
import dev.loomgate.testing.ScriptDirectory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server that stands still for longer than its clients may, as a virtual machine does that is moved: they are not late. */
@Concurrent
class StandstillTest {
    private static final int LENGTH = 8_000;
    private static final int WINDOW = 1_000;
    private static final int INITIAL_WINDOW_SIZE = 4;
    /** So many that a server that goes on can't hear all of them before it looks at the clock. */
    private static final int CLIENTS = 60;
    private static final int HALF = 400;
    /** All of them must have come to wait in less. */
    private static final int LIMIT_SECONDS = 15;

    @TempDir
    private Path directory;

    private static void signal(Process process, String signal) throws Exception {
        assertThat(new ProcessBuilder("kill", "-" + signal, String.valueOf(process.pid())).inheritIO().start().waitFor()).isZero();
    }

    @Test
    void clientsThatWereInTimeMeanwhileAreServed() throws Exception {
        Files.writeString(directory.resolve("file"), "x".repeat(LENGTH));
        new ScriptDirectory(directory).sh("cat", "printf 'Content-Type: text/plain\\n\\n'\ncat\n");
        Files.writeString(directory.resolve("test.yaml"), """
                listeners:
                  - port: 0
                guard:
                  write-timeout: %1$ds
                  body-timeout: %1$ds
                routes:
                  - {path: /file, handler: static, root: .}
                  - {path: /cat, handler: cgi, script: cat}
                control: control.sock
                """.formatted(LIMIT_SECONDS));
        var clients = new ArrayList<FrameClient>();
        try (ServerProcess server = ServerProcess.start(directory)) {
            for (int i = 0; i < CLIENTS; i++) {
                FrameClient client = FrameClient.connect(server.port(), INITIAL_WINDOW_SIZE, WINDOW);
                clients.add(client);
                client.post(1, "/cat", "content-length", String.valueOf(2 * HALF)).data(1, "x".repeat(HALF), false);
                client.get(3, "/file");
                read(client, 0, WINDOW);
            }

            signal(server.process(), "STOP");
            for (FrameClient client : clients) {
                client.frame(Frame.WINDOW_UPDATE, 0, 3, FrameClient.integer(LENGTH)).data(1, "x".repeat(HALF), true);
            }
            // for as long as the server allows its clients, and more
            new CompletableFuture<Void>().completeOnTimeout(null, LIMIT_SECONDS + 1, TimeUnit.SECONDS).get();
            signal(server.process(), "CONT");

            for (FrameClient client : clients) {
                read(client, 2 * HALF, LENGTH - WINDOW);
            }
        } finally {
            for (FrameClient client : clients) {
                client.close();
            }
        }
    }

    /** Reads so much of the two responses. */
    private static void read(FrameClient client, int first, int third) throws IOException {
        int[] left = {0, first, 0, third};
        while (left[1] > 0 || left[3] > 0) {
            FrameClient.Came frame = client.read();
            assertThat(frame.type()).as("no stream is reset, as %d is", frame.stream()).isNotIn(Frame.RST_STREAM, Frame.GOAWAY);
            if (frame.type() == Frame.DATA) {
                left[frame.stream()] -= frame.payload().length;
            }
        }
    }
}

package dev.loomgate.gateway.fastcgi;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.concurrent.Future;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

import dev.loomgate.gateway.ScriptResolver;
import dev.loomgate.testing.RawClient;

/** What can only be seen while nothing else runs in this process: memory, and what processes are left. */
class PhpAloneTest extends PhpTesting {
    /** The shell that ends them all if this process is killed. */
    private static final int WATCH = 1;

    @Override
    FastCgiGateway start(ScriptResolver resolver) {
        return startPhpCgi(resolver, top, scripts.path());
    }

    @Test
    void aHundredMegabytesGoUpAndDownInLittleMemory() throws Exception {
        scripts.plain("echo.php", "<?php header('Content-Type: application/octet-stream'); ini_set('memory_limit', '16M'); "
                + "$in = fopen('php://input', 'r'); while (ob_get_level()) ob_end_clean(); "
                + "while (!feof($in)) { echo fread($in, 65536); flush(); }");
        int length = 100_000_000;
        byte[] piece = new byte[1_000_000];
        new Random(2).nextBytes(piece);
        long before = usedHeap();

        try (RawClient client = connect()) {
            client.send("POST /echo.php HTTP/1.1\r\nHost: h\r\nContent-Type: x/y\r\nContent-Length: " + length + "\r\n\r\n");
            Future<?> sending = threads.submit(() -> {
                for (int sent = 0; sent < length; sent += piece.length) {
                    client.send(piece);
                }
                return null;
            });
            while (!client.readLine().isEmpty()) {
                // the header
            }
            long received = 0;
            for (int size = -1; size != 0; received += size) {
                size = Integer.parseInt(client.readLine(), 16);
                byte[] chunk = client.readExactly(size);
                for (int i = 0; i < size; i += 997) {
                    assertThat(chunk[i]).isEqualTo(piece[(int) ((received + i) % piece.length)]);
                }
                client.readLine();
            }
            assertThat(received).isEqualTo(length);
            sending.get();
        }
        assertThat(usedHeap() - before).isLessThan(50_000_000);
    }

    private static long usedHeap() {
        System.gc();
        Runtime runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }

    @Test
    void nothingIsLeftOfAKilledMaster() {
        ProcessHandle.of(masters().getLast()).orElseThrow().destroyForcibly();

        Awaitility.await().until(() -> masters().size() == 2);
        Awaitility.await().until(() -> ProcessHandle.current().descendants().count()
                + masters().stream().limit(1).filter(pid -> ProcessHandle.of(pid).isPresent()).count() == CHILDREN + 1 + WATCH);
    }
}

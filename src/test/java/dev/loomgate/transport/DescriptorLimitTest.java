package dev.loomgate.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.EOFException;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import dev.loomgate.testing.Programs;
import dev.loomgate.testing.RawClient;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server with few file descriptors and many clients: it refuses some, and is as good as new when they leave. */
class DescriptorLimitTest {
    private static final int DESCRIPTORS = 200;
    private static final int CLIENTS = 300;
    /** What the virtual machine may open besides while it works. */
    private static final int SOME = 10;

    @TempDir
    private Path directory;
    private Process server;
    private int port;

    @BeforeEach
    void start() throws IOException {
        Path bash = Programs.require("bash", "bash");
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        server = new ProcessBuilder(bash.toString(), "-c", "ulimit -n " + DESCRIPTORS + "; exec \"$@\"", "bash", java,
                "-Xmx128m", "-XX:TieredStopAtLevel=1", "-cp", classPath(), HelloServer.class.getName())
                .redirectError(directory.resolve("errors").toFile()).start();
        BufferedReader output = server.inputReader();
        String line = output.readLine();
        while (line != null && !line.matches("[0-9]+")) {
            line = output.readLine();
        }
        assertThat(line).as("port of the server; errors in " + directory.resolve("errors")).isNotNull();
        port = Integer.parseInt(line);
    }

    /** Without the test libraries: each jar takes a descriptor. */
    private static String classPath() {
        String all = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        return Stream.of(all.split(File.pathSeparator))
                .filter(entry -> !entry.matches(".*/(junit|groovy|rest-assured|archunit|jqwik|http|byte-buddy|assertj)[^/]*"))
                .collect(Collectors.joining(File.pathSeparator));
    }

    @AfterEach
    void stop() throws Exception {
        if (server != null) {
            server.getOutputStream().close();
            if (!server.waitFor(10, TimeUnit.SECONDS)) {
                server.destroyForcibly();
            }
        }
    }

    /** Asks and leaves the connection open; null if it was refused. */
    private RawClient ask() throws IOException {
        RawClient client = RawClient.connect(port).readTimeout(Duration.ofSeconds(30));
        try {
            client.send("GET /hello HTTP/1.1\r\nHost: h\r\n\r\n");
            assertThat(client.readResponse().body()).isEqualTo("hello");
            return client;
        } catch (EOFException | SocketException refused) {
            client.close();
            return null;
        }
    }

    private List<RawClient> askAtOnce(int clients) throws InterruptedException, ExecutionException {
        var served = new ArrayList<RawClient>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var asking = new ArrayList<Future<RawClient>>();
            for (int i = 0; i < clients; i++) {
                asking.add(threads.submit(this::ask));
            }
            for (Future<RawClient> one : asking) {
                RawClient client = one.get();
                if (client != null) {
                    served.add(client);
                }
            }
        }
        return served;
    }

    private static boolean isStillServed(RawClient client) {
        try {
            client.send("GET /hello HTTP/1.1\r\nHost: h\r\n\r\n");
            assertThat(client.readResponse().body()).isEqualTo("hello");
            return true;
        } catch (EOFException | SocketException closed) {
            return false;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void closeAll(List<RawClient> clients) throws IOException {
        for (RawClient client : clients) {
            client.close();
        }
    }

    private int openDescriptors() {
        File[] descriptors = Path.of("/proc/" + server.pid() + "/fd").toFile().listFiles();
        return descriptors == null ? -1 : descriptors.length;
    }

    @Test
    void dropsThoseThatSayNothingWhenDescriptorsRunShort() throws Exception {
        RawClient kept = ask();
        var silent = new ArrayList<RawClient>();
        var served = new ArrayList<RawClient>(List.of(kept));
        try {
            for (int i = 0; i < DESCRIPTORS; i++) {
                silent.add(RawClient.connectFrom("127.0.0.2", port));
            }
            // those that came a moment ago are left alone: their request may be on its way
            Awaitility.await().atMost(Duration.ofSeconds(20)).pollInterval(Duration.ofMillis(100)).until(() -> {
                RawClient client = ask();
                if (client != null) {
                    served.add(client);
                }
                return client != null;
            });
            for (int i = 0; i < 20; i++) {
                long begun = System.nanoTime();
                RawClient client = ask();
                assertThat(client).as("a client that says what it wants").isNotNull();
                assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(2));
                served.add(client);
                assertThat(isStillServed(kept)).isTrue();
            }
            assertThat(served).allMatch(DescriptorLimitTest::isStillServed);
        } finally {
            closeAll(silent);
            closeAll(served);
        }
    }

    @Test
    void refusesSomeAndServesAllAgainWhenTheyLeave() throws Exception {
        ask().close();
        Awaitility.await().pollInterval(Duration.ofMillis(50)).until(() -> openDescriptors() < DESCRIPTORS - 30);
        int before = openDescriptors();
        for (int round = 0; round < 2; round++) {
            List<RawClient> served = askAtOnce(CLIENTS);
            // connections that only waited for their next request may have made room for others
            assertThat(served.stream().filter(DescriptorLimitTest::isStillServed).count())
                    .as("connections while there are descriptors").isBetween(20L, (long) DESCRIPTORS);
            closeAll(served);
            Awaitility.await().atMost(Duration.ofSeconds(10)).pollInterval(Duration.ofMillis(50))
                    .untilAsserted(() -> assertThat(openDescriptors()).isLessThanOrEqualTo(before + SOME));
            List<RawClient> again = askAtOnce(20);
            assertThat(again).as("served when the others have left").hasSize(20);
            closeAll(again);
        }
        assertThat(server.isAlive()).isTrue();
    }
}

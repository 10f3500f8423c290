package dev.loomgate.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import dev.loomgate.guard.Rejections;
import dev.loomgate.testing.Concurrent;
import dev.loomgate.testing.RawClient;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** What becomes of requests that take longer in all than they may. */
@Concurrent
class RequestTimeTest {
    @TempDir
    Path directory;

    private Server server;

    @AfterEach
    void stop() {
        if (server != null) {
            server.close();
        }
    }

    private void start(String threads, String guard, String keys) throws Exception {
        start("late", threads, guard, keys);
    }

    private void start(String listener, String threads, String guard, String keys) throws Exception {
        CompiledClasses.compile(directory.resolve("classes"), "Slow", """
                import dev.loomgate.handler.*;
                import java.nio.file.*;
                public final class Slow implements Handler {
                    private Path stop;
                    public void init(java.util.Map<String, String> settings) { stop = Path.of(settings.get("stop")); }
                    public void handle(Request request, Response response) throws Exception {
                        switch (request.queryString()) {
                            case "quick" -> { }
                            case "sleep" -> Thread.sleep(60_000);
                            case "late" -> {
                                response.out().print("begun");
                                response.flush();
                                Thread.sleep(60_000);
                            }
                            case "deaf" -> deaf();
                            case "read" -> request.body().readAllBytes();
                            case "wrap" -> {
                                try {
                                    Thread.sleep(60_000);
                                } catch (InterruptedException e) {
                                    Thread.currentThread().interrupt();
                                    throw new IllegalStateException("handlers do this", e);
                                }
                            }
                            case "write" -> {
                                byte[] bytes = new byte[1 << 20];
                                while (true) { response.outputStream().write(bytes); }
                            }
                        }
                        response.out().print("done " + Thread.currentThread().isInterrupted());
                    }
                    private void deaf() throws Exception {
                        // not by a channel, which an interrupt would close
                        stop.resolveSibling("deaf").toFile().createNewFile();
                        while (!Files.exists(stop)) {
                            try { Thread.sleep(10); } catch (InterruptedException e) { continue; }
                        }
                    }
                }
                """);
        Files.writeString(directory.resolve("sleep.sh"), "#!/bin/sh\necho $$ > %s\nexec sleep 60\n"
                .formatted(directory.resolve("pid"))).toFile().setExecutable(true);
        server = Plan.read(Files.writeString(directory.resolve("test.yaml"), """
                listeners: [{name: %s, port: 0}]
                threads: {model: %s}
                guard: {%s}
                routes:
                - {path: /slow, handler: java, class: Slow, class-path: classes, settings: {stop: "%s"}%s}
                - {path: /cgi, handler: cgi, script: sleep.sh%s}
                - {path: /free, handler: respond, body: y}
                """.formatted(listener, threads, guard, directory.resolve("stop"), keys, keys))).start();
    }

    private RawClient connect() throws IOException {
        return RawClient.connect(URI.create(server.addresses().getFirst()).getPort());
    }

    private static String get(String target) {
        return "GET " + target + " HTTP/1.1\r\nHost: x\r\n\r\n";
    }

    @ParameterizedTest
    @ValueSource(strings = {"virtual", "platform"})
    void answersWith503AndServesTheNextRequest(String threads) throws Exception {
        start(threads, "", ", request-timeout: 2s");
        try (RawClient client = connect(); RawClient other = connect()) {
            for (int i = 0; i < 2; i++) {
                for (String kind : new String[] {"sleep", "wrap"}) {
                    long before = System.nanoTime();
                    client.send(get("/slow?" + kind));
                    // who is not slow does not notice
                    assertThat(other.send(get("/slow?quick")).readResponse().body()).isEqualTo("done false");
                    RawClient.Response late = client.readResponse();
                    assertThat(late.status()).as(kind).isEqualTo(503);
                    assertThat(Duration.ofNanos(System.nanoTime() - before))
                            .isBetween(Duration.ofMillis(1_500), Duration.ofSeconds(30));
                    assertThat(client.send(get("/slow?quick")).readResponse().body()).isEqualTo("done false");
                }
            }
        }
    }

    @Test
    void keepsNobodyWaitingForItsLineInTheLog() throws Exception {
        var logging = new CountDownLatch(1);
        var written = new CountDownLatch(1);
        var log = new UnsynchronizedAppenderBase<ILoggingEvent>() {
            @Override
            protected void append(ILoggingEvent event) {
                if (event.getThreadName().equals("loomgate-sweep-held")) {
                    logging.countDown();
                    try {
                        written.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                }
            }
        };
        var logger = (Logger) LoggerFactory.getLogger(Rejections.class);
        log.start();
        logger.addAppender(log);
        try {
            start("held", "virtual", "", ", request-timeout: 300ms");
            try (RawClient client = connect()) {
                assertThat(client.send(get("/slow?sleep")).readResponse().status()).isEqualTo(503);
                assertThat(logging.await(30, TimeUnit.SECONDS)).as("it is logged").isTrue();
            }
        } finally {
            written.countDown();
            logger.detachAppender(log);
        }
    }

    @Test
    void breaksAResponseOffThatHasBegun() throws Exception {
        start("virtual", "", ", request-timeout: 3s");
        try (RawClient client = connect()) {
            client.send(get("/slow?late"));
            assertThat(client.readLine()).contains("200");
            await().until(() -> server.connectionCount() == 0);
        }
    }

    @Test
    void breaksTheConnectionOffOfAHandlerThatWillNotStop() throws Exception {
        start("virtual", "", ", request-timeout: 300ms");
        try (RawClient client = connect()) {
            assertThat(client.send(get("/slow?deaf")).isClosedByServer()).isTrue();
            Files.createFile(directory.resolve("stop"));
            await().until(() -> server.connectionCount() == 0);
        }
    }

    @Test
    void endsARequestWhoseBodyTricklesIn() throws Exception {
        start("virtual", "min-body-rate: 0", ", request-timeout: 500ms");
        try (RawClient client = connect()) {
            client.send("POST /slow?read HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n");
            await().until(() -> {
                try {
                    client.send("x");
                    return false;
                } catch (IOException e) {
                    return true;
                }
            });
        }
    }

    @Test
    void endsAResponseThatTricklesOut() throws Exception {
        start("virtual", "", ", request-timeout: 500ms");
        try (RawClient client = connect()) {
            client.send(get("/slow?write"));
            // reads, so that the write limit is never reached
            await().until(() -> {
                client.stream().readNBytes(10_000);
                return server.connectionCount() == 0;
            });
        }
    }

    @Test
    void endsAScript() throws Exception {
        start("virtual", "", ", request-timeout: 3s");
        try (RawClient client = connect()) {
            assertThat(client.send(get("/cgi")).readResponse().status()).isEqualTo(503);
        }
        long pid = Long.parseLong(Files.readString(directory.resolve("pid")).strip());
        await().until(() -> ProcessHandle.of(pid).isEmpty());
    }

    @Test
    void countsTheTimeInTheQueue() throws Exception {
        start("virtual", "", ", request-timeout: 1s, concurrent-requests: {limit: 1, queue: 5, queue-timeout: 60s}");
        try (RawClient first = connect(); RawClient second = connect()) {
            first.send(get("/slow?deaf"));
            await().until(() -> Files.exists(directory.resolve("deaf")));
            assertThat(second.send(get("/slow?quick")).readResponse().status()).isEqualTo(503);
            Files.createFile(directory.resolve("stop"));
        }
    }

    @Test
    void letsTheTimeOfARouteTakeThePlaceOfThatForAll() throws Exception {
        start("virtual", "request-timeout: 300ms", ", request-timeout: 1h");
        try (RawClient client = connect()) {
            client.readTimeout(Duration.ofSeconds(2)).send(get("/slow?deaf"));
            try {
                assertThat(client.readResponse()).isNull();
            } catch (java.net.SocketTimeoutException expected) {
                Files.createFile(directory.resolve("stop"));
            }
            assertThat(client.readTimeout(Duration.ofSeconds(10)).readResponse().body()).startsWith("done");
        }
        server.close();
        start("virtual", "request-timeout: 2s", "");
        try (RawClient client = connect()) {
            assertThat(client.send(get("/slow?sleep")).readResponse().status()).isEqualTo(503);
            assertThat(client.send(get("/free")).readResponse().body()).isEqualTo("y");
        }
    }
}

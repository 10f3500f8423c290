package dev.loomgate.testing;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.LongAdder;

import org.awaitility.Awaitility;

/** Clients that ask for {@code /} all the time: some on connections that they keep, some on a new one each time. */
public final class Churn implements AutoCloseable {
    private static final String KEPT = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    private static final String LAST = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

    /** A client that never paused would seldom be found waiting, and would leave no processor to a process that starts. */
    private static final Duration PAUSE = Duration.ofMillis(1);

    private final Connector connector;
    private final Duration pause;
    private final LongAdder answers = new LongAdder();
    private final LongAdder connections = new LongAdder();
    private final List<String> failures = new CopyOnWriteArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean ended;

    /** How a client connects. */
    @FunctionalInterface
    public interface Connector {
        RawClient connect() throws IOException;
    }

    private Churn(Connector connector, Duration pause) {
        this.connector = connector;
        this.pause = pause;
    }

    /** Six clients of a port of 127.0.0.1. */
    public static Churn start(int port) {
        return start(() -> RawClient.connect(port));
    }

    /** Six clients that connect in this way. */
    public static Churn start(Connector connector) {
        return start(connector, PAUSE);
    }

    /** Six clients that connect in this way, and pause so long after each answer. */
    public static Churn start(Connector connector, Duration pause) {
        var churn = new Churn(connector, pause);
        for (int i = 0; i < 3; i++) {
            churn.threads.add(Thread.ofPlatform().daemon().start(churn::keepConnections));
            churn.threads.add(Thread.ofPlatform().daemon().start(churn::connectAnew));
        }
        return churn;
    }

    private void keepConnections() {
        while (!ended) {
            try (RawClient client = connector.connect()) {
                connections.increment();
                boolean kept = true;
                while (kept && !ended) {
                    kept = ask(client, KEPT);
                    Thread.sleep(pause);
                }
            } catch (IOException | RuntimeException e) {
                failures.add("on a kept connection: " + e);
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private void connectAnew() {
        for (int i = 0; !ended; i++) {
            try (RawClient client = connector.connect()) {
                connections.increment();
                ask(client, i % 2 == 0 ? LAST : KEPT);
                Thread.sleep(pause);
            } catch (IOException | RuntimeException e) {
                failures.add("on a new connection: " + e);
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    /** Returns whether the server keeps the connection. */
    private boolean ask(RawClient client, String request) throws IOException {
        RawClient.Response response = client.send(request).readResponse();
        if (response.status() == 200) {
            answers.increment();
        } else {
            failures.add(response.statusLine());
        }
        return response.header("Connection").filter("close"::equalsIgnoreCase).isEmpty();
    }

    /** Waits for so many answers more. */
    public void awaitMore(int count) {
        long before = answers.sum();
        Awaitility.await().until(() -> answers.sum() >= before + count || !failures.isEmpty());
    }

    /** Whatever was not answered with 200, and how that showed. */
    public List<String> failures() {
        return List.copyOf(failures);
    }

    /** Number of answers. */
    public long answers() {
        return answers.sum();
    }

    /** Number of connections. */
    public long connections() {
        return connections.sum();
    }

    /** Lets each client finish its request. */
    @Override
    public void close() throws InterruptedException {
        ended = true;
        for (Thread thread : threads) {
            thread.join();
        }
    }
}

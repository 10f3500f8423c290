package dev.loomgate.testing;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;

/**
 * A client that does nothing wrong while a test attacks the server: it asks for {@code /} on a connection that it keeps, and
 * every tenth time on a new one, and notes how long each answer took and what failed.
 */
public final class Bystander implements AutoCloseable {
    private static final int REQUESTS_OF_A_CONNECTION = 10;

    private final String address;
    private final int port;
    private final Thread thread;
    private final CountDownLatch begun = new CountDownLatch(3);
    private final List<Long> nanos = Collections.synchronizedList(new ArrayList<>());
    private final List<String> errors = Collections.synchronizedList(new ArrayList<>());
    private volatile boolean done;

    private Bystander(String address, int port) {
        this.address = address;
        this.port = port;
        this.thread = Thread.ofPlatform().name("bystander").daemon().unstarted(this::run);
    }

    /** Starts asking from an address of this machine, and waits for the first answers. */
    public static Bystander start(String address, int port) throws InterruptedException {
        var bystander = new Bystander(address, port);
        bystander.thread.start();
        bystander.begun.await();
        return bystander;
    }

    private void run() {
        while (!done) {
            try (RawClient client = RawClient.connectFrom(address, port)) {
                for (int i = 0; i < REQUESTS_OF_A_CONNECTION && !done; i++) {
                    ask(client);
                }
            } catch (IOException | RuntimeException e) {
                errors.add(e.toString());
                begun.countDown();
            }
        }
    }

    private void ask(RawClient client) throws IOException {
        long start = System.nanoTime();
        RawClient.Response response = client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n").readResponse();
        nanos.add(System.nanoTime() - start);
        if (response.status() != 200) {
            throw new IOException(response.statusLine());
        }
        begun.countDown();
        LockSupport.parkNanos(1_000_000);
    }

    /** Forgets the times so far: what comes is what is asked for. */
    public void reset() {
        nanos.clear();
    }

    /** Number of answers since the start or the last reset. */
    public int answers() {
        return nanos.size();
    }

    /** What failed. */
    public List<String> errors() {
        synchronized (errors) {
            return List.copyOf(errors);
        }
    }

    /** Time within which so many of a hundred answers came; there must be one at least. */
    public Duration percentile(double percent) {
        List<Long> sorted;
        synchronized (nanos) {
            sorted = nanos.stream().sorted().toList();
        }
        int index = (int) Math.ceil(percent / 100 * sorted.size()) - 1;
        return Duration.ofNanos(sorted.get(Math.max(0, index)));
    }

    @Override
    public void close() {
        done = true;
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

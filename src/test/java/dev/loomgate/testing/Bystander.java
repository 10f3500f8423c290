package dev.loomgate.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;

import org.awaitility.Awaitility;

/**
 * A client that does nothing wrong while a test attacks the server: it asks again and again, on connections that it keeps for some
 * requests, and notes how long each answer took and what failed.
 */
public final class Bystander implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(120);
    private static final long PAUSE_NANOS = 1_000_000;

    private final String address;
    private final int port;
    private final Manner manner;
    private final Thread thread;
    private final CountDownLatch started = new CountDownLatch(3);
    private final List<Long> nanos = Collections.synchronizedList(new ArrayList<>());
    /** Those of first answers, from before there was a connection. */
    private final List<Long> nanosOfFirst = Collections.synchronizedList(new ArrayList<>());
    private final List<String> errors = Collections.synchronizedList(new ArrayList<>());
    private volatile boolean done;

    /**
     * How it asks.
     *
     * @param greeting what it sends first on each connection
     * @param request  what it asks for
     * @param requests how often on each connection
     */
    public record Manner(String greeting, String request, int requests) {
        /** Asks for {@code /}, every tenth time on a new connection. */
        public static final Manner ORDINARY = asking("/", "");
        /** Asks for {@code /} on one connection: that it is closed is an error, too. */
        public static final Manner KEPT = ORDINARY.kept();

        /** Asks for something else, with these header fields, every tenth time on a new connection. */
        public static Manner asking(String path, String fields) {
            return new Manner("", "GET " + path + " HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n", 10);
        }

        /** Asks the same on one connection. */
        public Manner kept() {
            return new Manner(greeting, request, Integer.MAX_VALUE);
        }
    }

    /**
     * For how long it has waited.
     *
     * @param median    for an answer
     * @param first     median for a connection and the first answer on it; zero if there was none
     * @param mean      for an answer
     * @param most      for 99 of a hundred answers
     * @param longest   for any answer
     * @param perSecond number of answers in a second
     */
    public record Waits(Duration median, Duration first, Duration mean, Duration most, Duration longest, double perSecond) {
        private static final int TIMES = 5;
        private static final Duration STARVED = Duration.ofSeconds(10);

        /**
         * Fails if these are much longer than others: what is asked for is that nobody is kept waiting. That attackers and others use
         * the same processors, and that a machine on which much else runs is slow, is none of the server's fault.
         */
        public void assertLike(Waits calm) {
            assertNotAbove("median", median, calm.median, Duration.ofMillis(100), calm);
            assertNotAbove("median of new connections", first, calm.first, Duration.ofMillis(250), calm);
            assertNotAbove("99 of 100", most, calm.most, Duration.ofSeconds(2), calm);
            // few very long waits are in neither of these
            assertNotAbove("mean", mean, calm.mean, Duration.ofMillis(200), calm);
            assertNotAbove("longest", longest, calm.longest, STARVED, calm);
        }

        private void assertNotAbove(String what, Duration wait, Duration before, Duration least, Waits calm) {
            Duration bound = before.multipliedBy(TIMES);
            assertThat(wait).as("%s; calm: %s, now: %s", what, calm, this).isLessThan(bound.compareTo(least) > 0 ? bound : least);
        }
    }

    private Bystander(String address, int port, Manner manner) {
        this.address = address;
        this.port = port;
        this.manner = manner;
        this.thread = Thread.ofPlatform().name("bystander").daemon().unstarted(this::run);
    }

    /** Starts asking from an address of this machine, and waits for the first answers. */
    public static Bystander start(String address, int port) throws InterruptedException {
        return start(address, port, Manner.ORDINARY);
    }

    /** Starts asking in its own way from an address of this machine, and waits for the first answers. */
    public static Bystander start(String address, int port, Manner manner) throws InterruptedException {
        var bystander = new Bystander(address, port, manner);
        bystander.thread.start();
        bystander.started.await();
        return bystander;
    }

    private void run() {
        while (!done) {
            long begun = System.nanoTime();
            try (RawClient client = RawClient.connectFrom(address, port)) {
                client.send(manner.greeting());
                for (int i = 0; i < manner.requests() && !done; i++) {
                    ask(client);
                    if (i == 0) {
                        nanosOfFirst.add(System.nanoTime() - begun);
                    }
                    LockSupport.parkNanos(PAUSE_NANOS);
                }
            } catch (IOException | RuntimeException e) {
                errors.add(e.toString());
                started.countDown();
                LockSupport.parkNanos(PAUSE_NANOS);
            }
        }
    }

    private void ask(RawClient client) throws IOException {
        long begun = System.nanoTime();
        RawClient.Response response = client.send(manner.request()).readResponse();
        nanos.add(System.nanoTime() - begun);
        if (response.status() != 200) {
            throw new IOException(response.statusLine());
        }
        started.countDown();
    }

    /** Forgets the times so far: what comes is what is asked for. */
    public void reset() {
        nanosOfFirst.clear();
        nanos.clear();
    }

    /** Number of answers since the start or the last reset. */
    public int answers() {
        return nanos.size();
    }

    /** Asks on for so many answers at least, which must all be good ones; returns how long they took. */
    public Waits waits(int count) {
        reset();
        long start = System.nanoTime();
        Awaitility.await().atMost(PATIENCE).until(() -> answers() >= count || !errors.isEmpty());
        double perSecond = answers() * 1e9 / (System.nanoTime() - start);
        assertThat(errors()).isEmpty();
        return new Waits(percentile(50), percentile(nanosOfFirst, 50), mean(), percentile(99), percentile(100), perSecond);
    }

    /** What failed. */
    public List<String> errors() {
        synchronized (errors) {
            return List.copyOf(errors);
        }
    }

    /** Time within which so many of a hundred answers came; zero if there was none. */
    public Duration percentile(double percent) {
        return percentile(nanos, percent);
    }

    private Duration mean() {
        synchronized (nanos) {
            return Duration.ofNanos((long) nanos.stream().mapToLong(Long::longValue).average().orElse(0));
        }
    }

    private static Duration percentile(List<Long> times, double percent) {
        List<Long> sorted;
        synchronized (times) {
            sorted = times.stream().sorted().toList();
        }
        int index = (int) Math.ceil(percent / 100 * sorted.size()) - 1;
        return sorted.isEmpty() ? Duration.ZERO : Duration.ofNanos(sorted.get(Math.max(0, index)));
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

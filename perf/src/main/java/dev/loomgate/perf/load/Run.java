package dev.loomgate.perf.load;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;

import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/**
 * One run of a {@link Load}: a virtual thread for each client. All connections that the
 * server lets in are there before the first request. Every
 * request that was made or due is in the figures, right or wrong: clients wait for their last answer or for its time-out.
 */
final class Run {
    private static final long LONGEST = TimeUnit.MINUTES.toMicros(10);
    private static final int STALLED_SECONDS = 3;
    private static final long RECONNECT_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    private final Load load;
    private final Histogram latency = new ConcurrentHistogram(LONGEST, 3); // of microseconds
    private final LongAdder inTime = new LongAdder();
    private final Map<String, LongAdder> errors = new ConcurrentHashMap<>();
    private final Semaphore connecting = new Semaphore(256); // a backlog is finite
    private final LongAdder established = new LongAdder();
    private final CountDownLatch connected;
    private final CountDownLatch started = new CountDownLatch(1);
    private volatile long start;
    private volatile long end;

    Run(Load load) {
        this.load = load;
        connected = new CountDownLatch(load.connections());
    }

    Outcome measure() throws InterruptedException {
        try (var clients = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < load.connections(); i++) {
                int number = i;
                clients.submit(() -> {
                    client(number);
                    return null;
                });
            }
            awaitConnections();
            start = System.nanoTime();
            end = start + (long) (load.seconds() * 1e9);
            started.countDown();
        }
        var kinds = new LinkedHashMap<String, Long>();
        errors.forEach((kind, count) -> kinds.put(kind, count.sum()));
        double[] millis = Arrays.stream(Outcome.PERCENTILES).map(at -> latency.getValueAtPercentile(at) / 1e3).toArray();
        return new Outcome(load.seconds(), inTime.sum(), kinds, millis);
    }

    /** Waits for all connections, but no longer for those that a server does not let in while no other comes either. */
    private void awaitConnections() throws InterruptedException {
        long before;
        do {
            before = established.sum();
        } while (!connected.await(STALLED_SECONDS, TimeUnit.SECONDS) && established.sum() > before);
    }

    private void client(int number) throws InterruptedException {
        Client client = null;
        try {
            if (load.mode() != Load.Mode.CHURN) {
                client = connect();
            }
        } finally {
            connected.countDown();
        }
        started.await();
        if (load.mode() == Load.Mode.OPEN) {
            open(client, number);
        } else {
            closed(client);
        }
    }

    private void closed(Client first) {
        Client client = first;
        while (System.nanoTime() < end) {
            client = request(client, System.nanoTime());
        }
        close(client);
    }

    private void open(Client first, int number) {
        Client client = first;
        double interval = 1e9 / load.rate();
        // some time after the end for those that are late; what is not sent then never was
        long last = end + TimeUnit.MILLISECONDS.toNanos(load.timeoutMillis());
        for (long i = number;; i += load.connections()) {
            long due = start + (long) (i * interval);
            if (due >= end) {
                break;
            }
            for (long wait; (wait = due - System.nanoTime()) > 0;) {
                LockSupport.parkNanos(wait);
            }
            long now = System.nanoTime();
            if (now > last) {
                failed("unsent", due, now);
            } else {
                client = request(client, due);
            }
        }
        close(client);
    }

    /** A request that was due then. Returns the connection for the next one; null if there has to be a new one. */
    private Client request(Client given, long due) {
        Client client = given;
        if (client == null) {
            client = connect();
            if (client == null) {
                failed(null, due, System.nanoTime());
                LockSupport.parkNanos(RECONNECT_NANOS);
                return null;
            }
        }
        try {
            int status = client.exchange();
            long now = System.nanoTime();
            if (status >= 200 && status < 400) {
                latency.recordValue(micros(due, now));
                if (now <= end) {
                    inTime.increment();
                }
            } else {
                failed("status", due, now);
            }
            if (client.isReusable() && load.mode() != Load.Mode.CHURN) {
                return client;
            }
        } catch (SocketTimeoutException e) {
            failed("time-out", due, System.nanoTime());
        } catch (IOException | RuntimeException e) { // the latter: no HTTP
            failed("closed", due, System.nanoTime());
        }
        close(client);
        return null;
    }

    private Client connect() {
        var client = new Client(load.port(), load.path(), load.mode() == Load.Mode.CHURN, load.connections() > 500 ? 2048 : 65_536);
        boolean permitted = connecting.tryAcquire();
        try {
            if (!permitted) {
                connecting.acquire();
                permitted = true;
                if (isOver()) {
                    // its turn never came: with a server that lets nobody in, each before it has waited for its time-out
                    count("connect");
                    return null;
                }
            }
            client.connect(load.port(), load.timeoutMillis());
            established.increment();
            return client;
        } catch (IOException | InterruptedException e) {
            count("connect");
            close(client);
            return null;
        } finally {
            if (permitted) {
                connecting.release();
            }
        }
    }

    private boolean isOver() {
        return started.getCount() == 0 && System.nanoTime() >= end;
    }

    /** Records how long it was waited for in vain; {@code kind} is null if it is counted already. */
    private void failed(String kind, long due, long now) {
        latency.recordValue(micros(due, now));
        if (kind != null) {
            count(kind);
        }
    }

    private void count(String kind) {
        errors.computeIfAbsent(kind, k -> new LongAdder()).increment();
    }

    private static long micros(long from, long to) {
        return Math.clamp((to - from) / 1000, 0, LONGEST);
    }

    private static void close(Client client) {
        if (client != null) {
            try {
                client.close();
            } catch (IOException e) {
                // it was of no more use
            }
        }
    }
}

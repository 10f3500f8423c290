package dev.loomgate.gateway.forkserver;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import dev.loomgate.gateway.Restarts;
import dev.loomgate.upstream.Endpoint;

/**
 * The drivers of one script: started when they are needed, replaced when the script or a module changes, more of them when one has
 * much to do, none when nobody asks. Safe for use by many threads.
 */
final class ForkServer implements Endpoint {
    private static final Logger LOGGER = LoggerFactory.getLogger(ForkServer.class);

    /** If a driver ends within this time, and then another, the next would too. */
    private static final Duration SHORT_LIFE = Duration.ofSeconds(5);
    private static final long FIRST_RETRY = TimeUnit.SECONDS.toNanos(2);
    private static final long LAST_RETRY = TimeUnit.MINUTES.toNanos(5);

    private final Launch launch;
    private final RuntimeDirectory directory;
    private final Duration silence;
    private final int mostDrivers;
    private final ForkServerSettings.Spare spare;
    private final Restarts restarts;
    private final AtomicLong forks;
    private final AtomicLong requests = new AtomicLong();

    /** Drivers that may still have requests, by socket. */
    private final Map<Path, Driver> drivers = new ConcurrentHashMap<>();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private volatile Generation current;
    private volatile long lastUse = System.nanoTime();

    // guarded by lock
    private boolean starting;
    private boolean closed;
    private Failure failure;
    private int failures;
    private String logged = "";

    /**
     * None yet.
     *
     * @param silence     how long a child may go on after it has closed its output
     * @param mostDrivers most drivers at once
     * @param spare       children that are forked ahead, by all drivers together
     * @param restarts    keeps what happens to them
     * @param forks       counts their children
     */
    ForkServer(Launch launch, RuntimeDirectory directory, Duration silence, int mostDrivers, ForkServerSettings.Spare spare,
            Restarts restarts, AtomicLong forks) {
        this.restarts = restarts;
        this.forks = forks;
        this.launch = launch;
        this.directory = directory;
        this.silence = silence;
        this.mostDrivers = mostDrivers;
        this.spare = spare;
    }

    /** Why the script can't be loaded now, and when it is tried again. */
    private record Failure(FileState script, String reason, boolean lasting, long retryAt) {
        private Obstacle obstacle() {
            return new Obstacle(reason, lasting ? Optional.empty()
                    : Optional.of(Duration.ofNanos(Math.max(0, retryAt - System.nanoTime()))));
        }
    }

    /** The request that comes next, as drivers know it. */
    long nextRequest() {
        return requests.incrementAndGet();
    }

    /** How many drivers there are. */
    int driverCount() {
        return drivers.size();
    }

    /** The driver that listens there. */
    Optional<Driver> at(Path socket) {
        return Optional.ofNullable(drivers.get(socket));
    }

    /** What starts the drivers. */
    Launch launch() {
        return launch;
    }

    /**
     * Makes sure that there is a driver that has loaded the script as it is now; waits for it if need be.
     *
     * @param script the state of the script's file
     * @return why there is none, or empty if there is one
     * @throws InterruptedException if the thread is interrupted meanwhile
     */
    Optional<Obstacle> require(FileState script) throws InterruptedException {
        lastUse = System.nanoTime();
        Generation generation = current;
        if (generation != null && generation.serves(script)) {
            return Optional.empty();
        }
        lock.lockInterruptibly();
        try {
            while (true) {
                generation = current;
                if (closed) {
                    return Optional.of(Obstacle.lasting("the server stops"));
                }
                if (generation != null && generation.serves(script)) {
                    return Optional.empty();
                }
                if (failure != null && failure.script().equals(script)) {
                    if (!starting && System.nanoTime() - failure.retryAt() >= 0) {
                        start(script);
                    }
                    return Optional.of(failure.obstacle());
                }
                if (!starting) {
                    start(script);
                }
                changed.await();
            }
        } finally {
            lock.unlock();
        }
    }

    /** To be called with the lock held. */
    private void start(FileState script) {
        starting = true;
        Thread.ofVirtual().name("fork-server").start(() -> load(script));
    }

    private void load(FileState script) {
        Driver driver = null;
        String problem = null;
        try {
            driver = Driver.start(launch, directory, forks);
            drivers.put(driver.socket(), driver);
        } catch (LoadException e) {
            problem = e.getMessage();
        } catch (InterruptedException | RuntimeException | Error e) {
            // also where there is no thread for it: who waits must hear of it
            problem = e.toString();
        }
        Generation old;
        lock.lock();
        try {
            old = current;
            starting = false;
            if (closed) {
                // which is why it could not be started, if it was not
                if (driver != null) {
                    driver.destroy();
                }
            } else if (driver == null) {
                current = null;
                fail(script, problem, true);
            } else {
                current = new Generation(script, driver);
                current.share(spare);
                failure = null;
                restarts.started(this);
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        if (old != null) {
            old.drivers().forEach(Driver::stop);
        }
        if (driver != null) {
            Driver started = driver;
            Thread.ofVirtual().name("driver-" + driver.pid()).start(() -> started.listen(silence, this::ended));
            LOGGER.atInfo().addKeyValue("script", launch.script()).addKeyValue("pid", driver.pid())
                    .log("fork server started{}", old == null ? "" : ", because of a change of " + old.change().orElse(launch.script()));
        }
    }

    /** To be called with the lock held. */
    private void fail(FileState script, String reason, boolean lasting) {
        long delay = Math.min(LAST_RETRY, FIRST_RETRY << Math.min(failures, 10));
        failures++;
        failure = new Failure(script, reason, lasting, System.nanoTime() + delay);
        restarts.ended(this, launch.script() + ": " + reason);
        restarts.wait(this, Duration.ofNanos(delay));
        if (!logged.equals(reason)) {
            logged = reason;
            LOGGER.atWarn().addKeyValue("script", launch.script())
                    .log("no fork server for this script, it runs by plain CGI if the route allows: {}", reason);
        }
    }

    private void ended(Driver driver) {
        boolean expected = driver.isStopping();
        lock.lock();
        try {
            if (!expected) {
                restarts.ended(this, launch.script() + driver.end());
            }
            Generation generation = current;
            if (generation != null && generation.drivers().remove(driver)) {
                generation.share(spare);
            }
            if (generation != null && generation.drivers().isEmpty()) {
                current = null;
                if (driver.age().compareTo(SHORT_LIFE) >= 0) {
                    failures = 0;
                    logged = "";
                } else if (!expected && failures++ > 0) {
                    fail(generation.script(), "its fork server has ended several times soon after it had started", false);
                }
            }
        } finally {
            lock.unlock();
        }
        driver.deleteSocket();
        if (!expected) {
            try {
                driver.awaitEnd(Duration.ofSeconds(5));
                restarts.explain(launch.script() + driver.end());
                LOGGER.atWarn().addKeyValue("script", launch.script()).addKeyValue("pid", driver.pid())
                        .addKeyValue("requests", driver.load()).log("fork server {}", driver.ending());
                // its children go on as long as somebody waits for them
                while (driver.load() > 0) {
                    Thread.sleep(100);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            driver.endOrphans();
        }
        drivers.remove(driver.socket());
    }

    /** Connects to the driver with the least to do, and has another one started if all have much. */
    @Override
    public SocketChannel connect(Duration limit) throws IOException {
        Generation generation = current;
        Driver driver = generation == null ? null : generation.choose();
        if (driver == null) {
            requireAgain();
            generation = current;
            driver = generation == null ? null : generation.choose();
        }
        if (driver == null) {
            throw new IOException("its fork server has ended");
        }
        if (driver.load() >= 2 * Runtime.getRuntime().availableProcessors() && generation.drivers().size() < mostDrivers) {
            addTo(generation);
        }
        var channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            channel.connect(UnixDomainSocketAddress.of(driver.socket()));
            return channel;
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private void requireAgain() throws IOException {
        try {
            Optional<Obstacle> obstacle = require(FileState.of(launch.script()));
            if (obstacle.isPresent()) {
                throw new IOException(obstacle.get().reason());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while waiting for a fork server");
        }
    }

    private void addTo(Generation generation) {
        lock.lock();
        try {
            if (starting || closed || current != generation) {
                return;
            }
            starting = true;
        } finally {
            lock.unlock();
        }
        Thread.ofVirtual().name("fork-server").start(() -> loadAnother(generation));
    }

    private void loadAnother(Generation generation) {
        Driver driver = null;
        try {
            driver = Driver.start(launch, directory, forks);
            drivers.put(driver.socket(), driver);
        } catch (LoadException e) {
            LOGGER.atWarn().addKeyValue("script", launch.script()).log("no further fork server: {}", e.getMessage());
        } catch (InterruptedException | RuntimeException | Error e) {
            LOGGER.atWarn().addKeyValue("script", launch.script()).log("no further fork server: {}", e.toString());
        }
        boolean wanted;
        lock.lock();
        try {
            starting = false;
            wanted = driver != null && current == generation && !closed;
            if (wanted) {
                generation.drivers().add(driver);
                generation.share(spare);
                restarts.started(this);
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        if (driver != null) {
            if (!wanted) {
                driver.stop();
            }
            driver.listen(silence, this::ended);
        }
    }

    /** Has children that go on for too long ended; stops the drivers if nobody has asked for so long. */
    void lookAfter(Duration idle) {
        for (Driver driver : Set.copyOf(drivers.values())) {
            driver.askForChildren();
        }
        if (System.nanoTime() - lastUse < idle.toNanos()) {
            return;
        }
        Generation unused;
        lock.lock();
        try {
            unused = current;
            if (unused == null || unused.drivers().stream().anyMatch(driver -> driver.load() > 0)
                    || System.nanoTime() - lastUse < idle.toNanos()) {
                return;
            }
            current = null;
        } finally {
            lock.unlock();
        }
        unused.drivers().forEach(Driver::stop);
        LOGGER.atInfo().addKeyValue("script", launch.script()).log("fork server stopped, after no request for {}", idle);
    }

    /** Whether there is neither a driver nor one on its way. */
    boolean isIdle() {
        return drivers.isEmpty();
    }

    /** Starts none any more, and has those that there are end when their requests are done. */
    List<Driver> close() {
        lock.lock();
        try {
            closed = true;
            current = null;
            restarts.forget(this);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        var all = new ArrayList<>(drivers.values());
        all.forEach(Driver::stop);
        return all;
    }

    @Override
    public String toString() {
        return "the fork server of " + launch.script();
    }
}

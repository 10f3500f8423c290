package dev.loomgate.gateway.fastcgi;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

import dev.loomgate.gateway.ExitStatus;
import dev.loomgate.gateway.GatewayException;
import dev.loomgate.gateway.Restarts;
import dev.loomgate.gateway.process.ListeningPlace;

/**
 * One process of a FastCGI program, and the one that takes its place when it has ended: at once if it had run for a while,
 * otherwise after a pause that doubles each time. A thread waits for its end.
 */
final class ResponderProcess {
    private static final Logger LOGGER = LoggerFactory.getLogger(ResponderProcess.class);

    /** A process that ends sooner has failed to start. */
    private static final long STARTED_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long FIRST_PAUSE_MILLIS = 100;
    private static final long LONGEST_PAUSE_MILLIS = 10_000;

    /** How long children of a process that has ended may work on what they have begun. */
    private static final Duration LAST_REQUESTS = Duration.ofSeconds(5);
    /** How long the process may take to end when it is asked to. */
    private static final Duration GRACE = Duration.ofSeconds(2);

    private final ResponderCommand command;
    private final ListeningPlace place;
    private final Restarts restarts;
    private final CountDownLatch stopped = new CountDownLatch(1);
    private final Thread thread;
    private Runnable onFailure = () -> { };
    private volatile int failures;
    private volatile String problem;
    private volatile boolean running;
    private volatile long startTime;
    // guarded by this
    private ListeningPlace.Program program;

    /** @param restarts keeps what happens to it */
    ResponderProcess(ResponderCommand command, ListeningPlace place, Restarts restarts) {
        this.command = command;
        this.place = place;
        this.restarts = restarts;
        this.thread = Thread.ofPlatform().daemon().name("responder-" + command.program().getFileName()).unstarted(this::run);
    }

    void start(Runnable failureAction) {
        onFailure = failureAction;
        thread.start();
    }

    /** Why it does not run, if that seems to be for longer. */
    Optional<String> problem() {
        boolean well = failures < 2 || running && System.nanoTime() - startTime > STARTED_NANOS;
        return well ? Optional.empty() : Optional.ofNullable(problem);
    }

    private void run() {
        while (stopped.getCount() > 0) {
            long start = System.nanoTime();
            String end = runOnce();
            if (stopped.getCount() == 0) {
                return;
            }
            if (System.nanoTime() - start >= STARTED_NANOS) {
                failures = 0;
                problem = null;
            } else {
                failures++;
                problem = end;
                if (failures > 1) {
                    // after the first one the next is started at once, and takes the requests that wait at the socket
                    onFailure.run();
                }
            }
            pause();
        }
    }

    /** Returns how it ended. */
    private String runOnce() {
        ListeningPlace.Program started;
        try {
            started = place.start(command.words(place.isHandedOver(), place.socket()), command.variables(),
                    command.workingDirectory());
        } catch (GatewayException e) {
            log(Level.WARN, e.getMessage());
            restarts.ended(this, e.getMessage());
            return e.getMessage();
        }
        synchronized (this) {
            program = started;
            if (stopped.getCount() == 0) {
                started.terminate();
            }
        }
        LOGGER.atInfo().addKeyValue("program", command.program()).addKeyValue("pid", started.pid()).log("responder started");
        startTime = System.nanoTime();
        running = true;
        restarts.started(this);
        try {
            int exit = started.await();
            return ended(started, exit);
        } catch (IOException e) {
            LOGGER.atError().addKeyValue("program", command.program()).addKeyValue("pid", started.pid()).setCause(e)
                    .log("lost track of a responder");
            return e.toString();
        } finally {
            running = false;
        }
    }

    private String ended(ListeningPlace.Program last, int exit) {
        String how = ExitStatus.describe(exit);
        if (stopped.getCount() == 0) {
            last.kill();
            last.close();
        } else {
            restarts.ended(this, command.program() + " (process " + last.pid() + ") " + how);
            log(exit == 0 ? Level.INFO : Level.WARN, "responder (process " + last.pid() + ") " + how + "; another is started");
            // its children may still work on requests
            Thread.ofPlatform().daemon().name("responder-end-" + last.pid()).start(() -> putAway(last));
        }
        return command.program() + " " + how + " as soon as it was started; the log has what it wrote";
    }

    /** The first of many failures in a row, and then some, is enough to know. */
    private void log(Level level, String what) {
        boolean often = failures > 3 && Integer.bitCount(failures) != 1;
        LOGGER.atLevel(often ? Level.DEBUG : level).addKeyValue("program", command.program()).log("{}", what);
    }

    /** Ends what a process that has exited has left behind. */
    private void putAway(ListeningPlace.Program last) {
        last.terminate();
        try {
            Thread.sleep(LAST_REQUESTS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        last.kill();
        last.close();
    }

    private void pause() {
        if (failures <= 1) {
            return;
        }
        long longest = Math.min(LONGEST_PAUSE_MILLIS, FIRST_PAUSE_MILLIS << Math.min(failures - 2, 10));
        long pause = longest / 2 + ThreadLocalRandom.current().nextLong(longest);
        restarts.wait(this, Duration.ofMillis(pause));
        try {
            boolean ignored = stopped.await(pause, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Asks it to end, and starts no other. */
    void stop() {
        stopped.countDown();
        synchronized (this) {
            if (program != null) {
                program.terminate();
            }
        }
    }

    /** Waits until the last one has ended; ends it the hard way if it takes too long. */
    void awaitEnd() {
        try {
            if (!thread.join(GRACE)) {
                synchronized (this) {
                    program.kill();
                }
                if (!thread.join(GRACE)) {
                    LOGGER.atError().addKeyValue("program", command.program()).log("responder can't be ended");
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

package dev.loomgate.gateway.forkserver;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

import io.helidon.http.Status;

import dev.loomgate.gateway.Dialogue;
import dev.loomgate.gateway.ExitStatus;
import dev.loomgate.gateway.GatewayException;
import dev.loomgate.gateway.ScriptFailedException;

/** A request that a child of a driver works on: SCGI, and what the driver knows of the child. */
final class ForkedDialogue implements Dialogue {
    /** How long an end waits for the exit status that may explain it. */
    private static final Duration EXPLANATION = Duration.ofMillis(500);

    /** How long a child that has closed its output may take to exit before it counts as ended well. */
    private static final Duration EXIT = Duration.ofSeconds(1);
    private static final int UNKNOWN = Integer.MIN_VALUE;

    private final Dialogue connection;
    private final Driver driver;
    private final long request;
    private final CountDownLatch exited = new CountDownLatch(1);
    private final AtomicBoolean closed = new AtomicBoolean();
    private volatile int exit = UNKNOWN;
    private volatile boolean ended;

    ForkedDialogue(Dialogue connection, Driver driver, long request) {
        this.connection = connection;
        this.driver = driver;
        this.request = request;
        driver.begin(request, this);
    }

    /** The child has exited; told by the driver. */
    void exited(int status) {
        if (exited.getCount() > 0) {
            exit = status;
            exited.countDown();
        }
    }

    /** The driver has gone, and nobody will tell. */
    void lost() {
        exited.countDown();
    }

    @Override
    public void begin(byte[] body, int length, boolean whole) throws IOException {
        connection.begin(body, length, whole);
    }

    @Override
    public void send(byte[] body, int length) throws IOException {
        connection.send(body, length);
    }

    @Override
    public void endOfBody() throws IOException {
        connection.endOfBody();
    }

    @Override
    public void await() throws IOException {
        connection.await();
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        int n;
        try {
            n = connection.read(bytes, offset, length);
        } catch (IOException e) {
            if (closed.get()) {
                throw e;
            }
            // a child that is killed while its body is on its way resets the connection
            ended = true;
            throw failure("the script ended before it had answered", e);
        }
        if (n < 0) {
            ended = true;
            if (!isAnswered() && !closed.get()) {
                throw failure("the script wrote nothing", null);
            }
        }
        return n;
    }

    private ScriptFailedException failure(String what, IOException cause) {
        int status = awaitExit(EXPLANATION);
        String how = status == UNKNOWN ? driver.isAlive() ? "" : " (its fork server has ended)"
                : " (it " + ExitStatus.describe(status) + ')';
        return new ScriptFailedException(new GatewayException(Status.BAD_GATEWAY_502, what + how, null, cause));
    }

    private int awaitExit(Duration limit) {
        if (exited.getCount() > 0 && driver.isAlive()) {
            driver.ask(request);
            try {
                boolean ignored = exited.await(limit.toMillis(), TimeUnit.MILLISECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        return exit;
    }

    @Override
    public boolean pauses(Duration patience) throws IOException {
        return connection.pauses(patience);
    }

    @Override
    public void confirmEnd() throws IOException {
        int status = awaitExit(EXIT);
        if (status < 0 && (status != UNKNOWN || !driver.isAlive())) {
            String what = status == UNKNOWN ? "'s fork server ended" : ' ' + ExitStatus.describe(status);
            throw new ScriptFailedException(new GatewayException(Status.BAD_GATEWAY_502,
                    "the script" + what + " in the middle of its output"));
        }
    }

    @Override
    public boolean isSent() {
        return connection.isSent();
    }

    @Override
    public boolean isAnswered() {
        return connection.isAnswered();
    }

    @Override
    public boolean isReused() {
        return false;
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            if (!ended) {
                driver.kill(request);
            }
            connection.close();
            driver.end(request);
        }
    }
}

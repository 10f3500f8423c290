package dev.loomgate.gateway.mainprogram;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

import io.helidon.http.Status;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

import dev.loomgate.gateway.Exchange;
import dev.loomgate.gateway.GatewayException;
import dev.loomgate.gateway.RequestBody;
import dev.loomgate.gateway.ResponseRelay;
import dev.loomgate.gateway.ScriptFailedException;
import dev.loomgate.gateway.ScriptOutput;
import dev.loomgate.gateway.ScriptResponse;

/**
 * One run of a program for one request. The program has a virtual thread of its own, on which main runs, and whatever threads it
 * starts; the connection's thread passes the output on, or gives the program the rest of a long body while another thread does.
 *
 * <p>As in a JVM of its own, the program ends when main has returned and its threads that are no daemons have ended, or when it
 * exits. What is left of it then is interrupted.
 */
final class Execution extends Exchange {
    private static final Logger LOGGER = LoggerFactory.getLogger(Execution.class);
    private static final InheritableThreadLocal<Execution> CURRENT = new InheritableThreadLocal<>() {
        @Override
        protected Execution childValue(Execution parent) {
            parent.threads.expect();
            return parent;
        }
    };

    private final Program program;
    private final ProgramSettings settings;
    private final RequestBody body;
    private final ResponseRelay relay;
    private final Consumer<Execution> atEnd;
    private final ExecutionState state;
    private final Pipe output = new Pipe();
    private final Pipe input = new Pipe();
    /** For a body that is still coming, or null. */
    private final BodyFeed feed;
    private final ProgramThreads threads;
    private final StaticsTable statics;
    private final DriverList drivers = new DriverList(this);
    private final AtomicBoolean ending = new AtomicBoolean();
    private final AtomicBoolean ended = new AtomicBoolean();
    /** Nothing that runs for the request has a purpose any more. */
    private volatile boolean over;
    private volatile boolean mainEnded;
    /** Written before {@link #over}. */
    private int exitStatus;

    Execution(Program program, ProgramSettings settings, ExecutionState.Surroundings surroundings, RequestBody body,
              ResponseRelay relay, Consumer<Execution> atEnd) {
        super(settings.gateway().limits());
        this.program = program;
        this.settings = settings;
        this.body = body;
        this.relay = relay;
        this.feed = body instanceof RequestBody.Streamed streamed ? new BodyFeed(this, streamed, input) : null;
        this.atEnd = atEnd;
        this.statics = new StaticsTable(program);
        this.state = new ExecutionState(this, program, settings, surroundings);
        this.threads = new ProgramThreads(this, settings.isolation(), this::runMain);
    }

    /** The execution that the current thread belongs to; null if it belongs to none. */
    static Execution current() {
        return CURRENT.get();
    }

    // ---- the connection's thread

    /** Reads what the program gets first of a long body: see {@link #run}. */
    void receiveFirstPiece() throws IOException {
        if (feed != null) {
            feed.receiveFirstPiece();
        }
    }

    /**
     * Runs the program and answers the request with what it writes.
     *
     * @return the local redirect to follow, if the program asks for one
     * @throws GatewayException if the program failed
     * @throws IOException      if the client failed, or has gone; {@link ScriptFailedException} like {@link GatewayException}
     */
    Optional<ScriptResponse.LocalRedirect> run() throws GatewayException, IOException {
        startClock();
        threads.start();
        try {
            return feed != null ? feed.run() : relay();
        } finally {
            output.close();
            input.close();
            stop();
        }
    }

    /** Passes the output on. */
    Optional<ScriptResponse.LocalRedirect> relay() throws GatewayException, IOException {
        try {
            Optional<ScriptResponse.LocalRedirect> redirect = relay.relay(new Output());
            if (exitStatus > 0) {
                event(LOGGER.atWarn()).log("program answered, but exited with status {}", exitStatus);
            }
            return redirect;
        } catch (GatewayException e) {
            OptionalInt status = over ? OptionalInt.of(exitStatus) : OptionalInt.empty();
            throw relay.hasBegun() || status.isEmpty() ? e
                    : new GatewayException(e.status(), e.getMessage() + " (it exited with status " + status.getAsInt() + ")");
        }
    }

    /** What the program writes, for the relay. */
    private final class Output extends ScriptOutput {
        @Override
        public void await() throws IOException {
            touch();
            output.await();
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            touch();
            int n = output.read(buffer, offset, length);
            if (n < 0) {
                requireStillWanted();
            }
            touch();
            return n;
        }

        @Override
        public boolean pauses(Duration patience) throws IOException {
            return !output.await(patience.toNanos());
        }

        @Override
        public void confirmEnd() {
            // an end that is none is a failure here
        }
    }

    // ---- the program's threads

    private void runMain() {
        CURRENT.set(this);
        int status = 1;
        try {
            program.mainClasses().forEach(this::statics);
            program.entry().run(settings.arguments().toArray(String[]::new));
            status = 0;
        } catch (ProgramEnd e) {
            // exit has said everything, or nobody wants to know
        } catch (Throwable e) {
            uncaught(Thread.currentThread(), e);
        } finally {
            mainEnded(status);
        }
    }

    private void mainEnded(int status) {
        try {
            if (!over) {
                threads.awaitOthers();
                end(status);
            }
        } catch (ProgramEnd | InterruptedException e) {
            // it is over
        } finally {
            over = true;
            mainEnded = true;
            output.end();
            state.close();
            if (threads.alive().isEmpty()) {
                ended();
            }
        }
    }

    private void ended() {
        if (ended.compareAndSet(false, true)) {
            atEnd.accept(this);
        }
    }

    /** What a thread of the program did not catch. */
    void uncaught(Thread thread, Throwable failure) {
        if (failure instanceof ProgramEnd || over) {
            return;
        }
        if (state.handled(thread, failure)) {
            return;
        }
        LoggingEventBuilder event = event(LOGGER.atError()).addKeyValue("thread", thread.getName()).setCause(failure);
        if (threads.isMain(thread)) {
            // first: what has been printed until now is not sent as if it were all
            output.fail(new ScriptFailedException(new GatewayException(Status.INTERNAL_SERVER_ERROR_500,
                    "the program failed: " + failure)));
            // not by main, which must come to its hooks before the connection's thread, just woken, ends what still runs
            Thread.ofVirtual().name("program-failed").inheritInheritableThreadLocals(false).start(() -> event.log("program failed"));
        } else {
            event.log("a thread of the program failed");
        }
    }

    /** Ends the program as {@code System.exit} does, its hooks included. Does not return. */
    void exit(int status) {
        end(status);
        throw new ProgramEnd("exit(" + status + ")");
    }

    /** Ends the program at once, as {@code Runtime.halt} does. Does not return. */
    void halt(int status) {
        state.forgetHooks();
        exit(status);
    }

    private void end(int status) {
        if (over || !ending.compareAndSet(false, true)) {
            throw new ProgramEnd("the program ends already");
        }
        exitStatus = status;
        state.runHooks();
        over = true;
        output.end();
        threads.interruptAll();
    }

    /** Runs a task on a thread of its own that belongs to this execution. */
    void runAside(Runnable task) {
        threads.expect();
        Thread.ofVirtual().name("async").inheritInheritableThreadLocals(false).start(() -> {
            CURRENT.set(this);
            try {
                task.run();
            } catch (ProgramEnd e) {
                // over
            }
        });
    }

    ProgramThreads threads() {
        return threads;
    }

    /** Whether main has returned, or was ended. */
    boolean isMainEnded() {
        return mainEnded;
    }

    /** Whether what runs for this request is to stop. */
    boolean isOver() {
        return over;
    }

    // ---- any thread

    ClassLoader loader() {
        return program.loader();
    }

    Program program() {
        return program;
    }

    DriverList drivers() {
        return drivers;
    }

    ExecutionState state() {
        return state;
    }

    Pipe output() {
        return output;
    }

    /** The request's body. */
    InputStream openInput() throws IOException {
        return switch (body) {
            case RequestBody.None none -> InputStream.nullInputStream();
            case RequestBody.InMemory whole -> new ByteArrayInputStream(whole.bytes());
            case RequestBody.Spooled spooled -> Files.newInputStream(spooled.file());
            case RequestBody.Streamed streamed -> input.stream();
        };
    }

    LoggingEventBuilder event(LoggingEventBuilder event) {
        return state.describe(event.addKeyValue("script", program.name()));
    }

    @Override
    protected void breakOff() {
        stop();
    }

    /** Stops what still runs. */
    private void stop() {
        if (!over) {
            over = true;
            output.end();
            threads.interruptAll();
        }
    }

    /** Ends it if its time is up, and looks after threads that go on after the end. Called from time to time. */
    void look() {
        if (!over) {
            if (timeLeft().isZero()) {
                output.fail(new ScriptFailedException(new GatewayException(Status.GATEWAY_TIMEOUT_504, lateness())));
                stop();
            }
            return;
        }
        if (mainEnded && threads.alive().isEmpty()) {
            ended();
        } else {
            threads.insist();
        }
    }

    // ---- static fields

    /** The static fields of a class, for this request; initialised if they were not. */
    Statics statics(int index) {
        return statics.find(index);
    }

    /** Initialises a class of the program that has static fields per request, if it was not. */
    void initialise(Class<?> type) {
        int index = program.index(type);
        if (index >= 0) {
            statics.find(index);
        }
    }

    /** What to lock for a class: its static fields, or where they are not per request, the class. */
    Object monitor(Class<?> type) {
        int index = program.index(type);
        return index < 0 ? type : statics.find(index);
    }
}

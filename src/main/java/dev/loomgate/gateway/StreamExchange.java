package dev.loomgate.gateway;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;

import io.helidon.http.Status;

import dev.loomgate.upstream.Connection;
import dev.loomgate.upstream.Reuse;
import dev.loomgate.upstream.UnavailableException;

/**
 * One request that a program answers over a connection. A short body is sent in one piece with the request's header, and then the
 * answer is passed on, all by the connection's thread. With a longer one, another virtual thread passes the answer on meanwhile,
 * since the program may answer before it has read everything.
 */
public final class StreamExchange extends Exchange {
    /** Longest body that the operating system takes, after a header, from one that does not read meanwhile. */
    private static final int SENT_AT_ONCE = 16 * 1024;
    private static final int PIECE = 16 * 1024;

    /** Methods whose requests may be sent again if it is not known what became of them: RFC 9110 section 9.2.2. */
    private static final Set<String> IDEMPOTENT = Set.of("GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE");

    private final Destination.Visit visit;
    private final Destination destination;
    private final Opening protocol;
    private final RequestBody body;
    private final ResponseRelay relay;
    private final String method;
    private byte[] firstPiece = new byte[0];

    // guarded by this
    private Dialogue dialogue;
    private boolean bodyTouched;
    private boolean bodyKept;

    /** Whether the program is waited for, and not the client. */
    private volatile boolean waiting;
    private volatile boolean late;
    private volatile boolean sending;

    /**
     * An exchange over connections that a visit takes.
     *
     * @param visit       where connections come from; the caller closes it
     * @param destination who answers, for messages
     * @param protocol    puts the request on a connection
     * @param body        the request's body
     * @param relay       takes the answer
     * @param method      the request's method, which says whether it may be sent twice
     * @param limits      how long it may take
     */
    StreamExchange(Destination.Visit visit, Destination destination, Opening protocol, RequestBody body, ResponseRelay relay, String method,
                          ExchangeLimits limits) {
        super(limits);
        this.visit = visit;
        this.destination = destination;
        this.protocol = protocol;
        this.body = body;
        this.relay = relay;
        this.method = method;
    }

    /** Makes a dialogue of a connection; sends nothing yet. */
    public interface Opening {
        /** The dialogue for the request on this connection. */
        Dialogue on(Connection connection);
    }

    @Override
    protected void breakOff() {
        if (dialogue != null) {
            dialogue.close();
        }
    }

    /** Ends the exchange if its time is up; asked by another thread from time to time. */
    void endIfLate() {
        if (waiting && timeLeft().isZero()) {
            synchronized (this) {
                late = true;
                breakOff();
            }
        }
    }

    /**
     * Reads what is sent to the program first. To be called before it is asked for anything: reading may tell the client to go
     * on (100 Continue), which must come before any response, and a client that never sends anything takes no connection.
     */
    public void receiveFirstPiece() throws IOException {
        firstPiece = switch (body) {
            case RequestBody.None none -> new byte[0];
            case RequestBody.InMemory whole -> whole.bytes();
            case RequestBody.Streamed streamed -> firstOf(streamed.stream());
            case RequestBody.Spooled spooled -> {
                try (InputStream in = Files.newInputStream(spooled.file())) {
                    yield in.readNBytes(PIECE);
                }
            }
        };
    }

    private static byte[] firstOf(InputStream stream) throws IOException {
        byte[] piece = new byte[PIECE];
        int n = stream.read(piece);
        return Arrays.copyOf(piece, Math.max(n, 0));
    }

    /**
     * Answers the request.
     *
     * @return the local redirect to follow instead, if the program asks for one
     * @throws GatewayException     if the program can't be reached or did not answer as it must
     * @throws IOException          if the client failed; {@link ScriptFailedException} if the program did
     * @throws InterruptedException if the thread was interrupted before anything was sent
     */
    public Optional<ScriptResponse.LocalRedirect> run() throws GatewayException, IOException, InterruptedException {
        Reuse reuse = IDEMPOTENT.contains(method) ? Reuse.ANY : Reuse.NONE;
        awaitIn(() -> visit.enter(reuse));
        while (true) {
            Connection connection = connect(reuse);
            Dialogue one = protocol.on(connection);
            try {
                synchronized (this) {
                    dialogue = one;
                }
                requireStillWanted();
                return converse(one);
            } catch (StaleConnectionException e) {
                // another time, on another connection
            } finally {
                end(one);
            }
        }
    }

    private void end(Dialogue one) {
        boolean reusable;
        synchronized (this) {
            // from now on nobody else closes it
            dialogue = null;
            reusable = one.isReusable();
        }
        one.done();
        if (!reusable) {
            one.close();
        }
        visit.end(reusable);
    }

    private Connection connect(Reuse reuse) throws GatewayException, InterruptedException {
        try {
            return visit.take(reuse);
        } catch (UnavailableException e) {
            throw unavailable(e);
        }
    }

    private Optional<ScriptResponse.LocalRedirect> converse(Dialogue one) throws GatewayException, IOException {
        startClock();
        int length = Math.min(firstPiece.length, SENT_AT_ONCE);
        boolean whole = length == firstPiece.length
                && !(body instanceof RequestBody.Streamed || body instanceof RequestBody.Spooled);
        begin(one, length, whole);
        return whole ? relay.relay(new Output(one)) : new Sending(one, length).run();
    }

    private void begin(Dialogue one, int length, boolean whole) throws IOException {
        waiting = true;
        try {
            one.begin(firstPiece, length, whole);
        } catch (IOException e) {
            if (one.isReused()) {
                throw failed(e, one);
            }
            // a program may answer and close without reading: what it has written tells
        } finally {
            waiting = false;
        }
    }

    /** What a failure on the way to or from the program means. */
    private IOException failed(IOException e, Dialogue one) throws IOException {
        requireStillWanted();
        if (late) {
            visit.failed("it was silent");
            return new ScriptFailedException(new GatewayException(Status.GATEWAY_TIMEOUT_504, lateness()));
        }
        if (Thread.currentThread().isInterrupted()) {
            return new ScriptFailedException(new GatewayException(Status.SERVICE_UNAVAILABLE_503,
                    "the request was interrupted while " + destination + " worked on it", null, e));
        }
        if (one.isReused() && !one.isAnswered() && (!one.isSent() || IDEMPOTENT.contains(method)) && keepBody()) {
            return new StaleConnectionException();
        }
        visit.failed(e.getMessage());
        return new ScriptFailedException(new GatewayException(Status.BAD_GATEWAY_502, "the connection to " + destination
                + (one.isAnswered() ? " failed in the middle of the answer: " : " failed before any answer: ")
                + e.getMessage(), null, e));
    }

    /** The body can be sent again, and from now on is not read any further. */
    private synchronized boolean keepBody() {
        bodyKept = !bodyTouched;
        return bodyKept;
    }

    /** The body is read now, and can't be sent again. */
    private synchronized boolean touchBody() {
        bodyTouched = !bodyKept;
        return bodyTouched;
    }

    /** A connection that was kept turned out to be closed; the request can be sent again. */
    private static final class StaleConnectionException extends IOException {
        private static final long serialVersionUID = 1;
    }

    /** What the program writes, under the time limits. */
    private final class Output extends ScriptOutput {
        private final Dialogue one;

        private Output(Dialogue one) {
            this.one = one;
        }

        @Override
        public void await() throws IOException {
            limited(() -> {
                one.await();
                return 0;
            });
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            return limited(() -> {
                int n = one.read(buffer, offset, length);
                if (n < 0) {
                    // what we closed has an end of output too
                    requireStillWanted();
                    if (!one.isAnswered()) {
                        throw new IOException("it was closed");
                    }
                }
                return n;
            });
        }

        private int limited(Reading reading) throws IOException {
            touch();
            waiting = true;
            try {
                return reading.run();
            } catch (ScriptFailedException e) {
                throw e;
            } catch (IOException e) {
                throw failed(e, one);
            } finally {
                waiting = false;
                touch();
            }
        }

        @Override
        public boolean pauses(Duration patience) throws IOException {
            // while another thread sends, every piece goes to the client at once
            return sending || pausesAlone(patience);
        }

        private boolean pausesAlone(Duration patience) throws IOException {
            try {
                return one.pauses(patience);
            } catch (IOException e) {
                throw failed(e, one);
            }
        }

        @Override
        public void confirmEnd() throws IOException {
            try {
                one.confirmEnd();
            } catch (IOException e) {
                throw failed(e, one);
            }
        }
    }

    /** The body on its way to the program, while another thread passes the answer on. */
    private final class Sending {
        private final Dialogue one;
        private final int atOnce;
        private final Duplex duplex;

        private Sending(Dialogue one, int atOnce) {
            this.one = one;
            this.atOnce = atOnce;
            this.duplex = new Duplex(StreamExchange.this, () -> relay.relay(new Output(one)), this::answered);
        }

        private Optional<ScriptResponse.LocalRedirect> run() throws GatewayException, IOException {
            sending = true;
            return duplex.run(() -> {
                try {
                    feed();
                } finally {
                    sending = false;
                }
            });
        }

        private void answered() {
            if (sending) {
                // the program has answered and does not want the rest
                one.close();
            }
        }

        private void feed() throws IOException {
            int sent = atOnce;
            while (sent < firstPiece.length) {
                byte[] piece = Arrays.copyOfRange(firstPiece, sent, Math.min(firstPiece.length, sent + PIECE));
                if (!give(() -> one.send(piece, piece.length))) {
                    return;
                }
                sent += piece.length;
            }
            boolean taken = switch (body) {
                case RequestBody.Streamed streamed -> give(streamed.stream());
                case RequestBody.Spooled spooled -> {
                    try (InputStream in = Files.newInputStream(spooled.file())) {
                        in.skipNBytes(firstPiece.length);
                        yield give(in);
                    }
                }
                default -> true;
            };
            if (taken) {
                give(one::endOfBody);
            }
        }

        private boolean give(InputStream stream) throws IOException {
            if (body instanceof RequestBody.Streamed && !touchBody()) {
                return false;
            }
            byte[] piece = new byte[PIECE];
            for (int n = stream.read(piece); n >= 0; n = stream.read(piece)) {
                int length = n;
                if (duplex.isAnswered() || !give(() -> one.send(piece, length))) {
                    return false;
                }
            }
            return true;
        }

        private boolean give(Giving giving) {
            try {
                giving.run();
                touch();
                return true;
            } catch (IOException e) {
                // it reads no more, which it may; or it has gone, which the answer's end tells
                return false;
            }
        }
    }

    private interface Reading {
        int run() throws IOException;
    }

    private interface Giving {
        void run() throws IOException;
    }
}

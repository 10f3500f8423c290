package dev.loomgate.http2;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;

import dev.loomgate.http.Refusal;
import dev.loomgate.http2.RequestFields.RequestHead;
import dev.loomgate.transport.Connection;
import dev.loomgate.transport.DeadlineException;
import dev.loomgate.transport.Multiplexed;
import io.helidon.common.concurrency.limits.Limit;
import io.helidon.webserver.spi.ServerConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An HTTP/2 connection from its preface to its end: this thread reads, and each request has one of its own. */
final class Http2Connection implements ServerConnection, Multiplexed {
    private static final Logger LOGGER = LoggerFactory.getLogger(Http2Connection.class);
    /** How long, in milliseconds, a closing connection listens on to a client that is silent, and to one that is not. */
    private static final long LINGER_SILENT = 1_000;
    private static final long LINGER_MOST = 2_000;
    private static final int INITIAL_WINDOW = 65_535;

    /* identifiers of settings (RFC 9113 section 6.5.2, RFC 9218 section 2.1) */
    private static final int MAX_CONCURRENT_STREAMS = 3;
    private static final int INITIAL_WINDOW_SIZE = 4;
    private static final int MAX_HEADER_LIST_SIZE = 6;
    private static final int NO_RFC7540_PRIORITIES = 9;

    private final Connection context;
    private final Http2Settings settings;
    private final FrameInput input;
    private final FrameWriter writer;
    private final FrameBudget budget;
    private final Streams streams;
    private final Farewell farewell;
    private final Pace pace;

    /** @param memory for bodies that wait for their handlers, shared by all connections */
    Http2Connection(Connection context, Http2Settings settings, BodyMemory memory) {
        this.context = context;
        this.settings = settings;
        var windows = new SendWindows(context.socket().writeLimit(), settings.minResponseRate(), context.socket()::hasArrived);
        this.streams = new Streams(windows, new Intake(memory), this::becameIdle);
        this.pace = new Pace(streams::runningCount);
        this.writer = new FrameWriter(context, pace);
        this.input = new FrameInput(context, settings, writer, this::isWorking);
        this.budget = new FrameBudget(context);
        this.farewell = new Farewell(context.socket(), writer, streams);
    }

    @Override
    public void handle(Limit limit) {
        byte[] begun = context.takeUnread();
        if (begun != null) {
            input.begin(begun);
        }
        try {
            writer.begin(begun != null, Streams.CONNECTION_WINDOW - INITIAL_WINDOW, MAX_CONCURRENT_STREAMS, settings.maxStreams(),
                    INITIAL_WINDOW_SIZE, Streams.STREAM_WINDOW, MAX_HEADER_LIST_SIZE, settings.maxHeader(),
                    NO_RFC7540_PRIORITIES, 1);
            // from now on it may be told to end, but settings come first (section 3.4)
            context.multiplex(this);
            if (readPreface()) {
                var reader = new FrameReader(this, input);
                while (input.awaitFrame()) {
                    reader.next();
                }
                leave();
            }
        } catch (ConnectionError e) {
            fail(e);
        } catch (DeadlineException e) {
            LOGGER.debug("connection ended", e);
            sayWhy(ErrorCode.PROTOCOL_ERROR);
        } catch (IOException e) {
            LOGGER.debug("connection ended", e);
        } finally {
            streams.closeAll("the client has closed the connection");
            input.release();
            if (streams.runningCount() > 0) {
                // they may take their time, and have nobody to answer
                context.socket().close();
            }
            // a reload and a drain look at connections to find requests that are served
            streams.awaitIdle();
        }
    }

    private boolean readPreface() throws IOException, ConnectionError {
        if (!input.awaitFirst()) {
            return false;
        }
        input.beginFrame();
        for (int i = 0; i < Preface.LENGTH; i++) {
            input.require(i + 1);
            if (!Preface.has(i, input.bytes()[input.position() + i])) {
                throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, "the connection does not begin with the preface of HTTP/2");
            }
        }
        input.skip(Preface.LENGTH);
        return true;
    }

    /** Says what is wrong, and closes. */
    private void fail(ConnectionError e) {
        LOGGER.atDebug().addKeyValue("code", e.code()).addKeyValue("reason", e.getMessage()).log("connection refused");
        if (e.reason() != null) {
            context.count(e.reason());
        }
        sayWhy(e.code());
    }

    /** Nothing more comes: the client has closed, or has been silent for too long and must know what of a last request became. */
    private void leave() {
        if (streams.runningCount() == 0) {
            sayWhy(ErrorCode.NO_ERROR);
        }
    }

    private void sayWhy(ErrorCode code) {
        try {
            // before the requests hear of it, which would have things of their own to say
            writer.goAway(streams.shut(), code);
            writer.shut();
            streams.closeAll("the connection was ended");
            context.linger(LINGER_SILENT, LINGER_MOST);
        } catch (IOException e) {
            LOGGER.debug("client did not wait for the reason", e);
        }
    }

    /** Serves a request on a thread of its own. */
    void serve(Http2Stream stream, RequestHead head) {
        var task = new StreamTask(this, stream, head);
        boolean begun = false;
        try {
            context.executor().execute(task);
            begun = true;
        } catch (RejectedExecutionException e) {
            LOGGER.debug("a request came when the listener was closed", e);
        } finally {
            if (!begun) {
                reset(stream, ErrorCode.REFUSED_STREAM);
                task.abandon();
            }
        }
    }

    /**
     * Answers what can't be served.
     *
     * @param mute whether the answer may have no body, as that to a HEAD
     */
    void refuse(int id, boolean ended, boolean mute, Refusal refusal) throws IOException {
        LOGGER.atDebug().addKeyValue("status", refusal.status().code()).addKeyValue("reason", refusal.getMessage())
                .log("request refused");
        context.countRefusal(refusal.status().code());
        Http2Stream stream = streams.closed(id);
        byte[] text = (refusal.getMessage() + "\n").getBytes(StandardCharsets.UTF_8);
        var head = new HpackEncoder();
        head.status(refusal.status().code());
        head.field("content-type", "text/plain");
        if (!mute && streams.windows().takeNow(stream.sendWindow(), text.length)) {
            head.field("content-length", Integer.toString(text.length));
            writer.headersAndData(stream, head, text, 0, text.length, true);
        } else {
            // it asked for no body, or this thread would have to wait
            writer.headers(stream, head, true);
        }
        streams.drop(id, ended ? Streams.End.COMPLETE : Streams.End.RESET_HERE);
        if (!ended) {
            writer.reset(id, ErrorCode.NO_ERROR);
        }
    }

    /** Ends a stream that is still open; called by any thread. */
    void reset(Http2Stream stream, ErrorCode code) {
        if (streams.find(stream.id()) == stream && streams.drop(stream.id(), Streams.End.RESET_HERE)) {
            // first, or its thread might send more behind the end
            stream.close(new IOException("the stream was ended"));
            try {
                writer.reset(stream.id(), code);
            } catch (IOException e) {
                LOGGER.debug("the client could not be told that its request was ended", e);
            }
        }
    }

    /** Lets the rest of a body fall. */
    void discard(Http2Stream stream) {
        allow(streams.intake().release(stream.discard()));
    }

    /** Lets the client send so many bytes more, of any stream. */
    void allow(int increment) {
        try {
            writer.windowUpdate(0, increment);
        } catch (IOException e) {
            LOGGER.debug("connection ended", e);
        }
    }

    private boolean isWorking() {
        return streams.runningCount() > 0;
    }

    private void becameIdle() {
        context.socket().becomeIdle(this::isWorking);
        farewell.noRequestLeft();
    }

    StreamOutput output(Http2Stream stream) {
        return new StreamOutput(context, stream, writer, streams.windows(), budget);
    }

    /** Body of a request; null if it has none. */
    StreamBody body(Http2Stream stream, RequestHead head) {
        return head.bodyLength() == 0 ? null : new StreamBody(context, stream, streams.intake(), writer, settings, head.bodyLength());
    }

    Connection context() {
        return context;
    }

    Http2Settings settings() {
        return settings;
    }

    Streams streams() {
        return streams;
    }

    FrameWriter writer() {
        return writer;
    }

    Pace pace() {
        return pace;
    }

    FrameBudget budget() {
        return budget;
    }

    Farewell farewell() {
        return farewell;
    }

    @Override
    public void endGently() {
        farewell.begin();
    }

    @Override
    public void sweep() {
        farewell.sweep();
    }

    @Override
    public Duration idleTime() {
        // idle connections are ended by the transport's sweep
        return Duration.ZERO;
    }

    @Override
    public void close(boolean interrupt) {
        context.socket().close();
    }
}

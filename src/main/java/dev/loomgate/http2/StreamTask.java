package dev.loomgate.http2;

import dev.loomgate.http.Dispatch;
import dev.loomgate.http.Expectation;
import dev.loomgate.http2.RequestFields.RequestHead;
import dev.loomgate.transport.Connection;
import dev.loomgate.transport.StreamServing;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.HttpRouting;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The request of one stream from its header to the end of its response, on a thread of its own. */
final class StreamTask implements Runnable {
    private static final Logger LOGGER = LoggerFactory.getLogger(StreamTask.class);
    private static final HttpRouting NO_ROUTING = HttpRouting.empty();

    private final Http2Connection connection;
    private final Connection context;
    private final Http2Stream stream;
    private final RequestHead head;
    private final StreamServing serving;

    StreamTask(Http2Connection connection, Http2Stream stream, RequestHead head) {
        this.connection = connection;
        this.context = connection.context();
        this.stream = stream;
        this.head = head;
        this.serving = context.openStream(this::breakOff);
    }

    @Override
    public void run() {
        long begun = System.nanoTime();
        try {
            if (head.path().equals("*")) {
                answerForServer();
            } else {
                serve();
            }
        } catch (CloseConnectionException e) {
            LOGGER.debug("stream ended", e);
            end(ErrorCode.INTERNAL_ERROR);
        } catch (RuntimeException | Error e) {
            LOGGER.atError().addKeyValue("stream", stream.id()).setCause(e).log("stream failed");
            end(ErrorCode.INTERNAL_ERROR);
        } finally {
            connection.pace().took(System.nanoTime() - begun - stream.gaveWayNanos());
            abandon();
        }
    }

    private void serve() {
        StreamOutput out = connection.output(stream);
        HttpRouting routing = serving.router().routing(HttpRouting.class, NO_ROUTING);
        var request = new Http2Request(context, routing.security(), head, connection.body(stream, head), connection.settings(),
                head.expectContinue() ? new Expectation(out::tellToContinue) : null, serving, stream);
        var response = new Http2Response(context, request, serving, out);
        try {
            serving.begin();
            try {
                Dispatch.route(routing, context, request, response);
            } finally {
                serving.end();
                stream.watch().close();
            }
            end(stream.hasEndedHere() ? ErrorCode.NO_ERROR : ErrorCode.INTERNAL_ERROR);
        } finally {
            response.release();
        }
    }

    /** {@code OPTIONS *} asks about the server, not about anything it serves (RFC 9110 section 9.3.7). */
    private void answerForServer() {
        var answer = new HpackEncoder();
        answer.status(200);
        answer.field("content-length", "0");
        connection.output(stream).headers(answer, true);
        end(ErrorCode.NO_ERROR);
    }

    /**
     * Ends the stream if it has not come to its end: so that what was sent of a response can't be taken for the whole, or the
     * client does not send a body that nobody wants (RFC 9113 section 8.1).
     */
    private void end(ErrorCode code) {
        connection.reset(stream, code);
    }

    private void breakOff() {
        Thread.ofVirtual().start(() -> end(ErrorCode.INTERNAL_ERROR));
    }

    /** Lets go of what nobody will look at any more; also if no thread was found for it. */
    void abandon() {
        try {
            connection.discard(stream);
        } finally {
            try {
                serving.close();
            } finally {
                connection.streams().finished();
            }
        }
    }
}

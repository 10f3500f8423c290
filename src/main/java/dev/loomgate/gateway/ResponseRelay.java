package dev.loomgate.gateway;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;

import io.helidon.common.socket.SocketWriterException;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.HtmlEncoder;
import io.helidon.http.Method;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import dev.loomgate.transport.RawOutput;
import dev.loomgate.transport.UpstreamTime;

/**
 * Passes a script's output on as the response of one request. Holds one buffer of it at most: what the script writes is
 * flushed to the client when the script pauses, and a response that is complete within the first buffer is sent with its
 * length.
 *
 * <p>For one response; not safe for use by several threads.
 */
public final class ResponseRelay {
    private static final Logger LOGGER = LoggerFactory.getLogger(ResponseRelay.class);
    private static final int BUFFER = 16 * 1024;
    /** Enough for many responses as a whole: memory that is not touched before the next collection of garbage costs nothing. */
    private static final int FIRST_BUFFER = 2 * 1024;
    private static final int GROWTH = 4;
    private static final byte[] NOTHING = new byte[0];

    /** How long the first bytes wait for the end of the output: most scripts end right after they have written. */
    private static final Duration COMPLETION = Duration.ofMillis(2);

    private final ServerRequest request;
    private final ServerResponse response;
    private final Script script;
    /** Null if every answer is for the client. */
    private final Predicate<ScriptResponse> kept;
    /** Empty while there is nothing to put into it: a script may take its time. */
    private byte[] buffer = NOTHING;
    private int start;
    private int end;
    private boolean begun;
    private final long asked = System.nanoTime();

    /** For the output of this script as the answer to this request. */
    public ResponseRelay(ServerRequest request, ServerResponse response, Script script) {
        this(request, response, script, null);
    }

    /** @param kept whether an answer is not for the client: it is read to its end all the same */
    ResponseRelay(ServerRequest request, ServerResponse response, Script script, Predicate<ScriptResponse> kept) {
        this.request = request;
        this.response = response;
        this.script = script;
        this.kept = kept;
    }

    /** The client can't be written to: it has gone, or its connection failed. */
    public static final class ClientGoneException extends IOException {
        ClientGoneException(Throwable cause) {
            super("the response can't be written to the client: " + cause, cause);
        }
    }

    /** Whether a part of the response may have gone to the client, so that no other response can. */
    public boolean hasBegun() {
        return begun;
    }

    /**
     * Reads the output to its end and answers the request with it.
     *
     * @param output the script's output
     * @return the local redirect to follow instead (section 6.2.2); empty if the request is answered
     * @throws GatewayException    if the output is no CGI response, or ends before its own Content-Length
     * @throws ClientGoneException if the response can't be written
     * @throws IOException         if the output can't be read
     */
    public Optional<ScriptResponse.LocalRedirect> relay(ScriptOutput output) throws GatewayException, IOException {
        if (kept == null && script.isNonParsedHeader() && response instanceof RawOutput raw) {
            relayUnparsed(output, raw);
            return Optional.empty();
        }
        ScriptResponse answer = readHeader(output);
        if (kept != null && kept.test(answer)) {
            discard(output);
            return Optional.empty();
        }
        switch (answer) {
            case ScriptResponse.LocalRedirect redirect -> {
                discard(output);
                return Optional.of(redirect);
            }
            case ScriptResponse.ClientRedirect redirect -> {
                discard(output);
                sendNote(redirect);
            }
            case ScriptResponse.Document document -> send(document, output);
        }
        return Optional.empty();
    }

    private void relayUnparsed(ScriptOutput output, RawOutput raw) throws GatewayException, IOException {
        if (!fill(output, true) && end == 0) {
            throw new ScriptResponseParser().endedEarly();
        }
        begun = true;
        OutputStream client = raw.rawOutput();
        do {
            int length = end;
            toClient(() -> client.write(buffer, 0, length));
            flushIfPaused(output, client);
        } while (refill(output));
        toClient(client::flush);
    }

    private void flushIfPaused(ScriptOutput output, OutputStream client) throws IOException {
        // a large buffer that is full goes on its way by itself, and there is more, as a rule
        if (end < BUFFER && output.pauses(Duration.ZERO)) {
            toClient(client::flush);
            buffer = NOTHING;
        }
    }

    private ScriptResponse readHeader(ScriptOutput output) throws GatewayException, IOException {
        var parser = new ScriptResponseParser();
        while (refill(output)) {
            start = parser.feed(buffer, 0, end);
            if (parser.response().isPresent()) {
                if (request instanceof UpstreamTime timed) {
                    timed.upstreamTook(System.nanoTime() - asked);
                }
                return parser.response().get();
            }
        }
        throw parser.endedEarly();
    }

    private void send(ScriptResponse.Document document, ScriptOutput output) throws GatewayException, IOException {
        boolean isHead = LocalRedirection.method(request).equals(Method.HEAD);
        boolean hasBody = hasBody(document.status()) && !isHead;
        boolean more = fill(output, false);
        // what the script says of its length must be true of a response that has a body, and is kept in one to HEAD
        long declared = document.contentLength().orElse(Long.MAX_VALUE);
        if (hasBody && !more && document.contentLength().isPresent() && end - start < declared) {
            throw cutShort(end - start, declared);
        }
        setHeader(document.status(), document.fields());
        if (!hasBody) {
            discardFrom(output, more);
            if (isHead && document.contentLength().isPresent()) {
                response.contentLength(declared);
            } else if (isHead && !more && end > start) {
                response.contentLength(end - start);
            }
            send(new byte[0]);
        } else if (!more) {
            int length = (int) Math.min(end - start, declared);
            warnIfLonger(end - start, declared);
            send(Arrays.copyOfRange(buffer, start, start + length));
        } else {
            document.contentLength().ifPresent(response::contentLength);
            stream(output, declared);
        }
    }

    private void stream(ScriptOutput output, long declared) throws GatewayException, IOException {
        begun = true;
        OutputStream client = response.outputStream();
        long total = 0;
        do {
            int length = (int) Math.min(end - start, declared - Math.min(total, declared));
            total += end - start;
            int from = start;
            toClient(() -> client.write(buffer, from, length));
            flushIfPaused(output, client);
        } while (refill(output));
        if (declared == Long.MAX_VALUE) {
            output.confirmEnd();
        } else if (total < declared) {
            throw cutShort(total, declared);
        }
        warnIfLonger(total, declared);
        toClient(client::close);
    }

    /**
     * Fills the buffer while output keeps coming, and a moment longer.
     *
     * @return whether there may be more
     */
    private boolean fill(ScriptOutput output, boolean fromStart) throws IOException {
        if (fromStart && !refill(output)) {
            return false;
        }
        while (end < BUFFER && !output.pauses(COMPLETION)) {
            if (end == buffer.length) {
                buffer = Arrays.copyOf(buffer, larger());
            }
            int n = output.read(buffer, end, buffer.length - end);
            if (n < 0) {
                return false;
            }
            end += n;
        }
        return true;
    }

    private int larger() {
        return Math.min(GROWTH * buffer.length, BUFFER);
    }

    private boolean refill(ScriptOutput output) throws IOException {
        if (buffer == NOTHING) {
            output.await();
            buffer = new byte[FIRST_BUFFER];
        } else if (end == buffer.length && end < BUFFER) {
            buffer = new byte[larger()];
        }
        start = 0;
        end = 0;
        end = Math.max(0, output.read(buffer, 0, buffer.length));
        return end > 0;
    }

    private void discard(ScriptOutput output) throws IOException {
        discardFrom(output, true);
    }

    private void discardFrom(ScriptOutput output, boolean more) throws IOException {
        byte[] unwanted = more ? new byte[BUFFER] : null;
        while (more) {
            more = output.read(unwanted, 0, unwanted.length) >= 0;
        }
    }

    private void setHeader(Status status, List<ScriptResponse.Field> fields) {
        // the status last: Helidon adds what its class of status needs to the fields that are there
        for (ScriptResponse.Field field : fields) {
            HeaderName name = HeaderNames.create(field.name().toLowerCase(Locale.ROOT), field.name());
            response.headers().add(HeaderValues.create(name, field.value()));
        }
        response.status(status);
    }

    /** Section 6.2.3: a redirect without a document; RFC 9110 section 15.4.3 asks for a short note with a link. */
    private void sendNote(ScriptResponse.ClientRedirect redirect) throws ClientGoneException {
        setHeader(Status.FOUND_302, redirect.fields());
        response.header(HeaderNames.CONTENT_TYPE, "text/html;charset=iso-8859-1");
        String link = HtmlEncoder.encode(redirect.location());
        send(Octets.bytes("<!DOCTYPE html><title>Found</title><p>The document is <a href=\"" + link + "\">here</a>.\n"));
    }

    /** Statuses whose responses have no body: RFC 9110 sections 15.3.5, 15.3.6 and 15.4.5. */
    private static boolean hasBody(Status status) {
        return switch (status.code()) {
            case 204, 205, 304 -> false;
            default -> true;
        };
    }

    private void warnIfLonger(long total, long declared) {
        if (total > declared) {
            LOGGER.atWarn().addKeyValue("script", script.file()).log(
                    "script wrote {} bytes after a Content-Length of {}; the rest was left out", total, declared);
        }
    }

    private static GatewayException cutShort(long total, long declared) {
        return new GatewayException(Status.BAD_GATEWAY_502,
                "the script's output ended after " + total + " bytes, its Content-Length says " + declared);
    }

    private void send(byte[] body) throws ClientGoneException {
        begun = true;
        toClient(() -> response.send(body));
    }

    /** Tells a failure of the client from one of the script, which the same exceptions may report. */
    private static void toClient(ClientWrite write) throws ClientGoneException {
        try {
            write.run();
        } catch (IOException | UncheckedIOException | CloseConnectionException | SocketWriterException e) {
            throw new ClientGoneException(e);
        }
    }

    private interface ClientWrite {
        void run() throws IOException;
    }
}

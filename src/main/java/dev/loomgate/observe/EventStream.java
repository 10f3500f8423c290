package dev.loomgate.observe;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.Semaphore;

import io.helidon.http.Header;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;

/**
 * What a page needs to stay up to date, as server-sent events: {@code history} once, then each {@code sample}, one a second, and
 * {@code status} with each other. A page keeps its connection and its thread, so there are only so many.
 */
final class EventStream implements Handler {
    private static final Header TYPE = HeaderValues.createCached(HeaderNames.CONTENT_TYPE, "text/event-stream");
    private static final int MOST = 16;
    private static final int STATUS_EVERY = 2;

    private final Telemetry telemetry;
    private final dev.loomgate.observe.Status status;
    private final Semaphore places = new Semaphore(MOST);
    private volatile boolean closed;

    EventStream(Telemetry telemetry, dev.loomgate.observe.Status status) {
        this.telemetry = telemetry;
        this.status = status;
    }

    @Override
    public void handle(ServerRequest request, ServerResponse response) throws InterruptedException {
        if (!places.tryAcquire()) {
            response.status(Status.SERVICE_UNAVAILABLE_503).send("as many pages as there may be are open already\n");
            return;
        }
        response.header(TYPE);
        try (OutputStream out = response.outputStream()) {
            Map<String, Object> past = telemetry.history().document();
            send(out, "history", past);
            send(out, "status", status.document());
            long number = (Long) past.get("number");
            while (!closed) {
                History.Sample sample = telemetry.history().after(number).orElse(null);
                if (sample != null) {
                    number = sample.number();
                    send(out, "sample", sample);
                }
                if (sample == null || number % STATUS_EVERY == 0) {
                    send(out, "status", status.document());
                }
            }
        } catch (IOException e) {
            throw new CloseConnectionException("the page was closed", e);
        } finally {
            places.release();
        }
    }

    private static void send(OutputStream out, String event, Object data) throws IOException {
        out.write(("event: " + event + "\ndata: " + JsonText.of(data) + "\n\n").getBytes(StandardCharsets.UTF_8));
        out.flush();
    }

    /** Ends all streams within a second. */
    void close() {
        closed = true;
    }
}

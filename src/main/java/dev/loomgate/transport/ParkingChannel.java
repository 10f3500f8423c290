package dev.loomgate.transport;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.SocketChannel;

import javax.net.ssl.SSLSession;

import dev.loomgate.poller.ParkedSocket;
import dev.loomgate.poller.Poller;

/**
 * A client's socket, on which a thread waits by being parked; without a poller, by blocking in the system call.
 *
 * <p>One thread reads and one writes at a time.
 */
class ParkingChannel extends ParkedSocket {
    private final SocketChannel channel;

    /** @param poller null if threads may block */
    ParkingChannel(SocketChannel channel, Poller poller) throws IOException {
        super(channel, poller);
        this.channel = channel;
    }

    /**
     * Reads what has come, or waits for it.
     *
     * @return number of bytes, 1 or more, or -1 at the end of the input or of the wait
     * @throws ClosedChannelException if the socket was closed, before or meanwhile
     */
    int read(ByteBuffer into) throws IOException {
        int count = channel.read(into);
        while (count == 0) {
            if (!awaitReadable()) {
                return -1;
            }
            count = channel.read(into);
        }
        return count;
    }

    /** As {@link #read}, where it is likely that nothing has come yet. */
    int readLater(ByteBuffer into) throws IOException {
        if (hasWaited() && !awaitReadable()) {
            return -1;
        }
        return read(into);
    }

    /** Whether what is written goes out as it is: a file can be sent by the system then. */
    boolean isPlain() {
        return true;
    }

    /** Who is at the other end, and how well that is known; null without TLS. */
    SSLSession session() {
        return null;
    }

    /** Whether bytes have arrived that nobody has come to read. */
    boolean hasArrived() throws IOException {
        return hasUnread();
    }

    /** Whether the system holds bytes that have come. */
    final boolean hasUnread() throws IOException {
        return channel.socket().getInputStream().available() > 0;
    }

    /** Tells the client that nothing more will be sent. */
    void shutdownOutput() throws IOException {
        channel.shutdownOutput();
    }

    /** Says goodbye where the protocol has a word for it, without waiting; for the connection's own thread. */
    void takeLeave() {
        // closing says it all
    }

    /** Writes some bytes at least, all if the thread blocks. */
    void write(ByteBuffer bytes) throws IOException {
        while (channel.write(bytes) == 0 && bytes.hasRemaining()) {
            awaitWritable();
        }
    }

    /** Writes some bytes at least, all if the thread blocks. */
    void write(ByteBuffer[] runs) throws IOException {
        while (channel.write(runs) == 0 && hasRemaining(runs)) {
            awaitWritable();
        }
    }

    static boolean hasRemaining(ByteBuffer[] runs) {
        for (ByteBuffer run : runs) {
            if (run.hasRemaining()) {
                return true;
            }
        }
        return false;
    }

    /**
     * Has the system send a region of a file.
     *
     * @return number of bytes that were sent; 0 if the socket takes none now, or the file has ended
     */
    long transferFrom(FileChannel file, long position, long count) throws IOException {
        return file.transferTo(position, count, channel);
    }
}

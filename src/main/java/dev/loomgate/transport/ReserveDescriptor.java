package dev.loomgate.transport;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.FileChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import dev.loomgate.guard.Reason;
import dev.loomgate.guard.Rejections;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A descriptor kept for the time when the process has none left. {@code accept} fails then, the connection stays in the
 * kernel's queue and the client waits for nothing; so the reserve is given up for the moment that it takes to accept that
 * connection and close it. Used by the accepting thread alone, but for {@link #close}.
 */
final class ReserveDescriptor implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(ReserveDescriptor.class);
    private static final long BACK_OFF_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
    private static final Path NOTHING = Path.of("/dev/null");

    private volatile FileChannel reserve;
    private final Rejections rejections;

    ReserveDescriptor(Rejections rejections) {
        this.rejections = rejections;
        // once beforehand: the classes needed are then loaded, which takes descriptors too
        restore();
    }

    /** Whether an accept failed because the process, or the system, has no descriptor left. */
    static boolean isOutOfDescriptors(IOException failure) {
        // the JDK gives the text of strerror and nothing else: "Too many open files", with " in system" for ENFILE
        return String.valueOf(failure.getMessage()).contains("Too many open files");
    }

    /**
     * Accepts one connection at the cost of the reserve. Linux takes the descriptor before it waits for the connection, so
     * this may wait for long, and there may be descriptors again when it ends: then the connection is as good as any.
     *
     * @return the connection, or null if it had to be closed
     */
    SocketChannel acceptOrRefuse(ServerSocketChannel server) throws IOException {
        SocketChannel accepted = null;
        if (giveUp()) {
            try {
                accepted = server.accept();
            } finally {
                restore();
            }
            if (reserve == null) {
                SocketAddress client = accepted.getRemoteAddress();
                accepted.close();
                accepted = null;
                rejections.count(Reason.DESCRIPTORS, client instanceof InetSocketAddress inet ? inet.getAddress() : "unknown");
                restore();
            }
        }
        if (accepted == null) {
            LockSupport.parkNanos(BACK_OFF_NANOS);
        }
        return accepted;
    }

    /** Closes the reserve; returns whether there was one. */
    private boolean giveUp() throws IOException {
        restore();
        FileChannel held = reserve;
        reserve = null;
        if (held == null) {
            return false;
        }
        held.close();
        return true;
    }

    private void restore() {
        if (reserve == null) {
            try {
                reserve = FileChannel.open(NOTHING, StandardOpenOption.READ);
            } catch (IOException e) {
                LOGGER.trace("no descriptor for the reserve yet", e);
            }
        }
    }

    @Override
    public void close() {
        FileChannel held = reserve;
        if (held != null) {
            try {
                held.close();
            } catch (IOException e) {
                LOGGER.debug("closing the reserve descriptor failed", e);
            }
        }
    }
}

package dev.loomgate.transport;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import dev.loomgate.guard.Reason;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has the JVM do beforehand what it can't do when there is no descriptor left, and what it never tries again once it has
 * failed: opening the poller under which virtual threads park, and reading classes that only the lack itself calls for.
 */
final class Rehearsal {
    private static final Logger LOGGER = LoggerFactory.getLogger(Rehearsal.class);
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(2);

    private Rehearsal() {
    }

    /** Takes some milliseconds the first time. Failing is no failure: the listener is opened all the same. */
    static void perform() {
        Crowd.rehearse();
        new SocketPeer(null).host();
        Reason.DESCRIPTORS.label();
        try {
            parkOnce();
        } catch (IOException e) {
            LOGGER.atWarn().setCause(e).log("virtual threads could not be tried; is a file descriptor left?");
        }
    }

    private static void parkOnce() throws IOException {
        Pipe pipe = Pipe.open();
        try (Pipe.SourceChannel source = pipe.source(); Pipe.SinkChannel sink = pipe.sink()) {
            Thread reader = Thread.ofVirtual().start(() -> readByte(source));
            long end = System.nanoTime() + PATIENCE_NANOS;
            while (reader.isAlive() && reader.getState() != Thread.State.WAITING && System.nanoTime() < end) {
                LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(50));
            }
            sink.write(ByteBuffer.allocate(1));
            reader.join(TimeUnit.NANOSECONDS.toMillis(PATIENCE_NANOS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void readByte(Pipe.SourceChannel source) {
        try {
            source.read(ByteBuffer.allocate(1));
        } catch (IOException e) {
            LOGGER.debug("trying virtual threads failed", e);
        }
    }
}

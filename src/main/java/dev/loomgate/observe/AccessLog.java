package dev.loomgate.observe;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A line for each request, in a file. Threads of requests form their lines in one of a few buffers; one thread writes the buffers
 * that are full, and once a second the others. If the disk can't keep up, requests wait, for a second at most; after that lines
 * are dropped, and counted. Closing writes everything.
 *
 * <p>Lines of the same moment may be out of order by the flush interval. Safe for use by many threads.
 */
public final class AccessLog implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(AccessLog.class);
    private static final int CAPACITY = 32 << 10;
    /** The longest line that a buffer makes room for beforehand; a longer one makes it grow. */
    private static final int RESERVE = 1 << 10;
    private static final int STRIPES = 8;
    private static final int MOST_FULL = 32;
    private static final long PATIENCE_SECONDS = 1;
    private static final long FLUSH_MILLIS = 1_000;
    private static final long COMPLAIN_EVERY = TimeUnit.SECONDS.toNanos(10);

    private final Optional<Path> file;
    private final AccessFormat format;
    private final Set<String> except;
    private final Stripe[] stripes = new Stripe[STRIPES];
    private final BlockingQueue<LogLine> full = new ArrayBlockingQueue<>(MOST_FULL);
    private final BlockingQueue<LogLine> free = new ArrayBlockingQueue<>(MOST_FULL);
    private final LongAdder dropped = new LongAdder();
    private final Thread writer = Thread.ofPlatform().name("loomgate-access-log").daemon().unstarted(this::writeAll);
    /** No lines: something for the writer to wake up for. An interrupt would close its file. */
    private final LogLine wake = new LogLine(0);
    private volatile boolean reopen;
    private volatile boolean closed;
    // of the writer's thread
    private FileChannel channel;
    private long complainAt = System.nanoTime();

    /** A buffer, and the lock of who writes to it. */
    private static final class Stripe {
        private final ReentrantLock lock = new ReentrantLock();
        private final AccessFormat.Clock clock = new AccessFormat.Clock();
        private LogLine lines = new LogLine(0);
        private int count;
        private boolean last;
    }

    private AccessLog(Optional<Path> file, AccessFormat format, Set<String> except) throws IOException {
        this.file = file;
        this.format = format;
        this.except = Set.copyOf(except);
        for (int i = 0; i < STRIPES; i++) {
            stripes[i] = new Stripe();
        }
        this.channel = open();
    }

    /**
     * Opens a log; what is in the file already is kept.
     *
     * @param file   where to; empty for the standard output
     * @param format how lines look
     * @param except paths of routes, as the configuration has them, whose requests have no line
     * @throws IOException if the file can't be opened; the message names it
     */
    public static AccessLog open(Optional<Path> file, AccessFormat format, Set<String> except) throws IOException {
        var log = new AccessLog(file, format, except);
        log.writer.start();
        return log;
    }

    private FileChannel open() throws IOException {
        if (file.isEmpty()) {
            return new FileOutputStream(FileDescriptor.out).getChannel();
        }
        try {
            return FileChannel.open(file.get(), StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new IOException("the access log can't be opened: " + e, e);
        }
    }

    void write(Access access) {
        if (!except.isEmpty() && access.route() != null && except.contains(access.route())) {
            return;
        }
        Stripe stripe = stripes[(int) Thread.currentThread().threadId() & STRIPES - 1];
        stripe.lock.lock();
        try {
            if (stripe.last) {
                dropped.increment();
                return;
            }
            if (stripe.lines.bytes().length - stripe.lines.length() < RESERVE) {
                handOver(stripe);
            }
            stripe.clock.tick(access.ended());
            format.write(stripe.lines, access, stripe.clock);
            stripe.count++;
        } finally {
            stripe.lock.unlock();
        }
    }

    /** Gives a buffer to the writer and takes an empty one, with the stripe's lock held. */
    private void handOver(Stripe stripe) {
        if (stripe.lines.length() > 0) {
            boolean taken = false;
            try {
                taken = full.offer(stripe.lines, PATIENCE_SECONDS, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                taken = full.offer(stripe.lines);
            }
            if (!taken) {
                dropped.add(stripe.count);
                stripe.lines.clear();
                stripe.count = 0;
                return;
            }
        }
        takeEmpty(stripe);
    }

    private void takeEmpty(Stripe stripe) {
        LogLine empty = free.poll();
        stripe.lines = empty == null ? new LogLine(CAPACITY) : empty;
        stripe.count = 0;
    }

    private void writeAll() {
        long flushAt = System.nanoTime();
        while (true) {
            boolean last = closed;
            try {
                LogLine lines = full.poll(last ? 0 : FLUSH_MILLIS, TimeUnit.MILLISECONDS);
                if (lines != null) {
                    write(lines);
                }
                if (reopen) {
                    reopen = false;
                    exchange();
                }
                long now = System.nanoTime();
                if (last && lines == null || now - flushAt >= TimeUnit.MILLISECONDS.toNanos(FLUSH_MILLIS)) {
                    flushAt = now;
                    flush(last && lines == null);
                }
                if (last && lines == null) {
                    return;
                }
            } catch (InterruptedException e) {
                // nobody does this; to end would lose lines
                LOGGER.debug("the writer of the access log was interrupted, going on", e);
            }
        }
    }

    /** Writes what is in the buffers that are not full. */
    private void flush(boolean last) {
        for (Stripe stripe : stripes) {
            LogLine lines = null;
            stripe.lock.lock();
            try {
                if (stripe.lines.length() > 0) {
                    lines = stripe.lines;
                    takeEmpty(stripe);
                }
                stripe.last = last;
            } finally {
                stripe.lock.unlock();
            }
            if (lines != null) {
                // a buffer of the stripe that was full before comes first
                for (LogLine earlier = full.poll(); earlier != null; earlier = full.poll()) {
                    write(earlier);
                }
                write(lines);
            }
        }
    }

    private void write(LogLine lines) {
        ByteBuffer bytes = ByteBuffer.wrap(lines.bytes(), 0, lines.length());
        try {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        } catch (IOException e) {
            for (int i = bytes.position(); i < bytes.limit(); i++) {
                if (bytes.get(i) == '\n') {
                    dropped.increment();
                }
            }
            complain("lines of the access log can't be written", e);
        }
        // one that a long line has made grow is not kept
        if (lines != wake && lines.bytes().length <= 2 * CAPACITY) {
            lines.clear();
            free.offer(lines);
        }
    }

    private void complain(String what, IOException e) {
        long now = System.nanoTime();
        if (now - complainAt >= 0) {
            complainAt = now + COMPLAIN_EVERY;
            LOGGER.atError().addKeyValue("file", file.map(Path::toString).orElse("standard output"))
                    .addKeyValue("dropped", dropped.sum()).setCause(e).log(what);
        }
    }

    /** Opens the file by its name again, after it has been moved away. Does not wait for it: the next lines do. */
    public void reopen() {
        reopen = true;
        full.offer(wake);
    }

    private void exchange() {
        // what was logged before belongs to the old file
        flush(false);
        try {
            FileChannel next = open();
            if (file.isPresent()) {
                channel.close();
            }
            channel = next;
        } catch (IOException e) {
            complain("the access log goes on in the old file", e);
        }
    }

    /** Lines that were lost since the start, because the disk was too slow or full. */
    public long droppedCount() {
        return dropped.sum();
    }

    /** Writes everything, and takes no more lines. */
    @Override
    public void close() {
        closed = true;
        full.offer(wake);
        try {
            writer.join();
            if (file.isPresent()) {
                channel.close();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            complain("the access log could not be closed", e);
        }
    }
}

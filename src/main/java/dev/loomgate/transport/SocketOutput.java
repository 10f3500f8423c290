package dev.loomgate.transport;

import java.io.EOFException;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The way out of a {@link LeanSocket}, which has the contracts of what is here. A write that the client keeps waiting has a
 * deadline, in a word that the sweep expires if it finds it late. One thread writes at a time.
 */
final class SocketOutput {
    /** Bytes given to one system call: the JDK copies a heap array into native memory of this size for the call's time. */
    private static final int SLICE = 64 * 1024;
    /** Bytes of a file sent by one call, so that a file that must come from disk does not hold a carrier for long. */
    private static final int FILE_SLICE = 1024 * 1024;
    /** The same for a platform thread: there, the call ends when all have gone, which a slow client must manage in time. */
    private static final int BLOCKING_FILE_SLICE = 256 * 1024;

    /** Bytes of a file that go out with the header before it when both are encrypted. */
    private static final int FIRST_OF_FILE = 8 * 1024;

    private static final long WORKING = Long.MAX_VALUE;
    private static final long EXPIRED = -1;
    private static final VarHandle WRITING;

    static {
        try {
            WRITING = MethodHandles.lookup().findVarHandle(SocketOutput.class, "writing", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final LeanSocket socket;
    private final ParkingChannel parking;
    private final Deadlines deadlines;
    /** Null if bytes have no limit. */
    private Throttle throttle;
    /** The deadline, in milliseconds of the coarse clock. */
    private volatile long writing = WORKING;
    /** Null without TLS. */
    private volatile Answers answering;

    SocketOutput(LeanSocket socket, ParkingChannel parking, Deadlines deadlines) {
        this.socket = socket;
        this.parking = parking;
        this.deadlines = deadlines;
    }

    void throttle(Throttle limits) {
        throttle = limits;
    }

    void write(byte[] bytes, int offset, int length) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(bytes, offset, length);
        int end = buffer.limit();
        int slice = throttle == null ? SLICE : throttle.portion(SLICE);
        while (buffer.position() < end) {
            int from = buffer.position();
            buffer.limit(Math.min(end, from + slice));
            begin();
            try {
                parking.write(buffer);
            } catch (ClosedChannelException e) {
                throw closed(e);
            }
            end();
            if (throttle != null) {
                throttle.sent(socket, buffer.position() - from);
            }
        }
    }

    void write(byte[] first, int firstOffset, int firstLength, byte[] second, int secondOffset, int secondLength) throws IOException {
        int slice = throttle == null ? SLICE : throttle.portion(SLICE);
        if (firstLength > slice) {
            write(first, firstOffset, firstLength);
            write(second, secondOffset, secondLength);
            return;
        }
        int begun = Math.min(secondLength, slice - firstLength);
        ByteBuffer[] both = {ByteBuffer.wrap(first, firstOffset, firstLength), ByteBuffer.wrap(second, secondOffset, begun)};
        while (both[0].hasRemaining() || both[1].hasRemaining()) {
            begin();
            try {
                parking.write(both);
            } catch (ClosedChannelException e) {
                throw closed(e);
            }
            end();
        }
        if (throttle != null) {
            throttle.sent(socket, firstLength + begun);
        }
        write(second, secondOffset + begun, secondLength - begun);
    }

    void transferFrom(FileChannel file, long position, long count) throws IOException {
        long at = position;
        long end = position + count;
        int most = Thread.currentThread().isVirtual() ? FILE_SLICE : BLOCKING_FILE_SLICE;
        int slice = throttle == null ? most : throttle.portion(most);
        while (at < end) {
            begin();
            long sent = transfer(file, at, Math.min(slice, end - at));
            end();
            if (throttle != null && sent > 0) {
                throttle.sent(socket, sent);
            }
            at += sent;
            if (sent == 0) {
                requireMore(file, at, end - at);
                awaitRoom();
            }
        }
    }

    long writeBefore(byte[] bytes, int offset, int length, FileChannel file, long position, long count) throws IOException {
        if (throttle != null || parking.blocks()) {
            write(bytes, offset, length);
            return 0;
        }
        if (!parking.isPlain()) {
            return writeWithFirst(bytes, offset, length, file, position, count);
        }
        ByteBuffer first = ByteBuffer.wrap(bytes, offset, length);
        ByteBuffer piece = FilePieces.borrow();
        long begun;
        try {
            piece.limit((int) Math.min(count, piece.capacity()));
            file.read(piece, position);
            piece.flip();
            parking.channel().write(new ByteBuffer[] {first, piece});
            begun = piece.position();
        } catch (ClosedChannelException e) {
            throw closed(e);
        } finally {
            FilePieces.giveBack(piece);
        }
        write(bytes, first.position(), first.remaining());
        return begun;
    }

    /** Bytes and the beginning of a file in the same record, where that has to be read into memory anyway. */
    private long writeWithFirst(byte[] bytes, int offset, int length, FileChannel file, long position, long count)
            throws IOException {
        byte[] first = new byte[(int) Math.min(count, FIRST_OF_FILE)];
        int read = Math.max(0, file.read(ByteBuffer.wrap(first), position));
        write(bytes, offset, length, first, 0, read);
        return read;
    }

    private static void requireMore(FileChannel file, long position, long count) throws IOException {
        if (file.size() <= position) {
            throw new EOFException("the file ended at byte " + position + ", " + count + " bytes before it should have");
        }
    }

    private void awaitRoom() throws IOException {
        begin();
        try {
            parking.awaitWritable();
        } catch (ClosedChannelException e) {
            throw closed(e);
        }
        end();
    }

    private long transfer(FileChannel file, long position, long count) throws IOException {
        try {
            return parking.transferFrom(file, position, count);
        } catch (ClosedChannelException e) {
            throw closed(e);
        }
    }

    /** Says goodbye where the protocol has a word for it. */
    void takeLeave() {
        begin();
        parking.takeLeave();
    }

    private void begin() {
        WRITING.setOpaque(this, deadlines.write());
    }

    private void end() throws IOException {
        if ((long) WRITING.getOpaque(this) == EXPIRED) {
            throw late();
        }
        WRITING.setOpaque(this, WORKING);
    }

    /** Part of what a write has to send has gone: the rest has as long again. */
    void goOn() throws IOException {
        end();
        begin();
    }

    private IOException closed(ClosedChannelException e) {
        return (long) WRITING.getOpaque(this) == EXPIRED ? late() : e;
    }

    private static DeadlineException late() {
        return new DeadlineException("the client did not read in time");
    }

    /** What TLS itself answers has deadlines of its own from now on. */
    TlsChannel.AnswerProgress answers() {
        var answers = new Answers();
        answering = answers;
        return answers;
    }

    /** Expires a write that is late; returns whether it did. */
    boolean expire(long now) {
        long write = (long) WRITING.getOpaque(this);
        Answers answers = answering;
        return isLate(write, now) && WRITING.compareAndSet(this, write, EXPIRED) || answers != null && answers.expire(now);
    }

    private static boolean isLate(long deadline, long now) {
        return deadline != EXPIRED && deadline <= now;
    }

    /** Until when what TLS itself must answer has to be on its way: as with writes, which it must not touch. */
    private final class Answers implements TlsChannel.AnswerProgress {
        private final AtomicLong until = new AtomicLong(WORKING);

        @Override
        public void begun() {
            until.set(deadlines.write());
        }

        @Override
        public void made() throws IOException {
            ended();
            begun();
        }

        @Override
        public void ended() throws IOException {
            if (until.getAndSet(WORKING) == EXPIRED) {
                throw late();
            }
        }

        private boolean expire(long now) {
            long deadline = until.get();
            return isLate(deadline, now) && until.compareAndSet(deadline, EXPIRED);
        }
    }
}

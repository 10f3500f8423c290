package dev.loomgate.transport;

import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.SocketChannel;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;

import dev.loomgate.guard.Reason;
import dev.loomgate.guard.Ticket;
import io.helidon.common.buffers.BufferData;
import io.helidon.common.socket.HelidonSocket;
import io.helidon.common.socket.PeerInfo;

import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSession;

/**
 * A client's socket that holds no buffer of its own. Reads and writes block the calling thread (park a virtual one), each
 * under a deadline that costs one plain store: a sweep that the listener runs ends what is late.
 *
 * <p>One thread reads and one writes at a time, not always the same; the sweep and {@link #close} come from any thread.
 */
public final class LeanSocket implements HelidonSocket {
    /** Bytes given to one system call: the JDK copies a heap array into native memory of this size for the call's time. */
    private static final int SLICE = 64 * 1024;
    /** Bytes of a file sent by one call, so that a file that must come from disk does not hold a carrier for long. */
    private static final int FILE_SLICE = 1024 * 1024;
    /** The same for a platform thread: there, the call ends when all have gone, which a slow client must manage in time. */
    private static final int BLOCKING_FILE_SLICE = 256 * 1024;

    /** Bytes of a file that go out with the header before it when both are encrypted. */
    private static final int FIRST_OF_FILE = 8 * 1024;

    /*
     * What the socket waits for and until when, in one word, so that the sweep can expire exactly the wait that it found late.
     * There is a word for reading and one for writing, as both may happen at once, by two threads. For reading: the deadline
     * in milliseconds of the coarse clock, shifted by two, and in the lowest bits what is waited for: a request, and the first
     * one, or the rest of a header, or neither. For writing: the deadline.
     */
    private static final long WAIT = 3;
    private static final long IDLE = 1;
    private static final long FIRST = 3;
    private static final long HEADER = 2;
    private static final long WORKING = Long.MAX_VALUE;
    /** Its thread has not come to read yet: as if for the first request, and with no end. */
    private static final long NEW = 1L << 60 | FIRST;
    /** At work on several requests: reads what may come, with no end. */
    private static final long BUSY = 1L << 60;
    private static final long EXPIRED = -1;
    /** Time in milliseconds that a client has for its first request while the listener drains: it may be on its way. */
    private static final long GRACE = 1_000;
    private static final VarHandle READING;
    private static final VarHandle WRITING;

    static {
        try {
            var lookup = MethodHandles.lookup();
            READING = lookup.findVarHandle(LeanSocket.class, "reading", long.class);
            WRITING = lookup.findVarHandle(LeanSocket.class, "writing", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final SocketChannel channel;
    private final ParkingChannel parking;
    private final Deadlines deadlines;
    private final String listenerName;
    private volatile long reading = NEW;
    private volatile long writing = WORKING;
    private volatile ReadAhead readAhead;
    private final Ticket ticket;
    private Throttle throttle;
    /** Null where the other end of the socket is the client. */
    private volatile InetSocketAddress client;
    private boolean used;
    private volatile boolean outputShut;
    /** Null without TLS. */
    private volatile Answers answering;
    /** When the header began to come that is waited for, or nothing more was to be sent; milliseconds of the coarse clock. */
    private volatile long since;

    LeanSocket(ParkingChannel parking, Deadlines deadlines, String listenerName, Ticket ticket) {
        this.parking = parking;
        this.channel = parking.channel();
        this.deadlines = deadlines;
        this.listenerName = listenerName;
        this.ticket = ticket;
        this.throttle = Throttle.of(ticket);
    }

    /** What the other end sends is from this client from now on; the ticket is the client's already. */
    void speaksFor(InetSocketAddress behind) {
        client = behind;
        throttle = Throttle.of(ticket);
    }

    /** Time of the coarse clock in milliseconds, for deadlines given to {@link #read}. */
    public long now() {
        return deadlines.now();
    }

    /**
     * Waits for the next request for as long as the listener's idle limit allows.
     *
     * @return number of bytes read, 1 or more, or -1 if the client closed or the wait was too long
     * @throws IOException if the connection broke
     */
    public int readIdle(byte[] into, int offset, int length) throws IOException {
        long waiting = deadlines.idle() << 2 | (used ? IDLE : FIRST);
        used = true;
        READING.setOpaque(this, waiting);
        try {
            int count = readBytes(into, offset, length, true);
            // lost against the sweep, which is about to close: the bytes come too late
            return READING.compareAndSet(this, waiting, WORKING) ? paced(count) : -1;
        } catch (ClosedChannelException e) {
            return -1;
        }
    }

    /**
     * Reads what the client still owes.
     *
     * @param deadline time of {@link #now} until which a byte must arrive, in milliseconds
     * @return number of bytes read, 1 or more, or -1 if the client closed its side
     * @throws DeadlineException if no byte came in time; a response can still be written
     * @throws IOException       if the connection broke
     */
    public int read(byte[] into, int offset, int length, long deadline) throws IOException {
        return readUntil(into, offset, length, deadline << 2);
    }

    /**
     * Reads more of a header, as {@link #read} does. The client that is slow in this is among the first to go when room is
     * needed.
     *
     * @param begun time of {@link #now} at which the header began to come, in milliseconds
     */
    public int readHeader(byte[] into, int offset, int length, long deadline, long begun) throws IOException {
        since = begun;
        return readUntil(into, offset, length, deadline << 2 | HEADER);
    }

    /**
     * Reads what comes on a connection that serves several requests at once, for as long as it does; when it serves none, for as
     * long as the listener's idle limit allows.
     *
     * @param working whether it serves any; when that ends, {@link #becomeIdle} is called
     * @return number of bytes read, 1 or more, or -1 if the client closed or the wait was too long
     * @throws IOException if the connection broke
     */
    public int readWhile(BooleanSupplier working, byte[] into, int offset, int length) throws IOException {
        used = true;
        // in this order, so that either this sees that no request is served any more, or that is told here
        READING.setVolatile(this, BUSY);
        if (!working.getAsBoolean()) {
            becomeIdle();
        }
        try {
            int count = readBytes(into, offset, length, true);
            return (long) READING.getAndSet(this, WORKING) == EXPIRED ? -1 : paced(count);
        } catch (ClosedChannelException e) {
            return -1;
        }
    }

    /** No request is served any more: its client may keep quiet only for so long from now on. Called by any thread. */
    public void becomeIdle() {
        READING.compareAndSet(this, BUSY, deadlines.idle() << 2 | IDLE);
    }

    /** Lets several threads write, one at a time: one that is interrupted in it does not close the socket any more. */
    void share() {
        parking.share();
    }

    /** How long, in milliseconds, a client may keep a response waiting. */
    public long writeLimit() {
        return deadlines.writeLimit();
    }

    private int readUntil(byte[] into, int offset, int length, long waiting) throws IOException {
        READING.setOpaque(this, waiting);
        int count = readBytes(into, offset, length, false);
        if (!READING.compareAndSet(this, waiting, WORKING)) {
            READING.setOpaque(this, WORKING);
            parking.resumeReading();
            if (!outputShut) {
                ticket.count(Reason.SLOW_REQUEST, address());
            }
            throw new DeadlineException("the client did not send in time");
        }
        return paced(count);
    }

    /**
     * Agrees with the client on how to encrypt, and encrypts from then on.
     *
     * @param engine how
     * @param limit  how long it may take in all, in milliseconds
     * @return the application protocol that was agreed on (ALPN); empty if none was
     * @throws DeadlineException if the client was too slow
     * @throws IOException       if no agreement was reached; a client that did not even try gets an answer in clear text
     */
    String secure(SSLEngine engine, long limit) throws IOException {
        long waiting = now() + limit << 2 | HEADER;
        since = now();
        READING.setOpaque(this, waiting);
        boolean agreed = false;
        try {
            InetAddress client = address() instanceof InetAddress known ? known : InetAddress.getLoopbackAddress();
            var answers = new Answers();
            answering = answers;
            ((TlsChannel) parking).handshake(engine, client, this::continueWrite, answers);
            agreed = true;
        } finally {
            if (!READING.compareAndSet(this, waiting, WORKING)) {
                // ended by the sweep, whatever it looked like here
                agreed = false;
                READING.setOpaque(this, WORKING);
                ticket.count(Reason.SLOW_REQUEST, address());
            }
        }
        if (!agreed) {
            throw new DeadlineException("the handshake did not end in time");
        }
        String protocol = engine.getApplicationProtocol();
        return protocol == null ? "" : protocol;
    }

    private void continueWrite() throws IOException {
        endWrite();
        beginWrite();
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
                throw new DeadlineException("the client did not read in time");
            }
        }

        private boolean expire(long now) {
            long deadline = until.get();
            return isLate(deadline, now) && until.compareAndSet(deadline, EXPIRED);
        }
    }

    /** Says goodbye where the protocol has a word for it; for the connection's own thread, before it closes. */
    void takeLeave() {
        WRITING.setOpaque(this, deadlines.write());
        parking.takeLeave();
    }

    /** Lets other connections go first that have something to do: for one that never waits for its client. */
    public void giveWay() {
        parking.giveWay();
    }

    /** Lets others go first if there are some that have waited long for a processor. */
    void giveWayToOutsiders() {
        parking.giveWayToOutsiders();
    }

    private int paced(int count) throws IOException {
        if (throttle != null && count > 0) {
            throttle.received(this, count);
        }
        return count;
    }

    private int readBytes(byte[] into, int offset, int length, boolean later) throws IOException {
        ReadAhead ahead = readAhead;
        if (ahead != null) {
            int count = ahead.take(into, offset, length);
            if (ahead.isDrained()) {
                readAhead = null;
            }
            return count;
        }
        ByteBuffer buffer = ByteBuffer.wrap(into, offset, length);
        return later ? parking.readLater(buffer) : parking.read(buffer);
    }

    /**
     * Writes all these bytes.
     *
     * @throws DeadlineException if the client stopped reading for longer than the write limit; the socket is closed then
     * @throws IOException       if the connection broke
     */
    public void write(byte[] bytes, int offset, int length) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(bytes, offset, length);
        int end = buffer.limit();
        int slice = throttle == null ? SLICE : throttle.portion(SLICE);
        while (buffer.position() < end) {
            int from = buffer.position();
            buffer.limit(Math.min(end, from + slice));
            beginWrite();
            try {
                parking.write(buffer);
            } catch (ClosedChannelException e) {
                throw closedWhileWriting(e);
            }
            endWrite();
            if (throttle != null) {
                throttle.sent(this, buffer.position() - from);
            }
        }
    }

    /**
     * Writes two runs of bytes, in one system call if they are short.
     *
     * @throws DeadlineException if the client stopped reading for longer than the write limit; the socket is closed then
     * @throws IOException       if the connection broke
     */
    public void write(byte[] first, int firstOffset, int firstLength, byte[] second, int secondOffset, int secondLength)
            throws IOException {
        int slice = throttle == null ? SLICE : throttle.portion(SLICE);
        if (firstLength > slice) {
            write(first, firstOffset, firstLength);
            write(second, secondOffset, secondLength);
            return;
        }
        int begun = Math.min(secondLength, slice - firstLength);
        ByteBuffer[] both = {ByteBuffer.wrap(first, firstOffset, firstLength), ByteBuffer.wrap(second, secondOffset, begun)};
        while (both[0].hasRemaining() || both[1].hasRemaining()) {
            beginWrite();
            try {
                parking.write(both);
            } catch (ClosedChannelException e) {
                throw closedWhileWriting(e);
            }
            endWrite();
        }
        if (throttle != null) {
            throttle.sent(this, firstLength + begun);
        }
        write(second, secondOffset + begun, secondLength - begun);
    }

    /**
     * Writes a region of a file, by {@code sendfile} where the operating system allows.
     *
     * @throws EOFException      if the file ends before the region does
     * @throws DeadlineException if the client stopped reading for longer than the write limit; the socket is closed then
     * @throws IOException       if the connection broke or the file can't be read
     */
    public void transferFrom(FileChannel file, long position, long count) throws IOException {
        long at = position;
        long end = position + count;
        int most = Thread.currentThread().isVirtual() ? FILE_SLICE : BLOCKING_FILE_SLICE;
        int slice = throttle == null ? most : throttle.portion(most);
        while (at < end) {
            beginWrite();
            long sent = transfer(file, at, Math.min(slice, end - at));
            endWrite();
            if (throttle != null && sent > 0) {
                throttle.sent(this, sent);
            }
            at += sent;
            if (sent == 0) {
                requireMore(file, at, end - at);
                awaitRoom();
            }
        }
    }

    /**
     * Writes some bytes and the beginning of a region of a file behind them, as far as one system call takes it.
     *
     * @return number of bytes of the file that were written, which may be 0
     * @throws DeadlineException if the client stopped reading for longer than the write limit; the socket is closed then
     * @throws IOException       if the connection broke or the file can't be read
     */
    public long writeBefore(byte[] bytes, int offset, int length, FileChannel file, long position, long count)
            throws IOException {
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
            channel.write(new ByteBuffer[] {first, piece});
            begun = piece.position();
        } catch (ClosedChannelException e) {
            throw closedWhileWriting(e);
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
        beginWrite();
        try {
            parking.awaitWritable();
        } catch (ClosedChannelException e) {
            throw closedWhileWriting(e);
        }
        endWrite();
    }

    private long transfer(FileChannel file, long position, long count) throws IOException {
        try {
            return parking.transferFrom(file, position, count);
        } catch (ClosedChannelException e) {
            throw closedWhileWriting(e);
        }
    }

    private void beginWrite() {
        WRITING.setOpaque(this, deadlines.write());
    }

    private void endWrite() throws IOException {
        if ((long) WRITING.getOpaque(this) == EXPIRED) {
            throw new DeadlineException("the client did not read in time");
        }
        WRITING.setOpaque(this, WORKING);
    }

    private IOException closedWhileWriting(ClosedChannelException e) {
        return (long) WRITING.getOpaque(this) == EXPIRED ? new DeadlineException("the client did not read in time") : e;
    }

    /**
     * Starts reading before anyone asks, to learn whether the client goes away; what comes is kept for the next read. The
     * caller makes sure that no read is under way.
     */
    void watch(Runnable onClosed) {
        if (readAhead == null) {
            readAhead = ReadAhead.start(parking, onClosed);
        } else {
            readAhead.watch(onClosed);
        }
    }

    /** Ends what {@link #watch} began; its action has run or never will. */
    void forgetWatch() {
        ReadAhead ahead = readAhead;
        if (ahead != null) {
            ahead.forgetWatch();
        }
    }

    /** Ends what is late; called by the listener's sweep. */
    void sweep(long now) {
        long write = (long) WRITING.getOpaque(this);
        long read = (long) READING.getOpaque(this);
        Answers answers = answering;
        if (isLate(write, now) && WRITING.compareAndSet(this, write, EXPIRED) || answers != null && answers.expire(now)) {
            ticket.count(Reason.SLOW_READER, address());
            close();
        } else if (isLate(read >> 2, now) && READING.compareAndSet(this, read, EXPIRED)) {
            if ((read & IDLE) != 0) {
                ticket.count(Reason.IDLE, address());
                if (parking.isShared()) {
                    // its protocol has something to say first
                    endInput();
                } else {
                    close();
                }
            } else {
                endInput();
            }
        }
    }

    private static boolean isLate(long deadline, long now) {
        return deadline != EXPIRED && deadline <= now;
    }

    /** Closes a connection that waits for a request, unless it has just come, or a request has; leaves one that works. */
    void closeIfIdle() {
        long read = (long) READING.getOpaque(this);
        if (!isIdle(read) || hasArrived()) {
            return;
        }
        boolean justCome = (read & WAIT) == FIRST && deadlines.idle() - (read >> 2) < GRACE;
        if (!justCome && READING.compareAndSet(this, read, EXPIRED)) {
            close();
        }
    }

    /** What it waits for that may be given up; null if it is at work. */
    Wait waitsFor() {
        return waitsFor((long) READING.getOpaque(this));
    }

    private Wait waitsFor(long read) {
        if (read == WORKING || read == EXPIRED) {
            return null;
        }
        return switch ((int) (read & WAIT)) {
            case (int) FIRST -> Wait.FIRST_BYTE;
            case (int) IDLE -> Wait.REQUEST;
            case (int) HEADER -> Wait.HEADER;
            default -> outputShut ? Wait.CLOSE : null;
        };
    }

    /** For how long it has waited, in milliseconds; without a meaning if it does not. */
    long waited() {
        long read = (long) READING.getOpaque(this);
        return isIdle(read) ? deadlines.idle() - (read >> 2) : deadlines.now() - since;
    }

    private static boolean isIdle(long read) {
        return read != WORKING && read != EXPIRED && (read & IDLE) != 0;
    }

    /**
     * Closes a connection if it waits for this; returns whether it did.
     *
     * @param unread also if something has come that its thread has not read yet
     */
    boolean leaveIfWaiting(Wait wait, boolean unread) {
        long read = (long) READING.getOpaque(this);
        if (waitsFor(read) != wait || !unread && isIdle(read) && hasArrived() || !READING.compareAndSet(this, read, EXPIRED)) {
            return false;
        }
        close();
        return true;
    }

    /** Whether bytes have arrived that the connection's thread has not come to read. Costs a system call. */
    public boolean hasArrived() {
        try {
            return parking.hasArrived();
        } catch (IOException e) {
            return false;
        }
    }

    private void endInput() {
        try {
            // the way out stays open for a 408
            parking.endReading();
        } catch (IOException e) {
            close();
        }
    }

    /** Tells the client that nothing more will be sent; it can still send. */
    public void shutdownOutput() throws IOException {
        since = deadlines.now();
        outputShut = true;
        parking.shutdownOutput();
    }

    /** Closes so that the client sees a reset: what it has got of a response is not all of it. */
    public void abort() {
        try {
            channel.setOption(StandardSocketOptions.SO_LINGER, 0);
        } catch (IOException e) {
            // closed already
            return;
        }
        close();
    }

    @Override
    public void close() {
        try {
            parking.close();
        } catch (IOException e) {
            // the descriptor is gone either way, and there is nobody left to tell
            return;
        }
    }

    @Override
    public void idle() {
        // no buffer to give back
    }

    /** Whether nobody has closed it here yet. */
    boolean isOpen() {
        return channel.isOpen();
    }

    @Override
    public boolean isConnected() {
        return channel.isConnected();
    }

    @Override
    @Deprecated
    public int read(BufferData buffer) {
        byte[] bytes = get();
        if (bytes == null) {
            return -1;
        }
        buffer.write(bytes);
        return bytes.length;
    }

    /** Reads for an upgraded protocol: what has arrived, or null at the end. */
    @Override
    public byte[] get() {
        byte[] bytes = new byte[Buffers.SIZE];
        try {
            int count = readIdle(bytes, 0, bytes.length);
            return count < 0 ? null : count == bytes.length ? bytes : Arrays.copyOf(bytes, count);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void write(BufferData buffer) {
        byte[] bytes = buffer.readBytes();
        try {
            write(bytes, 0, bytes.length);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The client's address, or a text if it can't be told any more. */
    Object address() {
        InetSocketAddress behind = client;
        if (behind != null) {
            return behind.getAddress();
        }
        try {
            return channel.getRemoteAddress() instanceof InetSocketAddress inet ? inet.getAddress() : "unknown";
        } catch (IOException e) {
            return "unknown";
        }
    }

    @Override
    public PeerInfo remotePeer() {
        InetSocketAddress behind = client;
        SocketPeer peer = behind == null ? SocketPeer.remote(channel) : new SocketPeer(behind);
        SSLSession session = parking.session();
        return session == null ? peer : peer.with(session);
    }

    @Override
    public PeerInfo localPeer() {
        return SocketPeer.local(channel);
    }

    @Override
    public boolean isSecure() {
        return parking.session() != null;
    }

    /** The session of TLS; null without. */
    SSLSession session() {
        return parking.session();
    }

    @Override
    public String socketId() {
        return listenerName;
    }

    @Override
    public String childSocketId() {
        return Integer.toHexString(System.identityHashCode(channel));
    }
}

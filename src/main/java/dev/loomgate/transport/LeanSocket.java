package dev.loomgate.transport;

import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.SocketChannel;
import java.util.Arrays;
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
    private final SocketChannel channel;
    private final ParkingChannel parking;
    private final Deadlines deadlines;
    private final String listenerName;
    private final ReadWait waiting;
    private final SocketOutput output;
    private volatile ReadAhead readAhead;
    private final Ticket ticket;
    private Throttle throttle;
    /** Null where the other end of the socket is the client. */
    private volatile InetSocketAddress client;

    LeanSocket(ParkingChannel parking, Deadlines deadlines, String listenerName, Ticket ticket) {
        this.parking = parking;
        this.channel = parking.channel();
        this.deadlines = deadlines;
        this.listenerName = listenerName;
        this.ticket = ticket;
        this.waiting = new ReadWait(deadlines);
        this.output = new SocketOutput(this, parking, deadlines);
        beThrottled();
    }

    private void beThrottled() {
        throttle = Throttle.of(ticket);
        output.throttle(throttle);
    }

    /** What the other end sends is from this client from now on; the ticket is the client's already. */
    void speaksFor(InetSocketAddress behind) {
        client = behind;
        beThrottled();
    }

    /** Time of the coarse clock in milliseconds, for deadlines given to {@link #read}. */
    public long now() {
        return deadlines.now();
    }

    /** {@code System.nanoTime} in milliseconds, as of a moment ago, or longer on a busy machine: for rates. */
    public long time() {
        return deadlines.time();
    }

    /**
     * Waits for the next request for as long as the listener's idle limit allows.
     *
     * @return number of bytes read, 1 or more, or -1 if the client closed or the wait was too long
     * @throws IOException if the connection broke
     */
    public int readIdle(byte[] into, int offset, int length) throws IOException {
        long wait = waiting.forRequest();
        try {
            int count = readBytes(into, offset, length, true);
            // lost against the sweep, which is about to close: the bytes come too late
            return waiting.end(wait) ? paced(count) : -1;
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
        return readUntil(into, offset, length, waiting.forMore(deadline));
    }

    /**
     * Reads more of a header, as {@link #read} does. The client that is slow in this is among the first to go when room is
     * needed.
     *
     * @param begun time of {@link #now} at which the header began to come, in milliseconds
     */
    public int readHeader(byte[] into, int offset, int length, long deadline, long begun) throws IOException {
        return readUntil(into, offset, length, waiting.forHeader(deadline, begun));
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
        // in this order, so that either this sees that no request is served any more, or that is told here
        waiting.whileBusy();
        if (!working.getAsBoolean()) {
            becomeIdle(working);
        }
        try {
            int count = readBytes(into, offset, length, true);
            return waiting.endBusy() ? paced(count) : -1;
        } catch (ClosedChannelException e) {
            return -1;
        }
    }

    /**
     * No request is served any more: its client may keep quiet only for so long from now on. Called by any thread.
     *
     * @param working whether it serves any, by now
     */
    public void becomeIdle(BooleanSupplier working) {
        waiting.becomeIdle(working);
    }

    /** Lets several threads write, one at a time: one that is interrupted in it does not close the socket any more. */
    void share() {
        parking.share();
    }

    /** How long, in milliseconds, a client may keep a response waiting. */
    public long writeLimit() {
        return deadlines.writeLimit();
    }

    private int readUntil(byte[] into, int offset, int length, long wait) throws IOException {
        int count = readBytes(into, offset, length, false);
        if (!waiting.end(wait)) {
            waiting.goOn();
            parking.resumeReading();
            if (!waiting.isOutputShut()) {
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
        long wait = waiting.forHeader(now() + limit, now());
        boolean agreed = false;
        try {
            InetAddress client = address() instanceof InetAddress known ? known : InetAddress.getLoopbackAddress();
            ((TlsChannel) parking).handshake(engine, client, output::goOn, output.answers());
            agreed = true;
        } finally {
            if (!waiting.end(wait)) {
                // ended by the sweep, whatever it looked like here
                agreed = false;
                waiting.goOn();
                ticket.count(Reason.SLOW_REQUEST, address());
            }
        }
        if (!agreed) {
            throw new DeadlineException("the handshake did not end in time");
        }
        String protocol = engine.getApplicationProtocol();
        return protocol == null ? "" : protocol;
    }

    /** Says goodbye where the protocol has a word for it; for the connection's own thread, before it closes. */
    void takeLeave() {
        output.takeLeave();
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
        output.write(bytes, offset, length);
    }

    /**
     * Writes two runs of bytes, in one system call if they are short.
     *
     * @throws DeadlineException if the client stopped reading for longer than the write limit; the socket is closed then
     * @throws IOException       if the connection broke
     */
    public void write(byte[] first, int firstOffset, int firstLength, byte[] second, int secondOffset, int secondLength)
            throws IOException {
        output.write(first, firstOffset, firstLength, second, secondOffset, secondLength);
    }

    /**
     * Writes a region of a file, by {@code sendfile} where the operating system allows.
     *
     * @throws EOFException      if the file ends before the region does
     * @throws DeadlineException if the client stopped reading for longer than the write limit; the socket is closed then
     * @throws IOException       if the connection broke or the file can't be read
     */
    public void transferFrom(FileChannel file, long position, long count) throws IOException {
        output.transferFrom(file, position, count);
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
        return output.writeBefore(bytes, offset, length, file, position, count);
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
        if (output.expire(now)) {
            ticket.count(Reason.SLOW_READER, address());
            close();
            return;
        }
        switch (waiting.sweep(now, waiting.isLate(now) && hasUnread())) {
            case IDLE_TOO_LONG -> {
                ticket.count(Reason.IDLE, address());
                if (parking.isShared()) {
                    // its protocol has something to say first
                    endInput();
                } else {
                    close();
                }
            }
            case OWED_TOO_LONG -> endInput();
            case IN_TIME -> { }
        }
    }

    /** Closes a connection that waits for a request, unless it has just come, or a request has; leaves one that works. */
    void closeIfIdle() {
        if (waiting.expireIfIdle(this)) {
            close();
        }
    }

    /** What it waits for that may be given up; null if it is at work. */
    Wait waitsFor() {
        return waiting.kind();
    }

    /** For how long it has waited, in milliseconds; without a meaning if it does not. */
    long waited() {
        return waiting.waited();
    }

    /**
     * Closes a connection if it waits for this; returns whether it did.
     *
     * @param unread also if something has come that its thread has not read yet
     */
    boolean leaveIfWaiting(Wait wait, boolean unread) {
        if (!waiting.expire(wait, unread, this)) {
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

    /** Whether bytes have arrived that were not even read to be decrypted. */
    private boolean hasUnread() {
        try {
            return parking.hasUnread();
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
        waiting.outputShut();
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

package dev.loomgate.transport;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.locks.ReentrantLock;

import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSession;

import dev.loomgate.poller.Poller;

/**
 * A socket that speaks TLS (RFC 8446, RFC 5246) once its handshake is through, and passes bytes on as they are before. It holds
 * buffers only while there is something in them: an idle connection keeps the engine's keys and nothing else.
 *
 * <p>One thread reads and one writes at a time, as with any {@link ParkingChannel}; which one writes may change.
 */
final class TlsChannel extends ParkingChannel {
    /** Whether a write has got on, so that its time begins anew. */
    interface Progress {
        void made() throws IOException;
    }

    /** The same of what TLS itself must say, which the reader may have to at any time. */
    interface AnswerProgress extends Progress {
        void begun();

        void ended() throws IOException;
    }

    /** A client that sends nothing but records without data keeps a processor busy for nothing. */
    private static final int MOST_RECORDS_WITHOUT_DATA = 32;
    private static final byte[] ANSWER_IN_CLEAR = ("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n"
            + "Content-Type: text/plain\r\nContent-Length: 73\r\n\r\n"
            + "This port speaks TLS, and the request came without: use https://, please\n").getBytes(StandardCharsets.US_ASCII);
    private static final int END = -1;
    /** There is no whole record yet. */
    private static final int MORE = -2;
    private static final byte[] NO_BYTES = {};
    private static final ByteBuffer NOTHING = ByteBuffer.wrap(NO_BYTES);

    private final TlsBuffers buffers;
    /** A reader that must answer and the writer may want to write at once. */
    private final ReentrantLock writing = new ReentrantLock();
    private SSLEngine engine;
    /** Of who writes, and of a reader that must answer: they may wait at once, and each has its own time. */
    private Progress writes;
    private AnswerProgress answers;
    private InetAddress client;
    private volatile boolean secured;
    /** Encrypted bytes that have come; null if there are none. */
    private byte[] in;
    private int inPosition;
    private int inLimit;
    /** What is left of a decrypted record; null if nothing is. */
    private byte[] plain;
    private int plainPosition;
    private int plainLimit;
    private int recordsWithoutData;

    TlsChannel(SocketChannel channel, Poller poller, TlsBuffers buffers) throws IOException {
        super(channel, poller);
        this.buffers = buffers;
    }

    /**
     * Agrees with the client on how to encrypt.
     *
     * @param address the client's
     * @throws PlainTextException if the client speaks HTTP without TLS; it has been told
     * @throws SSLException       if the two can't agree
     * @throws EOFException       if the client left, or the wait was ended
     */
    void handshake(SSLEngine with, InetAddress address, Progress ofWrites, AnswerProgress ofAnswers) throws IOException {
        engine = with;
        client = address;
        writes = ofWrites;
        answers = ofAnswers;
        fillOrFail();
        if (in[inPosition] >= 'A' && in[inPosition] <= 'Z') {
            release();
            super.write(ByteBuffer.wrap(ANSWER_IN_CLEAR));
            throw new PlainTextException();
        }
        engine.beginHandshake();
        try {
            agree();
        } catch (SSLException e) {
            sendAlert();
            throw e;
        }
        secured = true;
    }

    private void agree() throws IOException {
        while (true) {
            switch (engine.getHandshakeStatus()) {
                case NEED_UNWRAP, NEED_UNWRAP_AGAIN -> receive();
                case NEED_TASK -> runTasks();
                case NEED_WRAP -> sendHandshake();
                case FINISHED, NOT_HANDSHAKING -> {
                    return;
                }
            }
        }
    }

    private void receive() throws IOException {
        if (in == null) {
            fillOrFail();
        }
        SSLEngineResult result = unwrap(NOTHING.duplicate());
        if (result.getStatus() == Status.BUFFER_UNDERFLOW) {
            fillOrFail();
        } else if (result.getStatus() == Status.CLOSED) {
            throw new EOFException("the client broke the handshake off");
        }
    }

    private void fillOrFail() throws IOException {
        if (fill(false) < 0) {
            throw new EOFException("the connection ended within the handshake");
        }
    }

    private void runTasks() throws IOException {
        for (Runnable task = engine.getDelegatedTask(); task != null; task = engine.getDelegatedTask()) {
            buffers.handshakes().run(client, task, this::isWanted);
        }
    }

    /** Has the client know why; it may be gone. */
    private void sendAlert() {
        try {
            sendHandshake();
        } catch (IOException e) {
            // it is of no use to anyone any more
            return;
        }
    }

    @Override
    boolean isPlain() {
        return false;
    }

    @Override
    SSLSession session() {
        return secured ? engine.getSession() : null;
    }

    @Override
    int read(ByteBuffer into) throws IOException {
        return secured ? decrypted(into, false) : super.read(into);
    }

    @Override
    int readLater(ByteBuffer into) throws IOException {
        return secured ? decrypted(into, true) : super.readLater(into);
    }

    private int decrypted(ByteBuffer into, boolean later) throws IOException {
        if (plain != null) {
            return takePlain(into);
        }
        boolean first = later && in == null && hasWaited();
        while (true) {
            int count = in == null ? MORE : decrypt(into);
            if (count > 0 || count == END) {
                return count;
            }
            if (count == MORE) {
                if (fill(first) < 0) {
                    return END;
                }
                first = false;
            }
        }
    }

    /** Decrypts one record; returns the number of bytes, 0 if it had none, {@link #END} or {@link #MORE}. */
    private int decrypt(ByteBuffer into) throws IOException {
        int before = into.position();
        SSLEngineResult result = unwrap(into);
        if (result.getStatus() == Status.BUFFER_OVERFLOW) {
            return decryptAside(into);
        }
        return outcome(result, into.position() - before);
    }

    /** The record is larger than what the reader has room for. */
    private int decryptAside(ByteBuffer into) throws IOException {
        byte[] whole = buffers.small().borrow();
        boolean kept = false;
        try {
            ByteBuffer aside = ByteBuffer.wrap(whole);
            SSLEngineResult result = unwrap(aside);
            if (result.getStatus() == Status.BUFFER_OVERFLOW) {
                throw new SSLException("a record is longer than records may be");
            }
            int count = outcome(result, aside.position());
            if (count <= 0) {
                return count;
            }
            plain = whole;
            plainPosition = 0;
            plainLimit = aside.position();
            kept = true;
            return takePlain(into);
        } finally {
            if (!kept) {
                buffers.small().giveBack(whole);
            }
        }
    }

    private SSLEngineResult unwrap(ByteBuffer into) throws SSLException {
        ByteBuffer from = ByteBuffer.wrap(in, inPosition, inLimit - inPosition);
        SSLEngineResult result = engine.unwrap(from, into);
        inPosition = from.position();
        if (inPosition == inLimit) {
            release();
        }
        return result;
    }

    private int outcome(SSLEngineResult result, int produced) throws IOException {
        if (result.getStatus() == Status.BUFFER_UNDERFLOW) {
            return MORE;
        }
        if (result.getStatus() == Status.CLOSED) {
            return END;
        }
        if (produced > 0) {
            recordsWithoutData = 0;
        } else if (++recordsWithoutData > MOST_RECORDS_WITHOUT_DATA) {
            throw new SSLException("too many records without data");
        }
        if (result.getHandshakeStatus() != HandshakeStatus.NOT_HANDSHAKING) {
            answer(result.getHandshakeStatus());
        }
        return produced;
    }

    /** New keys, or a session ticket (RFC 8446 section 4.6). TLS 1.2 would begin anew, at the server's cost: refused. */
    private void answer(HandshakeStatus status) throws IOException {
        if (!engine.getSession().getProtocol().equals("TLSv1.3")) {
            throw new SSLException("renegotiation is not allowed");
        }
        if (status == HandshakeStatus.NEED_TASK) {
            runTasks();
        }
        if (engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP) {
            sendHandshake();
        }
    }

    private int takePlain(ByteBuffer into) {
        int count = Math.min(into.remaining(), plainLimit - plainPosition);
        into.put(plain, plainPosition, count);
        plainPosition += count;
        if (plainPosition == plainLimit) {
            buffers.small().giveBack(plain);
            plain = null;
        }
        return count;
    }

    /**
     * Reads more encrypted bytes behind those that are there; while it waits, no buffer is held but what is in it.
     *
     * @param later whether nothing has probably come yet
     * @return -1 at the end of the input or of the wait
     */
    private int fill(boolean later) throws IOException {
        if (later && !awaitReadable()) {
            return END;
        }
        while (true) {
            makeRoom();
            int count = channel().read(ByteBuffer.wrap(in, inLimit, in.length - inLimit));
            if (count > 0) {
                inLimit += count;
                return count;
            }
            shrink();
            if (count < 0 || !awaitReadable()) {
                return END;
            }
        }
    }

    private void makeRoom() {
        if (in != null && in.length == TlsBuffers.SMALL && inPosition == 0) {
            return;
        }
        byte[] room = in != null && in.length == TlsBuffers.SMALL ? in : buffers.small().borrow();
        int count = inLimit - inPosition;
        if (in != null) {
            System.arraycopy(in, inPosition, room, 0, count);
        }
        in = room;
        inPosition = 0;
        inLimit = count;
    }

    private void shrink() {
        if (inPosition == inLimit) {
            release();
        } else {
            byte[] rest = Arrays.copyOfRange(in, inPosition, inLimit);
            buffers.small().giveBack(in);
            in = rest;
            inPosition = 0;
            inLimit = rest.length;
        }
    }

    private void release() {
        if (in != null) {
            buffers.small().giveBack(in);
        }
        in = null;
        inPosition = 0;
        inLimit = 0;
    }

    @Override
    boolean hasArrived() throws IOException {
        return in != null || plain != null || super.hasArrived();
    }

    @Override
    void write(ByteBuffer bytes) throws IOException {
        if (secured) {
            encrypt(bytes);
        } else {
            super.write(bytes);
        }
    }

    @Override
    void write(ByteBuffer[] runs) throws IOException {
        if (secured) {
            encrypt(runs);
        } else {
            super.write(runs);
        }
    }

    @Override
    long transferFrom(FileChannel file, long position, long count) throws IOException {
        if (!secured) {
            return super.transferFrom(file, position, count);
        }
        Buffers pieces = buffers.large();
        byte[] piece = pieces.borrow();
        try {
            int read = file.read(ByteBuffer.wrap(piece, 0, (int) Math.min(count, TlsBuffers.PIECE)), position);
            ByteBuffer run = ByteBuffer.wrap(piece, 0, Math.max(0, read));
            while (run.hasRemaining()) {
                encrypt(run);
            }
            return Math.max(0, read);
        } finally {
            pieces.giveBack(piece);
        }
    }

    /** Writes as much as the records of one system call take. */
    private void encrypt(ByteBuffer... runs) throws IOException {
        long length = 0;
        for (ByteBuffer run : runs) {
            length += run.remaining();
        }
        Buffers from = length <= TlsBuffers.RECORD ? buffers.small() : buffers.large();
        writing.lock();
        try {
            byte[] rest;
            byte[] records = from.borrow();
            try {
                ByteBuffer to = ByteBuffer.wrap(records);
                int least = engine.getSession().getPacketBufferSize();
                do {
                    wrap(runs, to);
                } while (hasRemaining(runs) && to.remaining() >= least);
                rest = sendAtOnce(to.flip());
            } finally {
                from.giveBack(records);
            }
            sendRest(rest, writes);
        } finally {
            writing.unlock();
        }
    }

    private void sendHandshake() throws IOException {
        writing.lock();
        try {
            byte[] rest;
            byte[] records = buffers.large().borrow();
            try {
                ByteBuffer to = ByteBuffer.wrap(records);
                ByteBuffer[] nothing = {NOTHING.duplicate()};
                int least = engine.getSession().getPacketBufferSize();
                do {
                    wrap(nothing, to);
                } while (engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP && to.remaining() >= least);
                rest = sendAtOnce(to.flip());
            } finally {
                buffers.large().giveBack(records);
            }
            answers.begun();
            try {
                sendRest(rest, answers);
            } finally {
                answers.ended();
            }
        } finally {
            writing.unlock();
        }
    }

    private void wrap(ByteBuffer[] runs, ByteBuffer to) throws IOException {
        Status status = engine.wrap(runs, to).getStatus();
        if (status == Status.CLOSED && to.position() == 0) {
            throw new ClosedChannelException();
        }
        if (status == Status.BUFFER_OVERFLOW) {
            throw new SSLException("a record is longer than records may be");
        }
    }

    /** Sends what the client takes at once. Returns the rest: it may have to wait, and a borrowed array must not. */
    private byte[] sendAtOnce(ByteBuffer bytes) throws IOException {
        channel().write(bytes);
        byte[] rest = bytes.hasRemaining() ? new byte[bytes.remaining()] : NO_BYTES;
        bytes.get(rest);
        return rest;
    }

    private void sendRest(byte[] rest, Progress progress) throws IOException {
        ByteBuffer left = ByteBuffer.wrap(rest);
        while (left.hasRemaining()) {
            super.write(left);
            progress.made();
        }
    }

    /** Sends an alert that no more will follow (RFC 8446 section 6.1), so that the end can't be taken for an attack. */
    @Override
    void takeLeave() {
        if (!secured || !channel().isOpen() || !writing.tryLock()) {
            return;
        }
        byte[] record = buffers.small().borrow();
        try {
            engine.closeOutbound();
            ByteBuffer to = ByteBuffer.wrap(record);
            engine.wrap(NOTHING.duplicate(), to);
            channel().write(to.flip());
        } catch (IOException e) {
            // it has gone without a word of its own
            return;
        } finally {
            buffers.small().giveBack(record);
            writing.unlock();
        }
    }

    @Override
    void shutdownOutput() throws IOException {
        takeLeave();
        super.shutdownOutput();
    }
}

package dev.loomgate.handler;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

import dev.loomgate.handler.FrameReader.Frame;
import dev.loomgate.handler.FrameReader.Violation;
import io.helidon.webserver.CloseConnectionException;

/** A {@link WebSocket} on its connection. */
final class OpenWebSocket implements WebSocket {
    private static final int LONGEST_REASON = 123;
    /** Bytes that a socket holds for what comes next; more is read when it is there. */
    private static final int WAITING = 256;
    /** Nanoseconds that a client has to agree to the end, whatever it still sends. */
    private static final long PARTING = TimeUnit.SECONDS.toNanos(10);
    private static final byte[] NOTHING = {};

    private final FrameReader in;
    private final OutputStream out;
    private final WebSocketWatch.Watched watched;
    private final String subprotocol;
    private final ReentrantLock sending = new ReentrantLock();
    private boolean closeSent;
    private volatile int closeCode;
    private volatile String closeReason = "";

    /** @param watch looks after it while it is open */
    OpenWebSocket(InputStream in, OutputStream out, int maxMessage, String subprotocol, WebSocketWatch watch,
                  BooleanSupplier draining) {
        this.in = new FrameReader(new BufferedInputStream(in, WAITING), maxMessage);
        this.out = out;
        this.subprotocol = subprotocol;
        this.watched = watch.add(this, in, draining);
    }

    @Override
    public Message receive() throws IOException {
        if (closeCode != 0) {
            return null;
        }
        try {
            return next();
        } catch (Violation e) {
            closeCode = e.code();
            closeReason = e.getMessage();
            sendClose(e.code(), e.getMessage());
            return null;
        } catch (IOException | CloseConnectionException e) {
            closeCode = BROKEN;
            if (watched.isLate()) {
                closeReason = "the client was silent for too long";
            }
            return null;
        }
    }

    private Message next() throws IOException {
        int opcode = FrameReader.CONTINUATION;
        var gathered = new ByteArrayOutputStream(0);
        while (true) {
            Frame frame = in.read(gathered.size());
            watched.seen();
            switch (frame.opcode()) {
                case FrameReader.PING -> sendControl(FrameReader.PONG, frame.payload());
                case FrameReader.PONG -> {
                    // a sign of life, whatever it answers
                }
                case FrameReader.CLOSE -> {
                    closed(frame.payload());
                    return null;
                }
                default -> {
                    boolean begins = frame.opcode() != FrameReader.CONTINUATION;
                    if (begins != (opcode == FrameReader.CONTINUATION)) {
                        throw new Violation(1002, begins ? "a message began within another" : "there is no message to continue");
                    }
                    opcode = begins ? frame.opcode() : opcode;
                    if (frame.last() && begins) {
                        return message(opcode, frame.payload());
                    }
                    gathered.write(frame.payload());
                    if (frame.last()) {
                        return message(opcode, gathered.toByteArray());
                    }
                }
            }
        }
    }

    private static Message message(int opcode, byte[] payload) throws Violation {
        return opcode == FrameReader.TEXT ? new Text(FrameReader.text(payload)) : new Binary(payload);
    }

    /** Section 5.5.1: what the client says in its close frame, which is answered with the same code. */
    private void closed(byte[] payload) throws IOException {
        if (payload.length == 1) {
            throw new Violation(1002, "a close code has two bytes");
        }
        int code = payload.length == 0 ? NO_CODE : (payload[0] & 0xff) << 8 | payload[1] & 0xff;
        if (payload.length > 0 && !FrameReader.isCode(code)) {
            throw new Violation(1002, "close code " + code + " can't be sent");
        }
        closeReason = payload.length > 2 ? FrameReader.text(Arrays.copyOfRange(payload, 2, payload.length)) : "";
        closeCode = code;
        sendClose(code, "");
    }

    @Override
    public void send(String text) throws IOException {
        sendMessage(FrameReader.TEXT, text.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public void send(byte[] bytes) throws IOException {
        sendMessage(FrameReader.BINARY, bytes);
    }

    private void sendMessage(int opcode, byte[] payload) throws IOException {
        sending.lock();
        try {
            if (closeSent) {
                throw new IOException("the socket is closed");
            }
            write(opcode, payload);
        } finally {
            sending.unlock();
        }
    }

    private void sendControl(int opcode, byte[] payload) throws IOException {
        sending.lock();
        try {
            if (!closeSent) {
                write(opcode, payload);
            }
        } finally {
            sending.unlock();
        }
    }

    /** Asks for a sign of life, unless somebody sends: then there is one. */
    void ping() throws IOException {
        if (sending.tryLock()) {
            try {
                if (!closeSent) {
                    write(FrameReader.PING, NOTHING);
                }
            } finally {
                sending.unlock();
            }
        }
    }

    @Override
    public void close(int code, String reason) throws IOException {
        if (!FrameReader.isCode(code)) {
            throw new IllegalArgumentException("close code " + code + " can't be sent: 1000 or 3000 to 4999 are for handlers");
        }
        if (reason.getBytes(StandardCharsets.UTF_8).length > LONGEST_REASON) {
            throw new IllegalArgumentException("the reason of a close has 123 bytes in UTF-8 at most");
        }
        sendClose(code, reason);
    }

    private void sendClose(int code, String reason) throws IOException {
        sending.lock();
        try {
            if (closeSent) {
                return;
            }
            byte[] text = reason.getBytes(StandardCharsets.UTF_8);
            byte[] payload = code == NO_CODE ? NOTHING : new byte[2 + text.length];
            if (payload.length > 0) {
                payload[0] = (byte) (code >> 8);
                payload[1] = (byte) code;
                System.arraycopy(text, 0, payload, 2, text.length);
            }
            write(FrameReader.CLOSE, payload);
            closeSent = true;
        } finally {
            sending.unlock();
        }
    }

    /** Ends the conversation: says so, and waits for the client's agreement, which drops what it still sends. */
    void end(int code) {
        try {
            sendClose(code, "");
            for (long begun = System.nanoTime(); closeCode == 0 && System.nanoTime() - begun < PARTING;) {
                receive();
            }
        } catch (IOException | CloseConnectionException e) {
            closeCode = BROKEN;
        } finally {
            watched.close();
        }
    }

    private void write(int opcode, byte[] payload) throws IOException {
        int length = payload.length;
        byte[] head = new byte[length < 126 ? 2 : length < 1 << 16 ? 4 : 10];
        head[0] = (byte) (0x80 | opcode);
        head[1] = (byte) (head.length == 2 ? length : head.length == 4 ? 126 : 127);
        for (int i = 2; i < head.length; i++) {
            int shift = 8 * (head.length - 1 - i);
            head[i] = shift >= 32 ? 0 : (byte) (length >>> shift);
        }
        try {
            out.write(head);
            out.write(payload);
            out.flush();
        } catch (CloseConnectionException e) {
            throw new IOException("the client has gone", e);
        }
    }

    @Override
    public int closeCode() {
        return closeCode;
    }

    @Override
    public String closeReason() {
        return closeReason;
    }

    @Override
    public String subprotocol() {
        return subprotocol;
    }
}

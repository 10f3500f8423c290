package dev.loomgate.handler;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** Reads a client's frames (RFC 6455 section 5.2), and is as strict as the standard asks. For one thread. */
final class FrameReader {
    static final int CONTINUATION = 0;
    static final int TEXT = 1;
    static final int BINARY = 2;
    static final int CLOSE = 8;
    static final int PING = 9;
    static final int PONG = 10;
    private static final int LONGEST_CONTROL = 125;
    private static final int FINAL = 0x80;
    private static final int RESERVED = 0x70;
    private static final int MASKED = 0x80;
    /** What is read at once: a long message is believed in as it comes, not when it is announced. */
    private static final int PIECE = 16 * 1024;

    private final InputStream in;
    private final int maxMessage;

    /** What a frame holds, unmasked. */
    record Frame(boolean last, int opcode, byte[] payload) {
    }

    /** A client that does not keep to the standard, or to the limits. */
    static final class Violation extends IOException {
        private static final long serialVersionUID = 1;
        private final int code;

        /** @param code close code that tells it (section 7.4.1) */
        Violation(int code, String message) {
            super(message);
            this.code = code;
        }

        int code() {
            return code;
        }
    }

    FrameReader(InputStream in, int maxMessage) {
        this.in = in;
        this.maxMessage = maxMessage;
    }

    /**
     * Waits for a frame.
     *
     * @param before bytes of the message that it may continue
     * @throws Violation    if it is not allowed
     * @throws EOFException if the client has gone
     */
    Frame read(int before) throws IOException {
        int first = next();
        int second = next();
        int opcode = first & 0x0f;
        boolean last = (first & FINAL) != 0;
        boolean control = opcode >= CLOSE;
        if ((first & RESERVED) != 0) {
            throw new Violation(1002, "a reserved bit is set, but no extension was agreed on");
        }
        if (opcode > PONG || opcode > BINARY && !control) {
            throw new Violation(1002, "opcode " + opcode + " is not known");
        }
        if ((second & MASKED) == 0) {
            throw new Violation(1002, "a frame of a client must be masked");
        }
        long length = length(second & 0x7f, before, control);
        if (control && !last) {
            throw new Violation(1002, "a control frame can't be fragmented");
        }
        byte[] mask = new byte[4];
        for (int i = 0; i < mask.length; i++) {
            mask[i] = (byte) next();
        }
        byte[] payload = payload((int) length);
        for (int i = 0; i < payload.length; i++) {
            payload[i] ^= mask[i & 3];
        }
        return new Frame(last, opcode, payload);
    }

    private long length(int announced, int before, boolean control) throws IOException {
        if (control && announced > LONGEST_CONTROL) {
            throw new Violation(1002, "a control frame has 125 bytes at most");
        }
        long length = announced;
        if (announced >= 126) {
            int bytes = announced == 126 ? 2 : 8;
            length = 0;
            for (int i = 0; i < bytes; i++) {
                length = length << 8 | next();
            }
            if (length < (bytes == 2 ? 126 : 1 << 16)) {
                throw new Violation(1002, "the length of a frame is not in its shortest form");
            }
        }
        if (!control && length > maxMessage - before) {
            throw new Violation(1009, "a message may have " + maxMessage + " bytes");
        }
        return length;
    }

    private byte[] payload(int length) throws IOException {
        if (length <= PIECE) {
            byte[] whole = new byte[length];
            fill(whole, length);
            return whole;
        }
        var gathered = new ByteArrayOutputStream(PIECE);
        byte[] piece = new byte[PIECE];
        for (int left = length; left > 0;) {
            int count = Math.min(left, PIECE);
            fill(piece, count);
            gathered.write(piece, 0, count);
            left -= count;
        }
        return gathered.toByteArray();
    }

    private void fill(byte[] into, int length) throws IOException {
        if (in.readNBytes(into, 0, length) < length) {
            throw gone();
        }
    }

    private int next() throws IOException {
        int octet = in.read();
        if (octet < 0) {
            throw gone();
        }
        return octet;
    }

    private static EOFException gone() {
        return new EOFException("the client closed the connection without saying so");
    }

    /** Decodes UTF-8 as strictly as section 8.1 asks. */
    static String text(byte[] bytes) throws Violation {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException e) {
            throw new Violation(1007, "a text must be UTF-8");
        }
    }

    /** Whether a peer may say this code in a close frame (section 7.4). */
    static boolean isCode(int code) {
        return code >= 3000 && code <= 4999 || code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006;
    }
}

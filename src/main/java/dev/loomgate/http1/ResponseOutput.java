package dev.loomgate.http1;

import java.io.EOFException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;

import dev.loomgate.transport.Buffers;
import dev.loomgate.transport.Connection;
import dev.loomgate.transport.LeanSocket;
import io.helidon.webserver.ServerConnectionException;

/**
 * The way out of a connection: gathers what is written into a borrowed array, so that a small response
 * leaves in one system call. Holds no array when it is empty. For the connection's own thread.
 */
final class ResponseOutput {
    /** Above this size, bytes go out from where they are instead of being copied first. */
    private static final int WORTH_COPYING = 4 * 1024;

    private final LeanSocket socket;
    private final Buffers buffers;
    private byte[] buffer;
    private int length;

    ResponseOutput(Connection connection) {
        this.socket = connection.socket();
        this.buffers = connection.buffers();
    }

    void put(byte[] bytes) {
        put(bytes, 0, bytes.length);
    }

    void put(byte[] bytes, int offset, int count) {
        byte[] into = buffer;
        if (into != null && count <= into.length - length) {
            System.arraycopy(bytes, offset, into, length, count);
            length += count;
        } else if (count > WORTH_COPYING) {
            writeThrough(bytes, offset, count);
        } else {
            into = room(count);
            System.arraycopy(bytes, offset, into, length, count);
            length += count;
        }
    }

    /** Puts the characters of a text as ISO-8859-1 octets. */
    @SuppressWarnings("deprecation")
    void putLatin1(String text) {
        int count = text.length();
        if (count > WORTH_COPYING) {
            put(text.getBytes(StandardCharsets.ISO_8859_1));
            return;
        }
        byte[] into = room(count);
        // the deprecated method does what is wanted: it copies the low octet of each character, without an array between
        text.getBytes(0, count, into, length);
        length += count;
    }

    void put(char octet) {
        room(1)[length++] = (byte) octet;
    }

    void putLineEnd() {
        byte[] into = room(2);
        into[length++] = '\r';
        into[length++] = '\n';
    }

    void putDecimal(long number) {
        int digits = 1;
        for (long rest = number / 10; rest > 0; rest /= 10) {
            digits++;
        }
        byte[] into = room(digits);
        long rest = number;
        for (int i = length + digits - 1; i >= length; i--) {
            into[i] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        length += digits;
    }

    /**
     * Makes an array of about the size of what will be put, for a response that is known to be small: quicker made, and
     * left to the collector, than borrowed.
     */
    void expect(int count) {
        if (buffer == null && count <= WORTH_COPYING) {
            buffer = new byte[count];
        }
    }

    private byte[] room(int count) {
        if (buffer == null || buffer.length < count) {
            flush();
            buffer = buffers.borrow();
        } else if (count > buffer.length - length) {
            writeOut();
        }
        return buffer;
    }

    private void writeThrough(byte[] bytes, int offset, int count) {
        try {
            if (length == 0) {
                socket.write(bytes, offset, count);
            } else {
                socket.write(buffer, 0, length, bytes, offset, count);
                length = 0;
            }
        } catch (IOException e) {
            throw broken(e);
        }
    }

    private void writeOut() {
        if (length > 0) {
            try {
                socket.write(buffer, 0, length);
            } catch (IOException e) {
                throw broken(e);
            }
            length = 0;
        }
    }

    /** Writes what is gathered and gives the array back. */
    void flush() {
        if (buffer != null) {
            writeOut();
            release();
        }
    }

    /** Writes what is gathered, then a region of a file, beginning with both at once. */
    void transferFrom(FileChannel file, long position, long count) throws IOException {
        long begun = 0;
        try {
            if (length > 0 && count > 0) {
                begun = socket.writeBefore(buffer, 0, length, file, position, count);
                length = 0;
            }
            flush();
            socket.transferFrom(file, position + begun, count - begun);
        } catch (EOFException e) {
            throw e; // of the file
        } catch (IOException e) {
            throw broken(e);
        }
    }

    byte[] borrow() {
        return buffers.borrow();
    }

    void giveBack(byte[] borrowed) {
        buffers.giveBack(borrowed);
    }

    /** Gives the array back; what it holds is lost. */
    void release() {
        if (buffer != null) {
            buffers.giveBack(buffer);
            buffer = null;
            length = 0;
        }
    }

    private static ServerConnectionException broken(IOException e) {
        return new ServerConnectionException("the response could not be written to the client", e);
    }
}

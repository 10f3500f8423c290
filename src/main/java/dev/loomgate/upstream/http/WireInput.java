package dev.loomgate.upstream.http;

import java.io.EOFException;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;

import dev.loomgate.upstream.Connection;

/**
 * Bytes that have come from a server and are not used yet. As long as nothing has come, a small array; for more, a larger one.
 * For one thread.
 */
final class WireInput {
    private static final int SMALL = 512;
    private static final int LARGE = 16 * 1024;
    private static final int MOST_HEADER = 64 * 1024;

    private final Connection connection;
    private final Duration timeout;
    private byte[] bytes = new byte[SMALL];
    private int position;
    private int limit;
    private volatile boolean patient;

    /** @param timeout how long the server may be silent */
    WireInput(Connection connection, Duration timeout) {
        this.connection = connection;
        this.timeout = timeout;
    }

    byte[] bytes() {
        return bytes;
    }

    int position() {
        return position;
    }

    int available() {
        return limit - position;
    }

    void skip(int count) {
        position += count;
    }

    /** Whether no more has come than was read. */
    boolean isDry() throws IOException {
        return limit < bytes.length || connection.pauses(Duration.ZERO);
    }

    /** Whether anything of the header has come. */
    boolean hasBegun() {
        return limit > 0;
    }

    /** Waits for at least one byte, if there is none; false at the end. */
    boolean fill() throws IOException {
        if (position < limit) {
            return true;
        }
        if (bytes.length < LARGE) {
            bytes = new byte[LARGE];
        }
        position = 0;
        limit = 0;
        return read();
    }

    /** Whether the server may be silent for as long as it takes: it is being sent something. */
    void patient(boolean isPatient) {
        patient = isPatient;
    }

    private boolean read() throws IOException {
        if (!patient) {
            connection.limitWait(timeout);
        }
        try {
            int count = connection.receive(bytes, limit, bytes.length - limit);
            limit += Math.max(0, count);
            return count > 0;
        } catch (IOException e) {
            throw connection.isExpired() ? new ResponseTimeoutException("it was silent for " + timeout) : e;
        } finally {
            if (!patient) {
                connection.unlimitWait();
            }
        }
    }

    /** Reads a header with its empty line; it is at the position then. Returns its length. */
    int header() throws IOException {
        int scanned = 0;
        while (true) {
            for (int i = position + Math.max(0, scanned - 3); i + 3 < limit; i++) {
                if (bytes[i] == '\r' && bytes[i + 1] == '\n' && bytes[i + 2] == '\r' && bytes[i + 3] == '\n') {
                    return i + 4 - position;
                }
            }
            scanned = available();
            if (scanned >= MOST_HEADER) {
                throw new BadResponseException("the header is longer than " + MOST_HEADER + " bytes");
            }
            makeRoom();
            if (!read()) {
                connection.noteBroken();
                throw new EOFException(scanned == 0 ? "it closed the connection before its answer"
                        : "it closed the connection within the header");
            }
        }
    }

    private void makeRoom() {
        if (limit < bytes.length) {
            return;
        }
        int held = available();
        byte[] target = held > bytes.length / 2 ? new byte[Math.max(LARGE, bytes.length * 2)] : bytes;
        System.arraycopy(bytes, position, target, 0, held);
        bytes = target;
        position = 0;
        limit = held;
    }

    /** Takes all that is there, without waiting. */
    byte[] rest() {
        byte[] rest = Arrays.copyOfRange(bytes, position, limit);
        position = limit;
        return rest;
    }

    /** Next byte; waits for it. */
    byte octet() throws IOException {
        if (!fill()) {
            throw ended();
        }
        return bytes[position++];
    }

    EOFException ended() {
        connection.noteBroken();
        return new EOFException("it closed the connection within the body");
    }
}

package dev.loomgate.http2;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.TimeUnit;

import dev.loomgate.transport.Buffers;
import dev.loomgate.transport.Connection;
import dev.loomgate.transport.LeanSocket;

/**
 * Writes frames, one thread after the other: so streams take turns. What comes while another writes is put into the buffer by that
 * one, so that several small frames leave in one system call. Holds no buffer when nothing is being written. Safe for use by many
 * threads.
 */
final class FrameWriter {
    /** Above this size, bytes go out from where they are instead of being copied first. */
    private static final int WORTH_COPYING = 4 * 1024;
    private static final int NO_STREAM = 0;
    /** How long, in nanoseconds, what is to leave with more may stay when somebody has a turn. */
    private static final long SOON = TimeUnit.MILLISECONDS.toNanos(1);

    /** What has been put into the buffer leaves at the end of one turn or several. All that is not final below is for who has one. */
    private final Turns turns = new Turns(this::endTurns);
    private final Pace pace;
    private final LeanSocket socket;
    private final Buffers buffers;
    private final Buffers large;
    private byte[] buffer;
    private int length;
    private boolean tableReduced;
    private boolean shut;
    /** Whose thread has promised to send what is in the buffer; null if nobody has. Each thread may look for itself. */
    private volatile Http2Stream sender;
    /** Since when there is something for the sender; 0 if there is nothing. */
    private long heldSince;
    /** For the thread that began. */
    private boolean held;

    /** @param pace tells when an answer had better leave together with others */
    FrameWriter(Connection connection, Pace pace) {
        this.pace = pace;
        this.socket = connection.socket();
        this.buffers = connection.buffers();
        this.large = connection.largeBuffers();
    }

    /** A body, wherever it is. */
    interface Content {
        /**
         * Copies a part of it to where it stands among frames, as {@link Frame#placeOf} says.
         *
         * @param count bytes, 1 to {@link Frame#RUN}
         * @throws UncheckedIOException if it can't be had
         */
        void copy(long at, byte[] frames, int count);
    }

    /**
     * Writes what this end has to say first (section 3.4).
     *
     * @param hold      whether it may leave with what is written next, or {@link #sendHeld}
     * @param increment by how much the client may send more than a connection begins with
     * @param pairs     of settings (section 6.5): identifier and value
     */
    void begin(boolean hold, int increment, int... pairs) throws IOException {
        held = hold;
        Turns.Job words = () -> {
            header(pairs.length * 3, Frame.SETTINGS, 0, NO_STREAM);
            for (int i = 0; i < pairs.length; i += 2) {
                put(pairs[i] >> 8);
                put(pairs[i]);
                putInt(pairs[i + 1]);
            }
            putWindowUpdate(NO_STREAM, increment);
        };
        if (hold) {
            turns.runSilently(words);
        } else {
            turns.run(words);
        }
    }

    /** Sends what was held back at the beginning, if nothing has been written since; for the thread that began. */
    void sendHeld() throws IOException {
        if (held) {
            held = false;
            turns.run(() -> {
                // what comes behind every turn is all that is wanted
            });
        }
    }

    /**
     * Tells the client that its settings are in force.
     *
     * @param reduced whether they allow a smaller table of fields than before
     */
    void settingsTaken(boolean reduced) throws IOException {
        turns.run(() -> {
            tableReduced |= reduced;
            header(0, Frame.SETTINGS, Frame.ACK, NO_STREAM);
        });
    }

    /** @param ack whether it answers one of the client's */
    void ping(boolean ack, long data) throws IOException {
        turns.run(() -> {
            header(8, Frame.PING, ack ? Frame.ACK : 0, NO_STREAM);
            putInt((int) (data >> 32));
            putInt((int) data);
        });
    }

    void goAway(int lastStream, ErrorCode code) throws IOException {
        turns.run(() -> {
            header(8, Frame.GOAWAY, 0, NO_STREAM);
            putInt(lastStream);
            putInt(code.ordinal());
        });
    }

    void reset(int stream, ErrorCode code) throws IOException {
        turns.run(() -> {
            header(4, Frame.RST_STREAM, 0, stream);
            putInt(code.ordinal());
        });
    }

    /** Does nothing for an increment of 0. */
    void windowUpdate(int stream, int increment) throws IOException {
        if (increment > 0) {
            turns.run(() -> {
                putWindowUpdate(stream, increment);
            });
        }
    }

    /** Opens the windows of a stream and of all; does nothing for an increment of 0. */
    void windowUpdates(int stream, int increment, int incrementOfAll) throws IOException {
        if (increment > 0 && incrementOfAll > 0) {
            turns.run(() -> {
                putWindowUpdate(stream, increment);
                putWindowUpdate(NO_STREAM, incrementOfAll);
            });
        } else {
            windowUpdate(stream, increment);
            windowUpdate(NO_STREAM, incrementOfAll);
        }
    }

    private void putWindowUpdate(int stream, int increment) throws IOException {
        header(4, Frame.WINDOW_UPDATE, 0, stream);
        putInt(increment);
    }

    /**
     * Writes something of a stream. Its last words stay in the buffer for a moment if others are about to have theirs: this thread
     * gives way, and sends what there is then.
     */
    private void run(Http2Stream stream, boolean end, Turns.Job words) throws IOException {
        if (!end || !pace.othersAreSoonDone()) {
            turns.run(words);
            return;
        }
        turns.run(() -> {
            words.run();
            if (sender == null) {
                sender = stream;
            }
        });
        if (sender == stream) {
            stream.gaveWay(pace.giveWay());
            turns.run(() -> sender = null);
        }
    }

    private void endTurns() throws IOException {
        long now = sender == null ? 0 : System.nanoTime();
        if (now == 0 || heldSince != 0 && now - heldSince > SOON) {
            heldSince = 0;
            flush();
        } else if (heldSince == 0) {
            heldSince = now;
        }
    }

    /** Writes a field section, in as many frames as it takes. */
    void headers(Http2Stream stream, HpackEncoder fields, boolean end) throws IOException {
        run(stream, end, () -> {
            stream.requireOpen();
            if (end) {
                stream.endsHere();
            }
            putFields(stream.id(), fields, end);
        });
    }

    /** Writes a field section and the beginning of a body behind it. */
    void headersAndData(Http2Stream stream, HpackEncoder fields, byte[] bytes, int offset, int count, boolean end)
            throws IOException {
        run(stream, end, () -> {
            stream.requireOpen();
            if (end) {
                stream.endsHere();
            }
            putFields(stream.id(), fields, false);
            header(count, Frame.DATA, end ? Frame.END_STREAM : 0, stream.id());
            put(bytes, offset, count);
        });
    }

    /** Writes a piece of a body, of at most {@link Frame#PIECE} bytes, for which the windows have room. */
    void data(Http2Stream stream, byte[] bytes, int offset, int count, boolean end) throws IOException {
        run(stream, end, () -> {
            stream.requireOpen();
            if (end) {
                stream.endsHere();
            }
            header(count, Frame.DATA, end ? Frame.END_STREAM : 0, stream.id());
            put(bytes, offset, count);
        });
    }

    /**
     * Writes some of a body, in as many frames as it takes.
     *
     * @param fields  of the header, which is written before it; null if it has been
     * @param content looked at when it is this thread's turn, so that those who wait hold nothing
     * @param count   bytes, 1 to {@link Frame#RUN}
     */
    void body(Http2Stream stream, HpackEncoder fields, Content content, long at, int count, boolean end) throws IOException {
        // what copies it may be interrupted, which others must not be
        Buffers from = count <= Buffers.SIZE - Frame.HEADER ? buffers : large;
        turns.runHere(() -> {
            stream.requireOpen();
            byte[] frames = from.borrow();
            try {
                int filled = fill(frames, stream.id(), content, at, count, end);
                requireNotShut();
                if (end) {
                    stream.endsHere();
                }
                if (fields != null) {
                    putFields(stream.id(), fields, false);
                }
                put(frames, 0, filled);
            } finally {
                from.giveBack(frames);
            }
        });
    }

    private static int fill(byte[] frames, int stream, Content content, long at, int count, boolean end) {
        content.copy(at, frames, count);
        for (int done = 0; done < count; done += Frame.PIECE) {
            int part = Math.min(Frame.PIECE, count - done);
            boolean last = end && done + part == count;
            Frame.write(frames, Frame.placeOf(done) - Frame.HEADER, part, Frame.DATA, last ? Frame.END_STREAM : 0, stream);
        }
        return Frame.placeOf(count - 1) + 1;
    }

    /** Writes that the connection ends, after all that has been written. */
    void shut() throws IOException {
        turns.run(() -> {
            flush();
            shut = true;
            socket.shutdownOutput();
        });
    }

    private void putFields(int stream, HpackEncoder fields, boolean end) throws IOException {
        // the client may have allowed less than it takes: it wants to hear that none is used (RFC 7541 section 4.2)
        int update = tableReduced ? 1 : 0;
        int rest = fields.length() + update;
        int from = 0;
        int type = Frame.HEADERS;
        int flags = end ? Frame.END_STREAM : 0;
        do {
            int part = Math.min(rest, Frame.LARGEST);
            rest -= part;
            header(part, type, flags | (rest == 0 ? Frame.END_HEADERS : 0), stream);
            if (tableReduced) {
                put(HpackEncoder.EMPTY_TABLE);
                tableReduced = false;
                part--;
            }
            put(fields.bytes(), from, part);
            from += part;
            type = Frame.CONTINUATION;
            flags = 0;
        } while (rest > 0);
    }

    private void header(int payload, int type, int flags, int stream) throws IOException {
        requireNotShut();
        room(Frame.HEADER);
        Frame.write(buffer, length, payload, type, flags, stream);
        length += Frame.HEADER;
    }

    private void requireNotShut() throws IOException {
        if (shut) {
            throw new IOException("the connection has ended");
        }
    }

    private void putInt(int value) throws IOException {
        room(4);
        put(value >> 24);
        put(value >> 16);
        put(value >> 8);
        put(value);
    }

    private void put(int octet) throws IOException {
        room(1);
        buffer[length++] = (byte) octet;
    }

    private void put(byte[] bytes, int offset, int count) throws IOException {
        if (count > WORTH_COPYING) {
            int before = length;
            length = 0;
            try {
                if (before == 0) {
                    socket.write(bytes, offset, count);
                } else {
                    socket.write(buffer, 0, before, bytes, offset, count);
                }
            } catch (IOException e) {
                throw broken(e);
            }
        } else {
            room(count);
            System.arraycopy(bytes, offset, buffer, length, count);
            length += count;
        }
    }

    private void room(int count) throws IOException {
        if (buffer == null) {
            buffer = buffers.borrow();
        } else if (buffer.length - length < count) {
            flush();
            buffer = buffers.borrow();
        }
    }

    private void flush() throws IOException {
        if (buffer != null) {
            try {
                if (length > 0) {
                    socket.write(buffer, 0, length);
                }
            } catch (IOException e) {
                throw broken(e);
            } finally {
                buffers.giveBack(buffer);
                buffer = null;
                length = 0;
            }
        }
    }

    /** A frame that was written in part can't be followed by another. */
    private IOException broken(IOException e) {
        shut = true;
        socket.close();
        return e;
    }
}

package dev.loomgate.gateway.fastcgi;

import java.io.IOException;

/**
 * Takes a stream of records apart (section 3.3 of the specification), wherever the pieces that it is read in begin and end. Keeps
 * nothing but the header of the record at hand.
 *
 * <p>For one thread.
 */
final class RecordReader {
    static final int HEADER = 8;
    private static final int VERSION = 1;

    private final Source source;
    private final byte[] header = new byte[HEADER];
    private final byte[] unwanted = new byte[256];
    private int headerLength;
    private int contentLeft;
    private int paddingLeft;

    /** Where the bytes come from, as from {@code InputStream.read}. */
    interface Source {
        int read(byte[] bytes, int offset, int length) throws IOException;
    }

    RecordReader(Source source) {
        this.source = source;
    }

    /** Whether a record is at hand whose content is not read to its end. */
    boolean hasContent() {
        return headerLength == HEADER && contentLeft > 0;
    }

    /** Whether the record at hand has been read to its end, padding included, so that the next step reads nothing. */
    boolean isComplete() {
        return headerLength == HEADER && contentLeft == 0 && paddingLeft == 0;
    }

    /** Type of the record at hand. */
    int type() {
        return header[1];
    }

    /** Request that the record at hand belongs to; 0 for none. */
    int requestId() {
        return (header[2] & 0xFF) << 8 | header[3] & 0xFF;
    }

    /** Length of the content of the record at hand that is not read yet. */
    int contentLeft() {
        return contentLeft;
    }

    /**
     * Reads content of the record at hand, which {@linkplain #hasContent has} some; one read of the source.
     *
     * @return number of bytes, or -1 if the source ends
     */
    int readContent(byte[] bytes, int offset, int length) throws IOException {
        int n = source.read(bytes, offset, Math.min(length, contentLeft));
        contentLeft -= Math.max(n, 0);
        return n;
    }

    /**
     * Goes on towards the next record; at most one read of the source. To be called when the record at hand has no content left,
     * and again until it says so.
     *
     * @return whether a record has been completed: one that is now at hand, with its content to read if there is some; or, after
     *         its content, its padding, so that what comes next is the next record
     * @throws EndOfRecordsException if the source ends
     */
    Step advance() throws IOException {
        if (headerLength == HEADER) {
            if (paddingLeft > 0) {
                paddingLeft -= read(unwanted, 0, Math.min(paddingLeft, unwanted.length));
                if (paddingLeft > 0) {
                    return Step.NOTHING;
                }
            }
            headerLength = 0;
            return Step.RECORD_ENDED;
        }
        headerLength += read(header, headerLength, HEADER - headerLength);
        if (headerLength < HEADER) {
            return Step.NOTHING;
        }
        if (header[0] != VERSION) {
            throw new IOException("what it answered is no FastCGI record: it begins with the byte " + (header[0] & 0xFF));
        }
        contentLeft = (header[4] & 0xFF) << 8 | header[5] & 0xFF;
        paddingLeft = header[6] & 0xFF;
        return Step.RECORD_BEGUN;
    }

    /** What one step has brought. */
    enum Step {
        /** A part of something. */
        NOTHING,
        /** A record's header: its content is at hand. */
        RECORD_BEGUN,
        /** The end of the record, padding included. */
        RECORD_ENDED
    }

    private int read(byte[] bytes, int offset, int length) throws IOException {
        int n = source.read(bytes, offset, length);
        if (n < 0) {
            throw new EndOfRecordsException();
        }
        return n;
    }

    /** The program has closed the connection. */
    static final class EndOfRecordsException extends IOException {
        EndOfRecordsException() {
            super("it closed the connection before the end of its answer");
        }
    }
}

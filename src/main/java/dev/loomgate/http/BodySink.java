package dev.loomgate.http;

import java.io.IOException;
import java.nio.channels.FileChannel;

/** Where the body of a response goes once its header has been written. For the thread that writes the body. */
public interface BodySink {
    /** Length in bytes that the header has announced; -1 if it has not. */
    long length();

    /** Whether nothing of a body is written: the response to HEAD, and one that can't have a body. */
    boolean isMute();

    /**
     * Writes the next bytes of the body.
     *
     * @throws IOException if the client can't be written to
     */
    void write(byte[] bytes, int offset, int length) throws IOException;

    /**
     * Writes a region of a file as the next bytes of the body.
     *
     * @throws IOException if the file ends before the region does, or the client can't be written to
     */
    void transferFrom(FileChannel file, long position, long length) throws IOException;

    /**
     * Sends what is held back.
     *
     * @throws IOException if the client can't be written to
     */
    void flush() throws IOException;

    /**
     * Ends the body, with the response's trailers if there are any, and sends what is held back.
     *
     * @throws IOException if the client can't be written to
     */
    void end() throws IOException;
}

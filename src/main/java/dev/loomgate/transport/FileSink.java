package dev.loomgate.transport;

import java.io.IOException;
import java.nio.channels.FileChannel;

/**
 * An output stream of a response body that can take its bytes straight from a file, without copying them through the heap
 * where the operating system allows ({@code sendfile}).
 *
 * <p>The stream that {@code ServerResponse.outputStream()} returns implements this on a plain HTTP/1 connection, unless a
 * content encoding or a stream filter stands before it. Callers test with {@code instanceof} and copy otherwise.
 */
public interface FileSink {
    /**
     * Writes a region of a file as the next bytes of the body. Blocks the calling thread (parks a virtual one) until the
     * bytes are handed to the operating system.
     *
     * @param file     an open channel; its own position is neither used nor changed
     * @param position first byte of the region, 0 or more
     * @param count    number of bytes, 0 or more
     * @throws IOException if the file ends before the region does, or the client can't be written to; the response is then
     *                     incomplete and its connection is closed
     */
    void transferFrom(FileChannel file, long position, long count) throws IOException;
}

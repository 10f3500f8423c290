package pets;

import java.io.IOException;
import java.io.InputStream;

/** A body that must not be longer than so many bytes. */
final class LimitedStream extends InputStream {
    private final InputStream in;
    private final int limit;
    private int count;

    LimitedStream(InputStream in, int limit) {
        this.in = in;
        this.limit = limit;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        int read = in.read(bytes, offset, length);
        count += Math.max(read, 0);
        if (count > limit) {
            throw new Problem(413, "The body is longer than " + limit + " bytes.");
        }
        return read;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}

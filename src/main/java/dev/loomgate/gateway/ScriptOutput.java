package dev.loomgate.gateway;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;

/**
 * What a script writes, as it arrives. Knows when the script pauses, so that its output is passed on as promptly as the
 * script wrote it, and in as few pieces as that allows.
 */
public abstract class ScriptOutput extends InputStream {
    /**
     * Waits until there is something to read, or the output ends, for outputs that can wait without a buffer to read into; may
     * return earlier.
     *
     * @throws IOException if the output can't be read
     */
    public void await() throws IOException {
        // read waits
    }

    /**
     * Waits until there is more, the output ends, or time is up.
     *
     * @param patience how long to wait; zero only looks
     * @return whether time is up: a read now would block
     * @throws IOException if the output can't be read
     */
    public abstract boolean pauses(Duration patience) throws IOException;

    /**
     * Makes sure, after the end of the output, that it is the whole output. Asked for where the client could not tell a
     * response cut short from a complete one.
     *
     * @throws IOException if the script was killed, or its connection broke
     */
    public abstract void confirmEnd() throws IOException;

    @Override
    public int read() throws IOException {
        byte[] single = new byte[1];
        return read(single, 0, 1) < 0 ? -1 : single[0] & 0xFF;
    }

    @Override
    public abstract int read(byte[] buffer, int offset, int length) throws IOException;
}

package dev.loomgate.transport;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;

import io.helidon.common.buffers.BufferData;
import io.helidon.common.buffers.DataWriter;

/** Writes at once, on the caller's thread: blocking is what that thread is for. */
record DirectWriter(LeanSocket socket) implements DataWriter {
    @Override
    public void write(BufferData... buffers) {
        byte[] all = new byte[Arrays.stream(buffers).mapToInt(BufferData::available).sum()];
        int at = 0;
        for (BufferData buffer : buffers) {
            at += buffer.read(all, at, buffer.available());
        }
        try {
            socket.write(all, 0, all.length);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void write(BufferData buffer) {
        socket.write(buffer);
    }

    @Override
    public void writeNow(BufferData... buffers) {
        write(buffers);
    }

    @Override
    public void writeNow(BufferData buffer) {
        write(buffer);
    }
}

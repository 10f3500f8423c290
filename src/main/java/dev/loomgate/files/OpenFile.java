package dev.loomgate.files;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

import dev.loomgate.transport.FileSink;

/** A file that is open for reading. What is sent from it is the file that was opened, even when another takes its name. */
final class OpenFile implements Content {
    /** Bytes per call of {@code sendfile}, so that a fast client does not keep a carrier thread for a whole large file. */
    private static final long SLICE = 1 << 20;
    private static final int COPY_BUFFER = 64 << 10;

    private final FileChannel channel;
    private final FileStamp stamp;
    private final Path path;

    OpenFile(FileChannel channel, FileStamp stamp, Path path) {
        this.channel = channel;
        this.stamp = stamp;
        this.path = path;
    }

    /** The file's stamp right after it was opened. */
    FileStamp stamp() {
        return stamp;
    }

    /** Reads the whole file, which must have the length of its stamp, or gives null if it has another. */
    byte[] readAll() throws IOException {
        byte[] bytes = new byte[Math.toIntExact(stamp.size())];
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, buffer.position()) < 0) {
                return null;
            }
        }
        return channel.size() == bytes.length ? bytes : null;
    }

    @Override
    public void writeTo(OutputStream out, long position, long count) throws IOException {
        if (out instanceof FileSink sink) {
            hand(sink, position, count);
        } else {
            copy(out, position, count);
        }
    }

    private void hand(FileSink sink, long position, long count) throws IOException {
        for (long sent = 0; sent < count;) {
            long slice = Math.min(count - sent, SLICE);
            try {
                sink.transferFrom(channel, position + sent, slice);
            } catch (IOException e) {
                if (channel.isOpen() && channel.size() < position + count) {
                    throw shortened(position + count, e);
                }
                throw e;
            }
            sent += slice;
        }
    }

    private void copy(OutputStream out, long position, long count) throws IOException {
        byte[] buffer = new byte[(int) Math.min(COPY_BUFFER, count)];
        for (long sent = 0; sent < count;) {
            int read = channel.read(ByteBuffer.wrap(buffer, 0, (int) Math.min(buffer.length, count - sent)), position + sent);
            if (read < 0) {
                throw shortened(position + count, null);
            }
            out.write(buffer, 0, read);
            sent += read;
        }
    }

    private FileShortenedException shortened(long expected, IOException cause) {
        return new FileShortenedException(path + " ended before byte " + expected + " while it was being sent", cause);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}

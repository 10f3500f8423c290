package dev.loomgate.files;

import java.io.IOException;
import java.io.OutputStream;

/** The bytes of a representation. */
sealed interface Content extends AutoCloseable permits OpenFile, Content.InMemory {
    /** Writes a region. */
    void writeTo(OutputStream out, long position, long count) throws IOException;

    @Override
    void close() throws IOException;

    /** Bytes that need not be read. */
    record InMemory(byte[] bytes) implements Content {
        @Override
        public void writeTo(OutputStream out, long position, long count) throws IOException {
            out.write(bytes, (int) position, (int) count);
        }

        @Override
        public void close() {
        }
    }
}

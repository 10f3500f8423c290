package dev.loomgate.http1;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;

import dev.loomgate.http.BodySink;
import dev.loomgate.http1.ResponseHead.Framing;

/** Writes a body as its header has said: by length, in chunks (RFC 9112 section 7.1), or up to the end of the connection. */
record FramedBody(Http1Response response, ResponseOutput out, Framing framing, long length, boolean isMute)
        implements BodySink {
    static final byte[] LAST_CHUNK = "0\r\n".getBytes(StandardCharsets.ISO_8859_1);

    @Override
    public void write(byte[] bytes, int offset, int count) {
        if (framing == Framing.CHUNKED) {
            putChunkSize(count);
            out.put(bytes, offset, count);
            out.putLineEnd();
        } else {
            out.put(bytes, offset, count);
        }
    }

    @Override
    public void transferFrom(FileChannel file, long position, long count) throws IOException {
        if (framing == Framing.CHUNKED) {
            putChunkSize(count);
        }
        out.transferFrom(file, position, count);
        if (framing == Framing.CHUNKED) {
            out.putLineEnd();
        }
    }

    @Override
    public void flush() {
        out.flush();
    }

    @Override
    public void end() {
        if (framing == Framing.CHUNKED && !isMute) {
            response.writeLastChunk();
        }
        out.flush();
    }

    private void putChunkSize(long count) {
        out.putLatin1(Long.toHexString(count));
        out.putLineEnd();
    }
}

package dev.loomgate.handler;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.Charset;

/** The writer of {@link Response#out}: a PrintWriter whose failures get through to the handler. */
final class ResponseWriter extends PrintWriter {
    private final ResponseBody body;
    private final Charset charset;

    ResponseWriter(ResponseBody body, Charset charset) {
        super(new OutputStreamWriter(new Loud(body), charset));
        this.body = body;
        this.charset = charset;
    }

    Charset charset() {
        return charset;
    }

    /** Also writes the last bytes of a stateful encoding, such as ISO-2022-JP. */
    @Override
    public void close() {
        body.expectEnd();
        super.close();
    }

    /** A PrintWriter swallows an IOException and sets a flag that old code never asks for. */
    private static final class Loud extends FilterOutputStream {
        Loud(OutputStream out) {
            super(out);
        }

        @Override
        public void write(int b) {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) {
            try {
                out.write(bytes, offset, length);
            } catch (IOException e) {
                throw new UncheckedIOException("The client has gone", e);
            }
        }

        @Override
        public void flush() {
            try {
                out.flush();
            } catch (IOException e) {
                throw new UncheckedIOException("The client has gone", e);
            }
        }
    }
}

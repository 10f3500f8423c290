package dev.loomgate.gateway.servlet;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;

import dev.loomgate.transport.Buffers;
import jakarta.servlet.ServletOutputStream;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.connector.InputBuffer;
import org.apache.catalina.connector.OutputBuffer;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;

/**
 * A connector whose requests and responses have Tomcat's buffers only while an application uses them. Tomcat gives each request
 * 40 KB for as long as it lives; here ten thousand may be waiting for something before they read or write anything.
 */
final class LeanConnector extends Connector {
    private final Buffers buffers = new Buffers();

    LeanConnector(DirectProtocol protocol) {
        super(protocol);
    }

    /** Tomcat makes its buffers with the objects that they are for, and offers no other way. */
    private static VarHandle field(Class<?> owner, String name, Class<?> type) {
        try {
            return MethodHandles.privateLookupIn(owner, MethodHandles.lookup()).findVarHandle(owner, name, type);
        } catch (ReflectiveOperationException e) {
            throw new LinkageError("this version of Tomcat has no field " + owner.getSimpleName() + "." + name
                    + "; Loomgate needs another", e);
        }
    }

    @Override
    public Request createRequest(org.apache.coyote.Request coyoteRequest) {
        return new LeanRequest(this, coyoteRequest);
    }

    @Override
    public Response createResponse(org.apache.coyote.Response coyoteResponse) {
        return new LeanResponse(coyoteResponse, buffers);
    }

    /** Has a buffer of characters, 16 KB, from when the application asks for a reader. */
    private static final class LeanRequest extends Request {
        private static final VarHandle CHARACTERS = field(InputBuffer.class, "cb", CharBuffer.class);
        private static final CharBuffer NONE = CharBuffer.allocate(0);

        private boolean characters;

        private LeanRequest(Connector connector, org.apache.coyote.Request coyoteRequest) {
            super(connector, coyoteRequest);
            CHARACTERS.set(inputBuffer, NONE);
        }

        @Override
        public BufferedReader getReader() throws IOException {
            if (!characters) {
                characters = true;
                CHARACTERS.set(inputBuffer, CharBuffer.allocate(InputBuffer.DEFAULT_BUFFER_SIZE).limit(0));
            }
            return super.getReader();
        }

        @Override
        public void recycle() {
            super.recycle();
            if (characters) {
                characters = false;
                CHARACTERS.set(inputBuffer, NONE);
            }
        }
    }

    /** Has its buffer of bytes, 8 KB and borrowed, from when the application asks for a stream or a writer. */
    private static final class LeanResponse extends Response {
        private static final int FEW_CHARACTERS = 512;
        private static final VarHandle BYTES = field(OutputBuffer.class, "bb", ByteBuffer.class);
        private static final ByteBuffer NONE = ByteBuffer.allocate(0);

        private final Buffers buffers;
        private ByteBuffer borrowed;

        private LeanResponse(org.apache.coyote.Response coyoteResponse, Buffers buffers) {
            super(coyoteResponse, FEW_CHARACTERS);
            this.buffers = buffers;
            BYTES.set(outputBuffer, NONE);
        }

        @Override
        public ServletOutputStream getOutputStream() throws IOException {
            borrow();
            return super.getOutputStream();
        }

        @Override
        public PrintWriter getWriter() throws IOException {
            borrow();
            return super.getWriter();
        }

        @Override
        public PrintWriter getReporter() throws IOException {
            borrow();
            return super.getReporter();
        }

        private void borrow() {
            // unless the application has asked for a larger one
            if (borrowed == null && super.getBufferSize() <= Buffers.SIZE) {
                borrowed = ByteBuffer.wrap(buffers.borrow()).limit(0);
                BYTES.set(outputBuffer, borrowed);
            }
        }

        @Override
        public int getBufferSize() {
            return Math.max(super.getBufferSize(), Buffers.SIZE);
        }

        @Override
        public void recycle() {
            super.recycle();
            BYTES.set(outputBuffer, NONE);
            if (borrowed != null) {
                buffers.giveBack(borrowed.array());
                borrowed = null;
            }
        }
    }
}

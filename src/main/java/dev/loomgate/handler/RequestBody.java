package dev.loomgate.handler;

import java.io.IOException;
import java.io.InputStream;

import io.helidon.http.HttpException;
import io.helidon.http.RequestException;

/** The body of a request as it arrives. A client that leaves in its midst is an IOException, as blocking code expects. */
final class RequestBody extends InputStream {
    private final InputStream in;
    private RequestException refusal;
    private boolean failed;

    RequestBody(InputStream in) {
        this.in = in;
    }

    /** Why the server refuses the body: longer than allowed, too slow, or malformed; null if it does not. */
    RequestException refusal() {
        return refusal;
    }

    /** Whether the body could not be read to its end. */
    boolean failed() {
        return failed;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        try {
            return in.read(buffer, offset, length);
        } catch (RequestException refused) {
            refusal = refused;
            throw refused;
        } catch (HttpException malformed) {
            throw malformed;
        } catch (IOException | RuntimeException e) {
            failed = true;
            throw new IOException("The client left before its request was complete", e);
        }
    }

    @Override
    public int available() throws IOException {
        return in.available();
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}

package dev.loomgate.perf.load;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.ProtocolException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** A connection to a server that asks for one thing again and again, in blocking code. For one thread. */
final class Client implements AutoCloseable {
    private final Socket socket = new Socket();
    private final byte[] request;
    private final byte[] buffer;
    private InputStream in;
    private int position;
    private int limit;
    private boolean reusable = true;

    /** {@code close}: whether to say that the request is the only one. */
    Client(int port, String path, boolean close, int bufferSize) {
        request = ("GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1:" + port + "\r\n" + (close ? "Connection: close\r\n" : "")
                + "\r\n").getBytes(StandardCharsets.ISO_8859_1);
        buffer = new byte[bufferSize];
    }

    void connect(int port, int timeoutMillis) throws IOException {
        socket.setTcpNoDelay(true);
        socket.connect(new InetSocketAddress("127.0.0.1", port), timeoutMillis);
        socket.setSoTimeout(timeoutMillis);
        in = socket.getInputStream();
    }

    /** For a client that reads slowly: little may be on the way. */
    void receiveBuffer(int bytes) throws IOException {
        socket.setReceiveBufferSize(bytes);
    }

    void send() throws IOException {
        socket.getOutputStream().write(request);
    }

    /** Reads a little of the answer and throws it away; the number of bytes, -1 at the end. */
    int nibble() throws IOException {
        return in.read(buffer);
    }

    /** Asks, reads the answer to its end and returns its status. */
    int exchange() throws IOException {
        send();
        String first = line();
        int status = Integer.parseInt(first, 9, 12, 10);
        long length = -1;
        boolean chunked = false;
        for (String field; !(field = line()).isEmpty();) {
            int colon = field.indexOf(':');
            String name = field.substring(0, colon);
            if (name.equalsIgnoreCase("Content-Length")) {
                length = Long.parseLong(field.substring(colon + 1).strip());
            } else if (name.equalsIgnoreCase("Transfer-Encoding")) {
                chunked = true;
            } else if (name.equalsIgnoreCase("Connection") && field.substring(colon + 1).strip().equalsIgnoreCase("close")) {
                reusable = false;
            }
        }
        if (first.startsWith("HTTP/1.0")) {
            reusable = false;
        }
        if (chunked) {
            long chunk;
            do {
                chunk = Long.parseLong(line().strip(), 16);
                skip(chunk);
                line();
            } while (chunk > 0);
        } else if (length >= 0) {
            skip(length);
        } else {
            reusable = false;
            while (in.read(buffer) >= 0) {
                // up to the end of the connection
            }
        }
        return status;
    }

    /** Whether the server takes another request. */
    boolean isReusable() {
        return reusable;
    }

    private String line() throws IOException {
        var line = new StringBuilder(40);
        while (true) {
            if (position == limit) {
                fill();
            }
            byte next = buffer[position++];
            if (next == '\n') {
                return line.toString();
            }
            if (next != '\r') {
                line.append((char) (next & 0xff));
            }
            if (line.length() > 8192) {
                throw new ProtocolException("a line of more than 8 KB");
            }
        }
    }

    private void skip(long bytes) throws IOException {
        long left = bytes;
        while (left > 0) {
            if (position == limit) {
                fill();
            }
            int step = (int) Math.min(left, limit - position);
            position += step;
            left -= step;
        }
    }

    private void fill() throws IOException {
        position = 0;
        limit = 0;
        int count = in.read(buffer);
        if (count < 0) {
            throw new EOFException("the server closed the connection");
        }
        limit = count;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}

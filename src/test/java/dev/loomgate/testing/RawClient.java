package dev.loomgate.testing;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

import javax.net.ssl.SSLContext;

/** A client that says exactly the bytes it is told, for what an HTTP library can't say. Text is ISO-8859-1. */
public final class RawClient implements AutoCloseable {
    private final Socket socket;
    private final InputStream in;

    private RawClient(Socket socket) throws IOException {
        this.socket = socket;
        this.in = new BufferedInputStream(socket.getInputStream());
    }

    /** Connects to 127.0.0.1; reads time out after 20 seconds. */
    public static RawClient connect(int port) throws IOException {
        return connect(new Socket(), port);
    }

    /** Connects to 127.0.0.1 from another address of this machine, such as 127.0.0.2, as if it were another client. */
    public static RawClient connectFrom(String address, int port) throws IOException {
        var socket = new Socket();
        try {
            socket.bind(new InetSocketAddress(address, 0));
            return connect(socket, port);
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    /** Connects to 127.0.0.1 by TLS. */
    public static RawClient connect(SSLContext context, int port) throws IOException {
        return connect(context.getSocketFactory().createSocket(), port);
    }

    private static RawClient connect(Socket socket, int port) throws IOException {
        socket.setTcpNoDelay(true);
        socket.connect(new InetSocketAddress("127.0.0.1", port), 5_000);
        socket.setSoTimeout(60_000);
        return new RawClient(socket);
    }

    /** Sends the bytes of a text as they are: line ends are the caller's. */
    public RawClient send(String text) throws IOException {
        return send(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** Sends bytes. */
    public RawClient send(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
        return this;
    }

    /** Closes the sending side only. */
    public RawClient shutdownOutput() throws IOException {
        socket.shutdownOutput();
        return this;
    }

    /** Sets the time limit of each read. */
    public RawClient readTimeout(Duration limit) throws IOException {
        socket.setSoTimeout((int) limit.toMillis());
        return this;
    }

    /** The socket itself, for what this class does not wrap. */
    public Socket socket() {
        return socket;
    }

    /** Reads one response to a request that was not HEAD, framed as RFC 9112 section 6.3 says; 1xx are responses too. */
    public Response readResponse() throws IOException {
        return readBody(readHead());
    }

    /** Reads the header of one response only, as after HEAD. */
    public Response readHead() throws IOException {
        String statusLine = readLine();
        var fields = new ArrayList<Field>();
        for (String line = readLine(); !line.isEmpty(); line = readLine()) {
            int colon = line.indexOf(':');
            fields.add(new Field(line.substring(0, colon), line.substring(colon + 1).strip()));
        }
        return new Response(statusLine, List.copyOf(fields), "");
    }

    /** Reads what follows a header that has been read already. */
    public Response readBody(Response head) throws IOException {
        var fields = new ArrayList<>(head.headers());
        int status = head.status();
        if (status < 200 || status == 204 || status == 304) {
            return head;
        }
        String body;
        if (head.header("Transfer-Encoding").map("chunked"::equalsIgnoreCase).orElse(false)) {
            body = readChunked(fields);
        } else if (head.header("Content-Length").isPresent()) {
            body = latin1(readExactly(Integer.parseInt(head.header("Content-Length").get())));
        } else {
            body = readToEnd();
        }
        return new Response(head.statusLine(), List.copyOf(fields), body);
    }

    private String readChunked(List<Field> trailers) throws IOException {
        var body = new ByteArrayOutputStream();
        while (true) {
            String sizeLine = readLine();
            int semicolon = sizeLine.indexOf(';');
            int size = Integer.parseInt(semicolon < 0 ? sizeLine : sizeLine.substring(0, semicolon), 16);
            if (size == 0) {
                for (String line = readLine(); !line.isEmpty(); line = readLine()) {
                    int colon = line.indexOf(':');
                    trailers.add(new Field(line.substring(0, colon), line.substring(colon + 1).strip()));
                }
                return latin1(body.toByteArray());
            }
            body.write(readExactly(size));
            if (!readLine().isEmpty()) {
                throw new IOException("chunk of " + size + " bytes is not followed by CRLF");
            }
        }
    }

    /** Reads a line without its line end. */
    public String readLine() throws IOException {
        var line = new StringBuilder();
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) {
                throw new EOFException("connection closed after '" + line + "'");
            }
            line.append((char) c);
        }
        return line.isEmpty() || line.charAt(line.length() - 1) != '\r' ? line.toString() : line.substring(0, line.length() - 1);
    }

    /** Reads this many bytes. */
    public byte[] readExactly(int count) throws IOException {
        byte[] bytes = in.readNBytes(count);
        if (bytes.length < count) {
            throw new EOFException("connection closed after " + bytes.length + " of " + count + " bytes");
        }
        return bytes;
    }

    /** What the server sends, for reading it piece by piece. */
    public InputStream stream() {
        return in;
    }

    /** Reads all there is until the server closes. */
    public String readToEnd() throws IOException {
        return latin1(in.readAllBytes());
    }

    /** Whether the server closes the connection without another byte (waits up to the read time limit for it). */
    public boolean isClosedByServer() throws IOException {
        try {
            return in.read() < 0;
        } catch (java.net.SocketException reset) {
            return true;
        }
    }

    private static String latin1(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    /** A header field or trailer field. */
    public record Field(String name, String value) {
    }

    /** A response as it stood on the wire; trailers are appended to the header fields. */
    public record Response(String statusLine, List<Field> headers, String body) {
        /** Status code. */
        public int status() {
            return Integer.parseInt(statusLine.split(" ", 3)[1]);
        }

        /** First field of this name, letter case ignored. */
        public Optional<String> header(String name) {
            String wanted = name.toLowerCase(Locale.ROOT);
            return headers.stream().filter(f -> f.name().toLowerCase(Locale.ROOT).equals(wanted)).map(Field::value).findFirst();
        }
    }
}

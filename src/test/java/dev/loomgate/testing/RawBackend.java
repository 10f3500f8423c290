package dev.loomgate.testing;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** A server behind the server that says exactly the bytes it is told. Text is ISO-8859-1. */
public final class RawBackend implements AutoCloseable {
    private final ServerSocket listener;
    private final Talk talk;
    private final Thread accepting;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final AtomicInteger connections = new AtomicInteger();
    private final AtomicInteger requests = new AtomicInteger();

    /** What it does with a request. */
    @FunctionalInterface
    public interface Talk {
        /** Answers; the connection is closed when this fails, and else waits for the next request. */
        void answer(Call call) throws Exception;
    }

    /** A request, its header read. */
    public record Call(String head, int number, InputStream in, OutputStream out, Socket socket) {
        /** Writes. */
        public void say(String text) throws IOException {
            out.write(text.getBytes(StandardCharsets.ISO_8859_1));
            out.flush();
        }

        /** Writes a whole response. */
        public void respond(String body) throws IOException {
            say("HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
        }
    }

    private RawBackend(ServerSocket listener, Talk talk) {
        this.listener = listener;
        this.talk = talk;
        accepting = Thread.ofVirtual().start(this::accept);
    }

    /** Listens on any free port. */
    public static RawBackend start(Talk talk) throws IOException {
        return start(0, talk);
    }

    /** Listens on any free port, at all addresses. */
    public static RawBackend startOnAll(Talk talk) throws IOException {
        return new RawBackend(new ServerSocket(0, 1_000), talk);
    }

    /** Listens on a port of 127.0.0.1. */
    public static RawBackend start(int port, Talk talk) throws IOException {
        var listener = new ServerSocket();
        listener.setReuseAddress(true);
        listener.bind(new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), port), 1_000);
        return new RawBackend(listener, talk);
    }

    /** Port. */
    public int port() {
        return listener.getLocalPort();
    }

    /** How often somebody has connected. */
    public int connections() {
        return connections.get();
    }

    /** How many requests have come. */
    public int requests() {
        return requests.get();
    }

    /** How many connections are open. */
    public int openCount() {
        return open.size();
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket socket = listener.accept();
                connections.incrementAndGet();
                open.add(socket);
                Thread.ofVirtual().start(() -> serve(socket));
            } catch (IOException e) {
                return;
            }
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            InputStream in = new BufferedInputStream(socket.getInputStream());
            for (String head = head(in); head != null; head = head(in)) {
                talk.answer(new Call(head, requests.incrementAndGet(), in, socket.getOutputStream(), socket));
            }
        } catch (Exception e) {
            // the connection ends
        } finally {
            open.remove(socket);
        }
    }

    private static String head(InputStream in) throws IOException {
        var head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int octet = in.read();
            if (octet < 0) {
                return null;
            }
            head.append((char) octet);
        }
        return head.toString();
    }

    /** Breaks all connections off. */
    public void breakConnections() throws IOException {
        for (Socket socket : open) {
            socket.close();
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
        try {
            // the system goes on taking connections until the thread that accepts has left
            accepting.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        breakConnections();
    }
}

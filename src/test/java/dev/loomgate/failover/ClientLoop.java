package dev.loomgate.failover;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * A client that asks again and again, of new connections and of kept ones, and tells of every request: {@code ok KIND BODY} or
 * {@code failed KIND REASON}, after the time in milliseconds. It repeats none, and ends with its standard input.
 */
final class ClientLoop {
    private static final int CONNECT_MILLIS = 5_000;
    private static final int READ_MILLIS = 20_000;

    private final InetSocketAddress server;
    private volatile boolean ended;

    private ClientLoop(InetSocketAddress server) {
        this.server = server;
    }

    /** Arguments: address, port. */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        var loop = new ClientLoop(new InetSocketAddress(arguments[0], Integer.parseInt(arguments[1])));
        Thread[] threads = {loop.start("short", "/who", false), loop.start("short", "/who", false), loop.start("kept", "/who", true),
            loop.start("kept", "/who", true), loop.start("long", "/long", false), loop.start("long", "/long", true)};
        System.in.transferTo(System.out);
        loop.ended = true;
        for (Thread thread : threads) {
            thread.join();
        }
        tell("end");
    }

    private static void tell(String line) {
        System.out.println(System.currentTimeMillis() + " " + line);
    }

    private Thread start(String kind, String path, boolean kept) {
        return Thread.ofPlatform().start(() -> {
            while (!ended) {
                try (var socket = new Socket()) {
                    socket.connect(server, CONNECT_MILLIS);
                    socket.setSoTimeout(READ_MILLIS);
                    while (ask(socket, kind, path, kept) && !ended) {
                        pause();
                    }
                } catch (IOException e) {
                    tell("failed " + kind + " " + e);
                }
                pause();
            }
        });
    }

    private static void pause() {
        try {
            Thread.sleep(5);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Returns whether the connection may be used again. */
    private static boolean ask(Socket socket, String kind, String path, boolean keep) throws IOException {
        socket.getOutputStream().write(("GET " + path + " HTTP/1.1\r\nHost: service\r\n" + (keep ? "" : "Connection: close\r\n")
                + "\r\n").getBytes(StandardCharsets.US_ASCII));
        InputStream in = socket.getInputStream();
        String head = head(in);
        int length = Integer.parseInt(field(head, "content-length"));
        byte[] body = in.readNBytes(length);
        if (!head.startsWith("HTTP/1.1 200 ") || body.length < length) {
            throw new IOException(body.length + " bytes after " + head.replaceAll("\\s+", " "));
        }
        tell("ok " + kind + " " + new String(body, StandardCharsets.US_ASCII).strip());
        return keep && !field(head, "connection").equals("close");
    }

    private static String head(InputStream in) throws IOException {
        var head = new ByteArrayOutputStream();
        while (!head.toString(StandardCharsets.US_ASCII).endsWith("\r\n\r\n")) {
            int next = in.read();
            if (next < 0) {
                throw new EOFException("closed after " + head.size() + " bytes");
            }
            head.write(next);
        }
        return head.toString(StandardCharsets.US_ASCII).toLowerCase(Locale.ROOT).replace("http/1.1", "HTTP/1.1");
    }

    private static String field(String head, String name) {
        return head.lines().filter(line -> line.startsWith(name + ":")).findFirst()
                .map(line -> line.substring(name.length() + 1).strip()).orElse("0");
    }
}

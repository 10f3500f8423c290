package dev.loomgate.testing;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;

/** A port whose packets are dropped: its listener accepts nobody, and its queue is full, so that the system ignores each SYN. */
public final class BlackHole implements AutoCloseable {
    private static final int PATIENCE = 200;
    private static final int SURE = 2;

    private final ServerSocket listener;
    private final List<Socket> queued = new ArrayList<>();

    private BlackHole(ServerSocket listener) {
        this.listener = listener;
    }

    /** Opens one on any free port of 127.0.0.1. */
    public static BlackHole open() throws IOException {
        var address = InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
        var hole = new BlackHole(new ServerSocket(0, 1, address));
        for (int ignored = 0; ignored < SURE;) {
            var socket = new Socket();
            hole.queued.add(socket);
            try {
                socket.connect(new InetSocketAddress(address, hole.port()), PATIENCE);
                ignored = 0;
            } catch (SocketTimeoutException e) {
                ignored++;
            }
        }
        return hole;
    }

    /** Port. */
    public int port() {
        return listener.getLocalPort();
    }

    @Override
    public void close() throws IOException {
        for (Socket socket : queued) {
            socket.close();
        }
        listener.close();
    }
}

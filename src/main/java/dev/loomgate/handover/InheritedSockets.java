package dev.loomgate.handover;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Listening sockets that this process was started with: by systemd, as the protocol of {@code sd_listen_fds(3)} has it
 * ({@code LISTEN_FDS}, {@code LISTEN_PID}), or by the server that it succeeds (the same, without {@code LISTEN_PID}, which nobody
 * knows beforehand). Each is given away once. Safe for use by many threads.
 */
public final class InheritedSockets implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(InheritedSockets.class);
    private static final int FIRST = 3;

    /** Of a process that was started like any other. */
    public static final InheritedSockets NONE = new InheritedSockets(null, List.of());

    private final Descriptors descriptors;
    private final List<Socket> sockets;

    /**
     * A socket that was taken.
     *
     * @param channel accepts; what it says of its own address is wrong
     * @param port    port that it really listens on
     */
    public record Taken(ServerSocketChannel channel, int port) {
    }

    private record Socket(int descriptor, InetSocketAddress address) {
    }

    private InheritedSockets(Descriptors descriptors, List<Socket> sockets) {
        this.descriptors = descriptors;
        this.sockets = new ArrayList<>(sockets);
    }

    /**
     * Finds them.
     *
     * @param environment of this process
     * @throws IOException if there are some and they can't be used; the message says what it would take
     */
    public static InheritedSockets of(Map<String, String> environment) throws IOException {
        String count = environment.get("LISTEN_FDS");
        if (count == null) {
            return NONE;
        }
        boolean mine = environment.containsKey(Successor.READY)
                || String.valueOf(ProcessHandle.current().pid()).equals(environment.get("LISTEN_PID"));
        if (!mine) {
            return NONE;
        }
        Descriptors descriptors = Descriptors.load();
        var sockets = new ArrayList<Socket>();
        try {
            for (int descriptor = FIRST; descriptor < FIRST + Integer.parseInt(count); descriptor++) {
                int found = descriptor;
                descriptors.listensAt(descriptor).ifPresentOrElse(address -> sockets.add(new Socket(found, address)), () ->
                        LOGGER.atWarn().addKeyValue("descriptor", found).log("not a TCP socket that listens, left alone"));
            }
        } catch (NumberFormatException e) {
            throw new IOException("LISTEN_FDS is " + count + ", not a number", e);
        }
        return new InheritedSockets(descriptors, sockets);
    }

    /**
     * Takes the socket of an address.
     *
     * @param host name or address, as configured
     * @param port port; 0 for the next socket on any port of that host
     * @return the socket, bound and listening; empty if there is none
     * @throws IOException if there is no descriptor left for it
     */
    public synchronized Optional<Taken> take(String host, int port) throws IOException {
        if (sockets.isEmpty()) {
            return Optional.empty();
        }
        InetAddress address = InetAddress.getByName(host);
        for (Socket socket : sockets) {
            InetSocketAddress found = socket.address();
            boolean anywhere = address.isAnyLocalAddress() && found.getAddress().isAnyLocalAddress();
            if ((anywhere || found.getAddress().equals(address)) && (port == 0 || found.getPort() == port)) {
                sockets.remove(socket);
                return Optional.of(new Taken(adopt(socket), found.getPort()));
            }
        }
        return Optional.empty();
    }

    private ServerSocketChannel adopt(Socket socket) throws IOException {
        ServerSocketChannel channel = ServerSocketChannel.open();
        try {
            channel.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1);
            int placeholder = ((InetSocketAddress) channel.getLocalAddress()).getPort();
            descriptors.replace(descriptors.listeningOn(placeholder), socket.descriptor());
            return channel;
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /** Closes those that nobody wanted, with a line in the log: clients would wait there for ever. */
    @Override
    public synchronized void close() {
        for (Socket socket : sockets) {
            LOGGER.atWarn().addKeyValue("address", socket.address())
                    .log("inherited a listening socket that no listener of the configuration wants, closed");
            descriptors.close(socket.descriptor());
        }
        sockets.clear();
    }
}

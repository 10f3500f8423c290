package dev.loomgate.upstream;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;

/** Where a program listens. Immutable; as text it is what people write into the configuration. */
public interface Endpoint {
    /**
     * Connects, for as long as that may take.
     *
     * @param limit longest time, above zero; a Unix-domain socket takes none
     * @throws IOException if nobody listens there, or not in time
     */
    SocketChannel connect(Duration limit) throws IOException;

    /** Begins to learn where the program is, if that is not plain, so that the first who connects need not wait so long. */
    default void prepare() {
    }

    /** Learns in the background where the program is now, if that can change and was found out long ago. */
    default void refresh() {
    }

    /** Whether the program is still at this address, as far as is known. */
    default boolean isCurrent(SocketAddress address) {
        return true;
    }

    /**
     * A Unix-domain socket.
     *
     * @param path file of the socket
     */
    record Unix(Path path) implements Endpoint {
        @Override
        public SocketChannel connect(Duration limit) throws IOException {
            var channel = SocketChannel.open(StandardProtocolFamily.UNIX);
            try {
                channel.connect(UnixDomainSocketAddress.of(path));
                return channel;
            } catch (IOException | RuntimeException e) {
                channel.close();
                throw e;
            }
        }

        @Override
        public String toString() {
            return "unix:" + path;
        }
    }

    /**
     * A port of a machine. The name is looked up for each connection, by the thread that connects: for addresses; names are for
     * {@link NamedEndpoint}.
     *
     * @param host name or address
     * @param port 1 to 65535
     */
    record Tcp(String host, int port) implements Endpoint {
        @Override
        public SocketChannel connect(Duration limit) throws IOException {
            var address = new InetSocketAddress(host, port);
            if (address.isUnresolved()) {
                throw new UnknownHostException("there is no machine of the name '" + host + "'");
            }
            return connect(address, limit);
        }

        static SocketChannel connect(InetSocketAddress address, Duration limit) throws IOException {
            var channel = SocketChannel.open();
            try {
                channel.socket().connect(address, (int) Math.clamp(limit.toMillis(), 1, Integer.MAX_VALUE));
                channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
                return channel;
            } catch (IOException | RuntimeException e) {
                channel.close();
                throw e;
            }
        }

        @Override
        public String toString() {
            return (host.indexOf(':') < 0 ? host : '[' + host + ']') + ':' + port;
        }
    }
}

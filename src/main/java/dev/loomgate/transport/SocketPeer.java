package dev.loomgate.transport;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.security.Principal;
import java.security.cert.Certificate;
import java.util.Optional;

import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;

import io.helidon.common.socket.PeerInfo;

/** One end of a connection. Made when asked for, so that an idle connection does not hold two of them. */
record SocketPeer(SocketAddress address, SSLSession tls) implements PeerInfo, TlsPeer {
    SocketPeer(SocketAddress address) {
        this(address, null);
    }

    SocketPeer with(SSLSession session) {
        return new SocketPeer(address, session);
    }

    static SocketPeer remote(SocketChannel channel) {
        try {
            return new SocketPeer(channel.getRemoteAddress());
        } catch (IOException e) {
            // closed under us: whoever asks still gets an answer that reads as what it is
            return new SocketPeer(null);
        }
    }

    static SocketPeer local(SocketChannel channel) {
        try {
            return new SocketPeer(channel.getLocalAddress());
        } catch (IOException e) {
            return new SocketPeer(null);
        }
    }

    @Override
    public String host() {
        // not a switch over types: the first one takes the JVM some milliseconds, and here it would be each start
        if (address instanceof InetSocketAddress inet && inet.getAddress() != null) {
            return inet.getAddress().getHostAddress();
        }
        return address instanceof UnixDomainSocketAddress unix ? "unix:" + unix.getPath() : "unknown";
    }

    @Override
    public int port() {
        return address instanceof InetSocketAddress inet ? inet.getPort() : -1;
    }

    @Override
    public Optional<SSLSession> session() {
        return Optional.ofNullable(tls);
    }

    @Override
    public Optional<Principal> tlsPrincipal() {
        try {
            return tls == null ? Optional.empty() : Optional.of(tls.getPeerPrincipal());
        } catch (SSLPeerUnverifiedException e) {
            return Optional.empty();
        }
    }

    @Override
    public Optional<Certificate[]> tlsCertificates() {
        try {
            return tls == null ? Optional.empty() : Optional.of(tls.getPeerCertificates());
        } catch (SSLPeerUnverifiedException e) {
            // it was not asked for any, or had none
            return Optional.empty();
        }
    }
}

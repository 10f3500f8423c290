package dev.loomgate.gateway.servlet;

import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.HexFormat;

import javax.net.ssl.SSLSession;

import dev.loomgate.gateway.AuthenticatedUser;
import dev.loomgate.gateway.GrantedVariables;
import dev.loomgate.gateway.Octets;
import dev.loomgate.transport.RequestId;
import dev.loomgate.transport.TlsPeer;
import io.helidon.common.socket.PeerInfo;
import io.helidon.http.Header;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.HttpPrologue;
import io.helidon.webserver.http.ServerRequest;
import jakarta.servlet.ServletConnection;
import org.apache.coyote.Request;
import org.apache.tomcat.util.buf.MessageBytes;
import org.apache.tomcat.util.http.MimeHeaders;
import org.apache.tomcat.util.net.SSLSupport;

/** The head of a request, from Helidon's form to Coyote's. */
final class RequestHead {
    private static final HeaderName REQUEST_ID = HeaderNames.create("X-Request-Id");

    private RequestHead() {
    }

    /**
     * Fills an empty request.
     *
     * @param uri        path as the client sent it
     * @param authorized whether something may have said who the user is by other means than the Authorization field
     */
    static void fill(Request to, ServerRequest from, String uri, boolean authorized) {
        HttpPrologue prologue = from.prologue();
        to.markStartTime();
        to.setMethod(prologue.method().text());
        set(to.requestURI(), uri);
        String query = prologue.query().rawValue();
        if (!query.isEmpty()) {
            set(to.queryString(), query);
        }
        to.protocol().setString(prologue.rawProtocol());
        to.scheme().setString(from.isSecure() ? "https" : "http");
        PeerInfo client = from.remotePeer();
        to.remoteAddr().setString(client.host());
        to.peerAddr().setString(client.host());
        to.setRemotePort(client.port());
        if (from.localPeer().address() instanceof InetSocketAddress local) {
            String address = local.getAddress().getHostAddress();
            to.localAddr().setString(address);
            to.localName().setString(address);
            to.setLocalPort(local.getPort());
        }
        if (client instanceof TlsPeer peer && peer.session().isPresent()) {
            secure(to, peer.session().get(), client);
        }
        if (authorized || from.headers().contains(HeaderNames.AUTHORIZATION)) {
            // a request has no context, which is dear, before somebody asks for it
            from.context().get(AuthenticatedUser.class).ifPresent(user -> {
                to.getRemoteUser().setString(user.name());
                to.getAuthType().setString(user.authType());
            });
        }
        if (authorized) {
            GrantedVariables.of(from).ifPresent(granted -> grant(to, granted));
        }
        MimeHeaders headers = to.getMimeHeaders();
        for (Header header : from.headers()) {
            if (header.headerName().equals(REQUEST_ID)) {
                // what the client wrote counts only if it is a trusted proxy
                set(headers.addValue(header.name()), RequestId.of(from));
            } else if (header.valueCount() == 1) {
                set(headers.addValue(header.name()), header.get());
            } else {
                for (String value : header.allValues()) {
                    set(headers.addValue(header.name()), value);
                }
            }
        }
        if (prologue.protocolVersion().startsWith("2") && headers.getValue("host") == null && !from.authority().isEmpty()) {
            // HTTP/2 says it in a field of its own, applications look for this one (RFC 9113 section 8.3.1)
            set(headers.addValue("host"), from.authority());
        }
    }

    /** As AJP does with variables of Apache httpd: each is an attribute of its name. */
    private static void grant(Request to, GrantedVariables granted) {
        granted.user().ifPresent(user -> to.getRemoteUser().setString(user));
        granted.authType().ifPresent(type -> to.getAuthType().setString(type));
        granted.values().forEach((name, value) -> to.setAttribute(name, Octets.decode(value).orElse(value)));
    }

    /** Attributes of the servlet specification, section 3.10, and Tomcat's own for the protocol. */
    private static void secure(Request to, SSLSession session, PeerInfo client) {
        to.setAttribute(SSLSupport.CIPHER_SUITE_KEY, session.getCipherSuite());
        to.setAttribute(SSLSupport.KEY_SIZE_KEY, session.getCipherSuite().contains("_128_") ? 128 : 256);
        to.setAttribute(SSLSupport.SESSION_ID_KEY, HexFormat.of().formatHex(session.getId()));
        to.setAttribute(SSLSupport.SECURE_PROTOCOL_KEY, session.getProtocol());
        client.tlsCertificates().ifPresent(chain -> to.setAttribute(SSLSupport.CERTIFICATE_KEY,
                Arrays.copyOf(chain, chain.length, X509Certificate[].class)));
    }

    private static void set(MessageBytes to, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        to.setBytes(bytes, 0, bytes.length);
    }

    /** What an application may know of the connection. */
    static ServletConnection connection(ServerRequest request) {
        String protocol = request.prologue().protocolVersion().startsWith("2") ? "h2" : "http/1.1";
        return new Connection(request.socketId(), protocol, request.isSecure());
    }

    private record Connection(String id, String protocol, boolean secure) implements ServletConnection {
        @Override
        public String getConnectionId() {
            return id;
        }

        @Override
        public String getProtocol() {
            return protocol;
        }

        @Override
        public String getProtocolConnectionId() {
            return "";
        }

        @Override
        public boolean isSecure() {
            return secure;
        }
    }
}

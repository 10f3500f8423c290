package dev.loomgate.proxy;

import java.net.InetSocketAddress;
import java.util.List;

import dev.loomgate.upstream.Backend;
import io.helidon.common.socket.PeerInfo;
import io.helidon.http.Header;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.HttpException;
import io.helidon.http.ServerRequestHeaders;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;

/** The header of a request as a server behind this one gets it. */
final class RequestHeader {
    private static final HeaderName VIA = HeaderNames.create("via", "Via");
    private static final List<String> FORWARDED = List.of("x-forwarded-for", "x-forwarded-proto", "x-forwarded-host",
            "x-forwarded-port", "x-forwarded-server", "forwarded");

    private final ServerRequest request;
    private final ServerRequestHeaders headers;
    private final ProxySettings settings;
    private final HopByHop hopByHop;
    private final boolean upgrade;

    RequestHeader(ServerRequest request, ProxySettings settings) {
        this.request = request;
        this.headers = request.headers();
        this.settings = settings;
        this.hopByHop = HopByHop.of(headers.all(HeaderNames.CONNECTION, List::of));
        this.upgrade = hopByHop.hasOption("upgrade") && headers.contains(HeaderNames.UPGRADE)
                && !request.content().hasEntity();
    }

    /** Whether the client asks for another protocol. */
    boolean isUpgrade() {
        return upgrade;
    }

    /** Whether the client waits for a sign before it sends the body. */
    boolean expectsContinue() {
        return headers.contains(HeaderNames.EXPECT);
    }

    /**
     * The header for a server.
     *
     * @param target  path and query
     * @param length  of the body in bytes, -1 if it will come in chunks, -2 if there is none
     * @param expects whether the server is to say that the body may come
     */
    StringBuilder text(Backend backend, String target, long length, boolean expects) {
        requireVisible(target);
        var text = new StringBuilder(768);
        text.append(request.prologue().method().text()).append(' ').append(target).append(" HTTP/1.1\r\n");
        add(text, "Host", host(backend));
        for (Header header : headers) {
            String name = header.headerName().lowerCase();
            if (!isOurs(name) && !hopByHop.contains(name)) {
                for (String value : header.allValues()) {
                    add(text, header.name(), value);
                }
            }
        }
        addForwarded(text);
        String via = headers.contains(VIA) ? String.join(", ", headers.get(VIA).allValues()) + ", " : "";
        add(text, "Via", via + request.prologue().protocolVersion() + " loomgate");
        if (length >= 0) {
            add(text, "Content-Length", Long.toString(length));
        } else if (length == -1) {
            add(text, "Transfer-Encoding", "chunked");
        }
        if (expects) {
            add(text, "Expect", "100-continue");
        }
        boolean trailers = headers.contains(HeaderNames.TE) && headers.get(HeaderNames.TE).values().contains("trailers");
        if (trailers) {
            add(text, "TE", "trailers");
        }
        if (upgrade) {
            add(text, "Upgrade", headers.get(HeaderNames.UPGRADE).values());
        }
        if (upgrade || trailers) {
            add(text, "Connection", upgrade && trailers ? "Upgrade, TE" : upgrade ? "Upgrade" : "TE");
        }
        return text.append("\r\n");
    }

    /** What is written here, whatever came. */
    private boolean isOurs(String name) {
        return switch (name) {
            case "host", "content-length", "expect", "via" -> true;
            default -> name.startsWith(":") || settings.forwarded() != ProxySettings.Forwarded.APPEND && FORWARDED.contains(name)
                    || name.equals("x-forwarded-for") || name.equals("forwarded");
        };
    }

    private String host(Backend backend) {
        return settings.host().map(host -> host.equals(ProxySettings.CLIENT_HOST) ? request.authority() : host)
                .filter(host -> !host.isEmpty()).orElseGet(() -> hostOf(backend));
    }

    /** What a server's own name is in a Host field; a Unix-domain socket has none. */
    static String hostOf(Backend backend) {
        String address = backend.endpoint().toString();
        return address.startsWith("unix:") ? "localhost" : address;
    }

    private void addForwarded(StringBuilder text) {
        if (settings.forwarded() == ProxySettings.Forwarded.NONE) {
            return;
        }
        PeerInfo peer = request.remotePeer();
        String client = peer.host();
        String scheme = request.isSecure() ? "https" : "http";
        String host = request.authority();
        add(text, "X-Forwarded-For", before(HeaderNames.X_FORWARDED_FOR) + client);
        addUnlessThere(text, HeaderNames.X_FORWARDED_PROTO, "X-Forwarded-Proto", scheme);
        if (!host.isEmpty()) {
            addUnlessThere(text, HeaderNames.X_FORWARDED_HOST, "X-Forwarded-Host", host);
        }
        addUnlessThere(text, HeaderNames.X_FORWARDED_PORT, "X-Forwarded-Port", Integer.toString(request.localPeer().port()));
        boolean address = peer.address() instanceof InetSocketAddress;
        String node = !address ? "unknown" : client.indexOf(':') < 0 ? client : "\"[" + client + "]\"";
        add(text, "Forwarded", before(HeaderNames.FORWARDED) + "for=" + node + (host.isEmpty() ? "" : ";host=\"" + host + '"')
                + ";proto=" + scheme);
    }

    private String before(HeaderName name) {
        return settings.forwarded() == ProxySettings.Forwarded.APPEND && headers.contains(name)
                ? String.join(", ", headers.get(name).allValues()) + ", " : "";
    }

    private void addUnlessThere(StringBuilder text, HeaderName name, String written, String value) {
        if (settings.forwarded() == ProxySettings.Forwarded.REPLACE || !headers.contains(name)) {
            add(text, written, value);
        }
    }

    private static HttpException refused(String reason) {
        return new HttpException(reason, Status.BAD_REQUEST_400, false);
    }

    private static void requireVisible(String target) {
        for (int i = 0; i < target.length(); i++) {
            char c = target.charAt(i);
            if (c <= ' ' || c == 0x7f) {
                throw refused("the request target holds a character that is not allowed");
            }
        }
    }

    /** HTTP/2 could carry what would end a line here (RFC 9113 section 8.2.1). */
    private static void add(StringBuilder text, String name, String value) {
        for (int i = 0; i < value.length(); i++) {
            int octet = value.charAt(i) & 0xff;
            if (octet < ' ' && octet != '\t') {
                throw refused("a header field holds a control character");
            }
        }
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (c <= ' ' || c == ':' || c >= 0x7f) {
                throw refused("the name of a header field holds a character that is not allowed");
            }
        }
        text.append(name).append(": ").append(value).append("\r\n");
    }
}

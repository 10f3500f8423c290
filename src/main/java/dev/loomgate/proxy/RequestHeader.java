package dev.loomgate.proxy;

import java.net.InetSocketAddress;
import java.util.List;
import java.util.Locale;
import java.util.Set;

import dev.loomgate.upstream.Backend;
import dev.loomgate.upstream.http.RequestText;
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
    private static final Set<String> FORWARDED = Set.of("x-forwarded-for", "x-forwarded-proto", "x-forwarded-host",
            "x-forwarded-port", "x-forwarded-server", "forwarded");

    private final ServerRequest request;
    private final ServerRequestHeaders headers;
    private final ProxySettings settings;
    private final Via via;
    private final HopByHop hopByHop;
    private final List<String> protocols;
    private final String client;
    private final boolean byAddress;

    /**
     * @param peer whom the request is from
     * @param via  who passes it on
     */
    RequestHeader(ServerRequest request, PeerInfo peer, ProxySettings settings, Via via) {
        this.request = request;
        this.client = peer.host();
        this.byAddress = peer.address() instanceof InetSocketAddress;
        this.headers = request.headers();
        this.settings = settings;
        this.via = via;
        this.hopByHop = HopByHop.of(headers.all(HeaderNames.CONNECTION, List::of));
        this.protocols = hopByHop.hasOption("upgrade") && headers.contains(HeaderNames.UPGRADE) && !request.content().hasEntity()
                ? headers.get(HeaderNames.UPGRADE).allValues(true).stream().filter(RequestHeader::isTunnelled).toList() : List.of();
    }

    /** Whether a protocol may go on unseen: not one that has requests again, which nothing here would look at (h2c, TLS). */
    private static boolean isTunnelled(String protocol) {
        String name = protocol.toLowerCase(Locale.ROOT);
        return !name.isEmpty() && !name.startsWith("h2") && !name.startsWith("http") && !name.startsWith("tls");
    }

    /** Address of the client. */
    String client() {
        return client;
    }

    /** Whether the request has been here before: a server that it was passed on to has sent it back. */
    boolean isLoop() {
        return via.isIn(headers);
    }

    /** Whether the client asks for another protocol. */
    boolean isUpgrade() {
        return !protocols.isEmpty();
    }

    /** The other protocols that the client asks for, with their versions. */
    List<String> protocols() {
        return protocols;
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
    RequestText text(Backend backend, String target, long length, boolean expects) {
        try {
            return write(backend, target, length, expects);
        } catch (IllegalArgumentException e) {
            // HTTP/2 could carry what would end a line here (RFC 9113 section 8.2.1)
            throw new HttpException(e.getMessage(), Status.BAD_REQUEST_400, false);
        }
    }

    private RequestText write(Backend backend, String target, long length, boolean expects) {
        var text = new RequestText(request.prologue().method().text(), target);
        text.field("Host", host(backend));
        for (Header header : headers) {
            String name = header.headerName().lowerCase();
            // programs that get fields as variables can't tell one from the other
            if (isOurs(name.replace('_', '-')) || hopByHop.contains(name)) {
                continue;
            }
            if (header.valueCount() == 1) {
                text.field(header.name(), header.get());
            } else {
                for (String value : header.allValues()) {
                    text.field(header.name(), value);
                }
            }
        }
        addForwarded(text);
        text.begin("Via");
        addBefore(text, Via.NAME, true);
        text.put(request.prologue().protocolVersion()).put(" ").put(via.pseudonym()).end();
        if (length >= 0) {
            text.field("Content-Length", length);
        } else if (length == -1) {
            text.field("Transfer-Encoding", "chunked");
        }
        if (expects) {
            text.field("Expect", "100-continue");
        }
        boolean trailers = headers.contains(HeaderNames.TE) && headers.get(HeaderNames.TE).values().contains("trailers");
        if (trailers) {
            text.field("TE", "trailers");
        }
        if (isUpgrade()) {
            text.field("Upgrade", String.join(", ", protocols));
        }
        if (isUpgrade() || trailers) {
            text.field("Connection", isUpgrade() && trailers ? "Upgrade, TE" : isUpgrade() ? "Upgrade" : "TE");
        }
        return text;
    }

    /** What is written here, whatever came. */
    private boolean isOurs(String name) {
        return switch (name) {
            case "host", "content-length", "expect", "via", "http2-settings" -> true;
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

    private void addForwarded(RequestText text) {
        if (settings.forwarded() == ProxySettings.Forwarded.NONE) {
            return;
        }
        String scheme = request.isSecure() ? "https" : "http";
        String host = request.authority();
        boolean append = settings.forwarded() == ProxySettings.Forwarded.APPEND;
        text.begin("X-Forwarded-For");
        addBefore(text, HeaderNames.X_FORWARDED_FOR, append);
        text.put(client).end();
        addUnlessThere(text, HeaderNames.X_FORWARDED_PROTO, "X-Forwarded-Proto", scheme);
        if (!host.isEmpty()) {
            addUnlessThere(text, HeaderNames.X_FORWARDED_HOST, "X-Forwarded-Host", host);
        }
        addUnlessThere(text, HeaderNames.X_FORWARDED_PORT, "X-Forwarded-Port", Integer.toString(request.localPeer().port()));
        text.begin("Forwarded");
        addBefore(text, HeaderNames.FORWARDED, append);
        text.put("for=").put(!byAddress ? "unknown" : client.indexOf(':') < 0 ? client : "\"[" + client + "]\"");
        if (!host.isEmpty()) {
            text.put(";host=\"").put(host).put("\"");
        }
        text.put(";proto=").put(scheme).end();
    }

    /** What others have said, where that counts. */
    private void addBefore(RequestText text, HeaderName name, boolean counts) {
        if (counts && headers.contains(name)) {
            for (String value : headers.get(name).allValues()) {
                text.put(value).put(", ");
            }
        }
    }

    private void addUnlessThere(RequestText text, HeaderName name, String written, String value) {
        if (settings.forwarded() == ProxySettings.Forwarded.REPLACE || !headers.contains(name)) {
            text.field(written, value);
        }
    }
}

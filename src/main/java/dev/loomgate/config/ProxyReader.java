package dev.loomgate.config;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

import dev.loomgate.config.RouteConfig.Kind;
import dev.loomgate.config.RouteConfig.Socket;

/** Reads what belongs to a reverse proxy. */
final class ProxyReader {
    private static final List<String> OF_GROUP = List.of("max-connections", "max-waiting", "wait-timeout", "connect-timeout",
            "idle-timeout", "lifetime", "retries", "slow-start", "balance");

    /** Names of groups that routes ask for, to be compared with those that there are. */
    private record Wanted(Section section, String name) {
    }

    /** A route whose requests stay what they are, so that it would take them again. */
    private record Unchanged(Section section, RouteConfig.Proxy proxy) {
    }

    private final List<Wanted> wanted = new ArrayList<>();
    private final List<Unchanged> unchanged = new ArrayList<>();

    Optional<Kind> read(Section section) {
        RouteConfig.ProxyHost host = section.value("host-header", ProxyReader::host).orElse(RouteConfig.ProxyHost.CLIENTS);
        RouteConfig.Forwarded forwarded = section.choice("forwarded", RouteConfig.Forwarded.class,
                RouteConfig.Forwarded.REPLACE);
        if (section.has("to") == section.has("upstream")) {
            section.problem("to", "a proxy passes requests on either to one server, as in to: http://127.0.0.1:3000, or to a group, "
                    + "as in upstream: app; " + (section.has("to") ? "remove one of the two" : "write one"));
            return Optional.empty();
        }
        if (section.has("upstream")) {
            for (String key : OF_GROUP) {
                if (section.has(key)) {
                    section.problem(key, "means nothing beside 'upstream'; it belongs to the group");
                }
            }
            Optional<String> prefix = section.value("prefix", UpstreamReader::path);
            var timeout = section.time("timeout", false);
            return section.text("upstream").map(name -> {
                wanted.add(new Wanted(section, name));
                return noted(section, new RouteConfig.Proxy(Optional.of(name), Optional.empty(), prefix, host, forwarded, timeout));
            });
        }
        if (section.has("prefix")) {
            section.problem("prefix", "means nothing beside 'to', which has a path of its own");
        }
        Optional<URI> to = section.value("to", ProxyReader::target);
        return to.map(uri -> {
            String name = uri.getHost();
            var socket = new Socket.Tcp(name.startsWith("[") ? name.substring(1, name.length() - 1) : name,
                    uri.getPort() < 0 ? 80 : uri.getPort());
            String path = uri.getRawPath();
            UpstreamConfig single = UpstreamReader.single(section, uri.getHost() + ':' + socket.port(), socket);
            return noted(section, new RouteConfig.Proxy(Optional.empty(), Optional.of(single),
                    path == null || path.isEmpty() ? Optional.empty() : Optional.of(path), host, forwarded, Optional.empty()));
        });
    }

    private RouteConfig.Proxy noted(Section section, RouteConfig.Proxy proxy) {
        if (proxy.prefix().isEmpty() && proxy.host().equals(RouteConfig.ProxyHost.CLIENTS)) {
            unchanged.add(new Unchanged(section, proxy));
        }
        return proxy;
    }

    private static RouteConfig.ProxyHost host(String text) {
        return switch (text) {
            case "client" -> RouteConfig.ProxyHost.CLIENTS;
            case "server" -> RouteConfig.ProxyHost.SERVERS;
            default -> {
                if (!text.matches("[A-Za-z0-9._-]+(:[0-9]{1,5})?|\\[[0-9A-Fa-f:.]+](:[0-9]{1,5})?")) {
                    throw new IllegalArgumentException("client (what the client sent), server (the server's address) or a host "
                            + "such as app.example.org is allowed");
                }
                yield new RouteConfig.ProxyHost(text);
            }
        };
    }

    private static URI target(String text) {
        URI uri;
        try {
            uri = new URI(text);
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException("it is no URI: " + e.getReason() + "; http://127.0.0.1:3000 or http://app:3000/path "
                    + "is allowed", e);
        }
        if ("https".equalsIgnoreCase(uri.getScheme())) {
            throw new IllegalArgumentException("servers are reached over plain HTTP; https is not spoken to them");
        }
        if (!"http".equalsIgnoreCase(uri.getScheme()) || uri.getHost() == null || uri.getRawUserInfo() != null
                || uri.getRawQuery() != null || uri.getRawFragment() != null) {
            throw new IllegalArgumentException("http://127.0.0.1:3000 or http://app:3000/path is allowed");
        }
        return uri;
    }

    /** Notes the routes that ask for a group that is not there. */
    void reportUnknown(List<UpstreamConfig> upstreams) {
        wanted.forEach(one -> requireKnown(one.section(), one.name(), upstreams));
    }

    /** Notes the routes whose requests would come back to them, as far as a file can tell. */
    void reportLoops(List<ListenerConfig> listeners, List<UpstreamConfig> upstreams) {
        for (Unchanged one : unchanged) {
            Stream<UpstreamConfig> groups = one.proxy().upstream().map(name -> upstreams.stream().filter(group -> group.name().equals(name)))
                    .orElseGet(() -> one.proxy().to().stream());
            groups.flatMap(group -> group.servers().stream()).map(UpstreamConfig.Server::socket)
                    .flatMap(socket -> listeners.stream().filter(listener -> isReachedBy(socket, listener))).findFirst()
                    .ifPresent(listener -> one.section().problem(one.section().has("to") ? "to" : "upstream", "leads back to the "
                            + "listener of this file at " + listener.uri(listener.port()) + ", where this route would take the request "
                            + "again; name another server, or a path that another route takes, such as "
                            + (one.section().has("to") ? "to: " + listener.uri(listener.port()) + "/other" : "prefix: /other")));
        }
    }

    private static boolean isReachedBy(Socket socket, ListenerConfig listener) {
        return socket instanceof Socket.Tcp tcp && tcp.port() == listener.port() && listener.tls().isEmpty()
                && listener.redirectToHttps().isEmpty() && !listener.proxyProtocol()
                && (tcp.host().equalsIgnoreCase(listener.host()) || isHere(tcp.host()) && (isHere(listener.host()) || isAnywhere(listener.host())));
    }

    private static boolean isHere(String host) {
        return host.equalsIgnoreCase("localhost") || host.equals("::1") || host.matches("127(\\.\\d{1,3}){3}");
    }

    private static boolean isAnywhere(String host) {
        return host.equals("0.0.0.0") || host.equals("::");
    }

    static void requireKnown(Section section, String name, List<UpstreamConfig> upstreams) {
        List<String> names = upstreams.stream().map(UpstreamConfig::name).toList();
        if (!names.contains(name)) {
            section.problem("upstream", "found '" + name + "', which is not under 'upstreams'; "
                    + (names.isEmpty() ? "there are none" : Spelling.hint(name, names)));
        }
    }
}

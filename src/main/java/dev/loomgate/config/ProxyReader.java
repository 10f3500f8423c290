package dev.loomgate.config;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import dev.loomgate.config.RouteConfig.Kind;
import dev.loomgate.config.RouteConfig.Socket;

/** Reads what belongs to a reverse proxy. */
final class ProxyReader {
    private static final List<String> OF_GROUP = List.of("max-connections", "max-waiting", "wait-timeout", "connect-timeout",
            "idle-timeout", "lifetime", "retries", "slow-start", "balance");

    /** Names of groups that routes ask for, to be compared with those that there are. */
    private record Wanted(Section section, String name) {
    }

    private final List<Wanted> wanted = new ArrayList<>();

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
                return new RouteConfig.Proxy(Optional.of(name), Optional.empty(), prefix, host, forwarded, timeout);
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
            return new RouteConfig.Proxy(Optional.empty(), Optional.of(single),
                    path == null || path.isEmpty() ? Optional.empty() : Optional.of(path), host, forwarded, Optional.empty());
        });
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

    static void requireKnown(Section section, String name, List<UpstreamConfig> upstreams) {
        List<String> names = upstreams.stream().map(UpstreamConfig::name).toList();
        if (!names.contains(name)) {
            section.problem("upstream", "found '" + name + "', which is not under 'upstreams'; "
                    + (names.isEmpty() ? "there are none" : Spelling.hint(name, names)));
        }
    }
}

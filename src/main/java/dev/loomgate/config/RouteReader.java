package dev.loomgate.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** Reads one entry of {@code routes}. */
final class RouteReader {
    private static final List<String> HANDLERS =
            List.of("static", "cgi", "fastcgi", "scgi", "proxy", "java", "main", "rest", "servlet", "redirect", "respond");

    private final RouteRules rules;
    private final HandlerReader handlers;
    private final ResponderReader responders = new ResponderReader();
    private final ProxyReader proxies = new ProxyReader();
    private final RequestLimitsReader limits;
    private final WebReader web;

    RouteReader(RouteRules rules) {
        this.rules = rules;
        this.handlers = new HandlerReader(rules);
        this.limits = new RequestLimitsReader(rules);
        this.web = new WebReader(rules, responders);
    }

    /** The route, or nothing if it says so little that the rest can't be understood. */
    Optional<RouteConfig> read(Section section) {
        List<String> paths = section.list("path", List.of(), this::path);
        if (!section.has("path")) {
            section.problem("path", "is missing; it must be there, as in path: /docs/**");
        } else if (paths.isEmpty() && section.texts("path", List.of()).isEmpty()) {
            section.problem("path", "at least one path is needed");
        }
        List<String> hosts = section.list("host", List.of(), this::host);
        List<String> methods = section.list("methods", List.of(), RouteReader::method);
        OptionalLong maxBody = section.size("max-body", 0, Long.MAX_VALUE).map(OptionalLong::of).orElse(OptionalLong.empty());
        Optional<String> handler = section.required("handler", "handler: static");
        if (handler.isEmpty()) {
            return Optional.empty();
        }
        if (!HANDLERS.contains(handler.get())) {
            // which keys are allowed is anyone's guess then
            section.problem("handler", "found '" + handler.get() + "'; " + Spelling.hint(handler.get(), HANDLERS));
            return Optional.empty();
        }
        Optional<RouteConfig.Kind> kind = switch (handler.get()) {
            case "static" -> handlers.staticFiles(section);
            case "cgi" -> handlers.cgi(section);
            case "fastcgi" -> responders.fastCgi(section);
            case "scgi" -> responders.scgi(section);
            case "proxy" -> proxies.read(section);
            case "java" -> handlers.java(section);
            case "main" -> new MainProgramReader(rules).read(section);
            case "rest" -> handlers.rest(section);
            case "servlet" -> new ServletReader(rules).read(section);
            case "redirect" -> handlers.redirect(section);
            default -> Optional.of(handlers.respond(section));
        };
        RequestLimitsConfig requestLimits = limits.ofRoute(section);
        WebConfig around = web.ofRoute(section);
        section.finish();
        kind.ifPresent(known -> checkPaths(section, paths, known));
        return kind.filter(known -> !paths.isEmpty())
                .map(known -> new RouteConfig(section.line(), section.key(), paths, hosts, methods, maxBody,
                        requestLimits, around, known));
    }

    /** Notes the routes that ask for a group of servers that is not there. */
    void reportUnknown(List<UpstreamConfig> upstreams) {
        proxies.reportUnknown(upstreams);
        responders.reportUnknown(upstreams);
    }

    /** Notes the routes that lead back to themselves. */
    void reportLoops(List<ListenerConfig> listeners, List<UpstreamConfig> upstreams) {
        proxies.reportLoops(listeners, upstreams);
    }

    private String path(String text) {
        rules.path(text);
        return text;
    }

    private String host(String text) {
        rules.host(text);
        return text;
    }

    static String method(String text) {
        if (!text.matches("[A-Z][A-Z-]*")) {
            throw new IllegalArgumentException("a method is written in capital letters, such as GET or POST");
        }
        return text;
    }

    private static void checkPaths(Section section, List<String> paths, RouteConfig.Kind kind) {
        boolean wholeDirectories = switch (kind) {
            case StaticFilesConfig files -> true;
            case RouteConfig.Rest rest -> true;
            case RouteConfig.Servlet servlet -> true;
            case RouteConfig.Cgi cgi -> cgi.program() instanceof RouteConfig.Program.Root;
            case RouteConfig.FastCgi fastCgi -> fastCgi.files()
                    .filter(files -> files.program() instanceof RouteConfig.Program.Root).isPresent();
            case RouteConfig.Scgi scgi -> scgi.files().isPresent();
            case RouteConfig.Proxy proxy -> false;
            case RouteConfig.Java java -> false;
            case RouteConfig.Main main -> false;
            case RouteConfig.Redirect redirect -> false;
            case RouteConfig.Respond respond -> false;
        };
        for (String path : paths) {
            if (wholeDirectories && path.endsWith("/")) {
                section.problem("path", "found '" + path + "', which takes that one address only; write " + path
                        + "** for everything below it");
            } else if ((kind instanceof RouteConfig.Rest || kind instanceof RouteConfig.Servlet) && !path.endsWith("/**")) {
                section.problem("path", "found '" + path + "'; " + (kind instanceof RouteConfig.Rest ? "a REST service"
                        : "a servlet application") + " has paths of its own below the route's: write "
                        + path.replaceAll("/?\\*.*$", "") + "/**");
            }
        }
    }

    /** Everything that the route takes, one line each for a path, a host and a method. */
    List<String> conditions(RouteConfig route) {
        var conditions = new ArrayList<String>();
        List<String> hosts = route.hosts().isEmpty() ? List.of("") : route.hosts();
        List<String> methods = route.methods().isEmpty() ? List.of("any method of") : route.methods();
        for (String path : route.paths()) {
            for (String host : hosts) {
                methods.forEach(method -> conditions.add(method + " " + place(path, host)));
            }
        }
        return conditions;
    }

    private String place(String path, String host) {
        return rules.path(path) + (host.isEmpty() ? "" : " of " + rules.host(host));
    }
}

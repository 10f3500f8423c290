package dev.loomgate.server;

import java.util.List;

import dev.loomgate.config.RouteConfig;

/** By what a route is known again after a reload: what requests it is for, and not its place or what answers them. */
record RouteIdentity(List<String> hosts, List<String> paths, List<String> methods) {
    static RouteIdentity of(RouteConfig config) {
        return new RouteIdentity(config.hosts(), config.paths(), WebSettings.methods(config));
    }
}

package dev.loomgate.route;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

import io.helidon.http.Method;

/** The routes of one host condition, by path: those without wildcards by hash, the others in the order of precedence. */
final class PathTable {
    private final Map<String, Place> exact = new HashMap<>();
    private final Place[] wildcards;

    /** @param mounts each path of each route, in the order in which the routes were declared */
    PathTable(List<Mount> mounts) {
        var byPattern = new TreeMap<PathPattern, List<Mount>>();
        mounts.forEach(mount -> byPattern.computeIfAbsent(mount.pattern(), pattern -> new ArrayList<>()).add(mount));
        var sorted = new ArrayList<Place>();
        byPattern.forEach((pattern, atPattern) -> {
            var place = new Place(pattern, atPattern);
            if (pattern.isExact()) {
                exact.put(pattern.toString(), place);
            } else {
                sorted.add(place);
            }
        });
        wildcards = sorted.toArray(Place[]::new);
    }

    /** The place of a path without wildcards, or {@code null}: it precedes all others. */
    Place exact(String path) {
        return exact.get(path);
    }

    /** All other places; the first that matches has precedence. */
    Place[] wildcards() {
        return wildcards;
    }

    /** All routes of one pattern. Those with a method condition are asked before those without. */
    static final class Place {
        private final PathPattern pattern;
        private final Mount[] mounts;
        private final String allow;

        private Place(PathPattern pattern, List<Mount> mounts) {
            this.pattern = pattern;
            this.mounts = mounts.stream().sorted((a, b) -> Boolean.compare(forAnyMethod(a), forAnyMethod(b))).toArray(Mount[]::new);
            Set<String> methods = new LinkedHashSet<>();
            mounts.forEach(mount -> mount.route().methods().stream().map(Method::text).forEach(methods::add));
            methods.add(Method.OPTIONS_NAME);
            this.allow = String.join(", ", methods);
        }

        private static boolean forAnyMethod(Mount mount) {
            return mount.route().methods().isEmpty();
        }

        boolean matches(String path) {
            return pattern.matches(path);
        }

        Mount[] mounts() {
            return mounts;
        }

        /** Value of the {@code Allow} field when no route of this place takes a method. */
        String allow() {
            return allow;
        }
    }
}

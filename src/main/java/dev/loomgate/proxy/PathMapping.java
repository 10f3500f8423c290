package dev.loomgate.proxy;

import java.util.Optional;

import dev.loomgate.route.PathEncoding;

/**
 * What a path of this server is called by the server behind it, and the other way round.
 *
 * @param mount  the route's directory, decoded, without slash at its end
 * @param prefix what takes its place, percent-encoded; empty if paths stay as they are
 */
record PathMapping(String mount, Optional<String> prefix) {
    private static final int ENCODED_SLASH = 3;

    /** The path that the server is asked for. */
    String toServer(String rawPath) {
        if (prefix.isEmpty()) {
            return rawPath;
        }
        int segments = (int) mount.chars().filter(c -> c == '/').count();
        int end = 0;
        for (int i = 0; i < segments && end >= 0; i++) {
            end = slash(rawPath, end + 1);
        }
        String rest = end < 0 ? "" : rawPath.substring(segments == 0 ? 0 : end);
        return join(prefix.get(), rest.startsWith("%") ? '/' + rest.substring(ENCODED_SLASH) : rest);
    }

    /** Where the next slash is, as it stands or encoded: the route was found by a path in which both are the same. */
    private static int slash(String rawPath, int from) {
        for (int i = from; i < rawPath.length(); i++) {
            char c = rawPath.charAt(i);
            if (c == '/' || c == '%' && rawPath.regionMatches(true, i, "%2f", 0, ENCODED_SLASH)) {
                return i;
            }
        }
        return -1;
    }

    /** The path that clients ask for; empty if the server's path is none that they can ask for. */
    Optional<String> toClient(String path) {
        if (prefix.isEmpty()) {
            return Optional.of(path);
        }
        String root = prefix.get().endsWith("/") ? prefix.get().substring(0, prefix.get().length() - 1) : prefix.get();
        if (!path.startsWith(root) || path.length() > root.length() && "/?#".indexOf(path.charAt(root.length())) < 0) {
            return Optional.empty();
        }
        return Optional.of(join(PathEncoding.encode(mount), path.substring(root.length())));
    }

    private static String join(String directory, String rest) {
        if (rest.isEmpty()) {
            return directory.isEmpty() ? "/" : directory;
        }
        boolean slash = rest.startsWith("/");
        if (directory.endsWith("/")) {
            return slash ? directory + rest.substring(1) : directory + rest;
        }
        return slash || rest.startsWith("?") || rest.startsWith("#") ? directory + rest : directory + '/' + rest;
    }
}

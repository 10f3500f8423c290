package dev.loomgate.route;

/**
 * Which request paths a route takes. A pattern is compared with the {@linkplain CanonicalPath canonical} path of a request:
 * percent-decoded, with merged slashes and resolved dot segments. Letter case counts.
 *
 * <table>
 * <caption>Patterns</caption>
 * <tr><td>{@code /about}</td><td>this path and no other; not {@code /about/}</td></tr>
 * <tr><td>{@code /docs/**}</td><td>{@code /docs}, {@code /docs/} and everything below</td></tr>
 * <tr><td>{@code /docs/*}</td><td>one segment below {@code /docs/}, not empty</td></tr>
 * <tr><td>{@code /bin/*.cgi}</td><td>a file of that ending straight in {@code /bin/}</td></tr>
 * <tr><td>{@code /bin/**}{@code /*.cgi}</td><td>a file of that ending in {@code /bin/} or at any depth below</td></tr>
 * <tr><td>{@code *.php}</td><td>short for {@code /**}{@code /*.php}</td></tr>
 * <tr><td>{@code *.php/**}</td><td>as before, with or without extra path after the file, as in {@code /a.php/extra}</td></tr>
 * </table>
 *
 * <p><b>Precedence</b> is the natural order: the pattern that is tried first comes first. A path without wildcards precedes
 * every other. Then the longest directory (what stands before the first wildcard) wins, so {@code /uploads/**} precedes
 * {@code *.php}, whose directory is {@code /}. Within one directory, patterns with an ending precede patterns without, one
 * level precedes any depth, without extra path precedes with, and a longer ending precedes a shorter one.
 *
 * <p>Matching does not allocate.
 */
public final class PathPattern implements Comparable<PathPattern> {
    private final String text;
    private final String exact;
    private final String directory;
    private final boolean deep;
    private final String ending;
    private final boolean extraPath;

    private PathPattern(String text, String exact, String directory, boolean deep, String ending, boolean extraPath) {
        this.text = text;
        this.exact = exact;
        this.directory = directory;
        this.deep = deep;
        this.ending = ending;
        this.extraPath = extraPath;
    }

    /**
     * Reads a pattern.
     *
     * @throws IllegalArgumentException with a message for the person who wrote the pattern: what is wrong and what is allowed
     */
    public static PathPattern parse(String text) {
        String full = text.startsWith("*.") ? "/**/" + text : text;
        checkCharacters(text, full);
        int wildcard = full.indexOf('*');
        if (wildcard < 0) {
            return new PathPattern(full, full, full.substring(0, full.lastIndexOf('/') + 1), false, null, false);
        }
        String directory = full.substring(0, wildcard);
        String rest = full.substring(wildcard);
        if (!directory.endsWith("/")) {
            throw new IllegalArgumentException("a '*' must follow a '/': write " + directory.substring(0,
                    directory.lastIndexOf('/') + 1) + "** for everything in that directory");
        }
        boolean deep = rest.startsWith("**/") && rest.length() > 3;
        String file = deep ? rest.substring(3) : rest;
        return switch (file) {
            case "**" -> new PathPattern(full, null, directory, true, null, false);
            case "*" -> new PathPattern(full, null, directory, deep, null, false);
            default -> withEnding(full, directory, deep, file);
        };
    }

    private static PathPattern withEnding(String full, String directory, boolean deep, String file) {
        boolean extraPath = file.endsWith("/**");
        String ending = file.substring(file.startsWith("*") ? 1 : 0, extraPath ? file.length() - 3 : file.length());
        if (!file.startsWith("*") || ending.isEmpty() || ending.indexOf('*') >= 0 || ending.indexOf('/') >= 0) {
            throw new IllegalArgumentException("'*' stands in a place where it can't: allowed are /dir/**, /dir/*, /dir/*.ext, "
                    + "/dir/**/*.ext and *.ext, the last three also with /** behind");
        }
        return new PathPattern(full, null, directory, deep, ending, extraPath);
    }

    private static void checkCharacters(String text, String full) {
        if (!full.startsWith("/")) {
            throw new IllegalArgumentException("a path starts with '/' (or is an ending such as *.php): write /" + text);
        }
        if (full.contains("//") || (full + "/").contains("/./") || (full + "/").contains("/../")) {
            throw new IllegalArgumentException("a path can't hold '//', '/./' or '/../': requests are compared after these are "
                    + "resolved");
        }
        if (full.indexOf('?') >= 0 || full.indexOf('#') >= 0) {
            throw new IllegalArgumentException("a path has no query and no fragment: requests are compared without them");
        }
        if (full.indexOf('{') >= 0) {
            throw new IllegalArgumentException("named parameters such as {name} are for REST services; write /* for one level");
        }
        for (int percent = full.indexOf('%'); percent >= 0; percent = full.indexOf('%', percent + 1)) {
            if (percent + 2 < full.length() && Character.digit(full.charAt(percent + 1), 16) >= 0
                    && Character.digit(full.charAt(percent + 2), 16) >= 0) {
                String code = full.substring(percent, percent + 3);
                throw new IllegalArgumentException("write the character itself instead of " + code
                        + ": requests are compared after decoding");
            }
        }
    }

    /** Whether this pattern takes a canonical path. */
    public boolean matches(String path) {
        if (exact != null) {
            return exact.equals(path);
        }
        if (!path.startsWith(directory)) {
            return deep && ending == null && path.length() == directory.length() - 1 && directory.startsWith(path);
        }
        if (ending == null) {
            return deep || path.length() > directory.length() && path.indexOf('/', directory.length()) < 0;
        }
        return endingMatches(path);
    }

    private boolean endingMatches(String path) {
        int segment = directory.length();
        while (true) {
            int slash = path.indexOf('/', segment);
            int end = slash < 0 ? path.length() : slash;
            boolean last = slash < 0;
            if ((last || extraPath) && end - segment >= ending.length() && path.startsWith(ending, end - ending.length())) {
                return true;
            }
            if (last || !deep) {
                return false;
            }
            segment = slash + 1;
        }
    }

    /**
     * The part of the path that a handler's root directory stands for: the directory before the first wildcard or, without
     * one, before the last slash; no slash at its end. {@code /docs} for {@code /docs/**}, empty for {@code *.php}.
     */
    public String mount() {
        return directory.substring(0, directory.length() - 1);
    }

    /**
     * The path that a program stands at which answers for this pattern ({@code SCRIPT_NAME} of RFC 3875): the whole path if it
     * has no wildcard, else {@link #mount()}; no slash at its end. {@code /pets} for {@code /pets} and for {@code /pets/**}.
     */
    public String scriptName() {
        return exact != null && !exact.endsWith("/") ? exact : mount();
    }

    /** Whether the pattern has no wildcard. */
    public boolean isExact() {
        return exact != null;
    }

    /** Whether the pattern takes whole directories ({@code /x/**}), as handlers with paths of their own need it. */
    public boolean isPrefix() {
        return exact == null && deep && ending == null;
    }

    // Not Comparator.comparing: for each of these the JVM makes a class when the server starts, and keeps none in its cache.
    @Override
    public int compareTo(PathPattern other) {
        int order = Boolean.compare(exact == null, other.exact == null);
        if (order == 0) {
            order = Integer.compare(other.directory.length(), directory.length());
        }
        if (order == 0) {
            order = Boolean.compare(ending == null, other.ending == null);
        }
        if (order == 0) {
            order = Boolean.compare(deep, other.deep);
        }
        if (order == 0) {
            order = Boolean.compare(extraPath, other.extraPath);
        }
        if (order == 0 && ending != null) {
            order = Integer.compare(other.ending.length(), ending.length());
        }
        return order == 0 ? text.compareTo(other.text) : order;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof PathPattern pattern && text.equals(pattern.text);
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }

    /** The pattern in its long form: {@code /**}{@code /*.php} for {@code *.php}. */
    @Override
    public String toString() {
        return text;
    }
}

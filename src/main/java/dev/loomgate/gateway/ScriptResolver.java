package dev.loomgate.gateway;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Optional;

import io.helidon.http.Status;

/**
 * Finds the script that a request path names and splits the path into SCRIPT_NAME and PATH_INFO (RFC 3875 section 3.3):
 * either by walking a directory of scripts, where the first segment that is a file is the script and the rest is the extra
 * path, or by giving everything below a prefix to one script.
 *
 * <p>No path leaves the root: the path is decoded once, encoded slashes and NUL are refused, dot segments are resolved before
 * the walk, names that begin with a dot are not scripts, and each step is looked at without following symbolic links, which
 * are followed as {@link Symlinks} says. The check and the run are two moments: who can write to the root between them can
 * run what he likes anyway.
 *
 * <p>Immutable and safe for use by many threads; nothing is cached, so files may come and go.
 */
public final class ScriptResolver {
    private final String prefix;
    private final Path root;
    private final ScriptRules rules;
    private final Optional<Script> single;

    private ScriptResolver(String prefix, Path root, ScriptRules rules, Optional<Script> single) {
        this.prefix = requirePrefix(prefix);
        this.root = root;
        this.rules = rules;
        this.single = single;
    }

    /**
     * Scripts in a directory and below.
     *
     * @param urlPrefix decoded path that stands for the directory: empty, or beginning with a slash and ending without one
     * @param root      the directory; may be missing now and come later
     * @param rules     which files are scripts
     * @throws IllegalArgumentException if the prefix is not of this form
     */
    public static ScriptResolver ofDirectory(String urlPrefix, Path root, ScriptRules rules) {
        return new ScriptResolver(urlPrefix, root.toAbsolutePath().normalize(), rules, Optional.empty());
    }

    /**
     * One script for everything at and below a prefix, such as {@code git-http-backend}. It is not checked whether the file
     * is there: running it tells.
     *
     * @param urlPrefix   as in {@link #ofDirectory}
     * @param script      the program or file
     * @param interpreter command that runs the file, or empty if the file is executable
     * @throws IllegalArgumentException if the prefix is not of this form
     */
    public static ScriptResolver ofScript(String urlPrefix, Path script, List<String> interpreter) {
        Path file = script.toAbsolutePath().normalize();
        return new ScriptResolver(urlPrefix, file.getParent(), ScriptRules.defaults(),
                Optional.of(new Script(Octets.of(urlPrefix), "", file, interpreter)));
    }

    private static String requirePrefix(String prefix) {
        if (!prefix.isEmpty() && (!prefix.startsWith("/") || prefix.endsWith("/"))) {
            throw new IllegalArgumentException("URL prefix '" + prefix
                    + "' must be empty, or begin with a slash and end without one");
        }
        return Octets.of(prefix);
    }

    /** The script, if all requests are for the same. */
    public Optional<Script> single() {
        return single;
    }

    /** The directory of scripts, or the single script's directory; absolute. */
    public Path root() {
        return root;
    }

    /**
     * Finds the script.
     *
     * @param rawPath the path as it stood in the request: encoded, without query
     * @return the script, or what else the path leads to
     */
    public Resolution resolve(String rawPath) {
        try {
            String path = UrlPath.decode(rawPath);
            if (!path.startsWith(prefix) || path.length() > prefix.length() && path.charAt(prefix.length()) != '/') {
                return notFound("'" + path + "' is not below '" + prefix + "'");
            }
            if (single.isPresent()) {
                Script script = single.get();
                return new Script(script.name(), path.substring(prefix.length()), script.file(), script.interpreter());
            }
            return walk(path);
        } catch (GatewayException e) {
            return new Resolution.Refused(e.status(), e.getMessage());
        } catch (NoSuchFileException e) {
            return notFound("'" + e.getFile() + "' does not exist");
        } catch (AccessDeniedException e) {
            return forbidden("'" + e.getFile() + "' may not be looked at: give this server's user permission to");
        } catch (FileSystemException e) {
            // such as a name that is too long, or a loop of links
            return notFound("'" + e.getFile() + "': " + e.getReason());
        } catch (IOException e) {
            return new Resolution.Refused(Status.INTERNAL_SERVER_ERROR_500, e.toString());
        }
    }

    private Resolution walk(String path) throws IOException {
        Path directory = root;
        int at = prefix.length();
        while (at < path.length()) {
            int next = path.indexOf('/', at + 1);
            int end = next < 0 ? path.length() : next;
            String segment = path.substring(at + 1, end);
            at = end;
            if (segment.isEmpty()) {
                // a slash doubled, or the last one
                if (end == path.length()) {
                    return index(directory, path);
                }
                continue;
            }
            Optional<String> name = Octets.decode(segment);
            if (segment.startsWith(".") || name.isEmpty()) {
                return notFound("'" + segment + "' below '" + directory + "' is no name of a script");
            }
            Path file = child(directory, name.get());
            BasicFileAttributes attributes = attributesIfAllowed(file);
            if (attributes == null) {
                return forbidden("symbolic link '" + file + "' is not allowed here: see the route's symlinks setting");
            }
            if (attributes.isRegularFile()) {
                return script(file, path.substring(0, end), path.substring(end));
            }
            if (!attributes.isDirectory()) {
                return notFound("'" + file + "' is neither a file nor a directory");
            }
            directory = file;
        }
        return missingSlash(directory, path);
    }

    private static Path child(Path directory, String name) throws NoSuchFileException {
        try {
            return directory.resolve(name);
        } catch (InvalidPathException e) {
            // the system's file name encoding can't say it, so it is not there
            throw new NoSuchFileException(directory + "/" + e.getInput());
        }
    }

    /** Attributes of what is at the path or where the link there leads; null for a link that is not to be followed. */
    private BasicFileAttributes attributesIfAllowed(Path file) throws IOException {
        var attributes = Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        if (!attributes.isSymbolicLink()) {
            return attributes;
        }
        boolean allowed = switch (rules.symlinks()) {
            case REFUSE -> false;
            case INSIDE -> file.toRealPath().startsWith(root.toRealPath());
            case FOLLOW -> true;
        };
        return allowed ? Files.readAttributes(file, BasicFileAttributes.class) : null;
    }

    private Resolution script(Path file, String name, String pathInfo) {
        String fileName = file.getFileName().toString();
        if (!rules.isScript(fileName)) {
            return new Resolution.NotAScript("'" + file + "' has none of the extensions " + rules.extensions());
        }
        List<String> interpreter = rules.interpreterOf(fileName);
        if (interpreter.isEmpty() && rules.executable() && !Files.isExecutable(file)) {
            return forbidden("'" + file + "' is not executable for this server's user: chmod +x '" + file + "'");
        }
        return new Script(name, pathInfo, file, interpreter);
    }

    private Resolution index(Path directory, String path) throws IOException {
        Optional<Path> index = indexOf(directory);
        if (index.isEmpty()) {
            return forbidden("'" + directory + "' is a directory without an index script");
        }
        // the index is part of the script's name, as if the client had asked for it
        return script(index.get(), path + Octets.of(index.get().getFileName()), "");
    }

    private Resolution missingSlash(Path directory, String path) throws IOException {
        if (indexOf(directory).isEmpty()) {
            return forbidden("'" + directory + "' is a directory without an index script");
        }
        return new Resolution.MissingSlash(UrlPath.encode(path + "/"));
    }

    private Optional<Path> indexOf(Path directory) throws IOException {
        for (String name : rules.index()) {
            Path file = directory.resolve(name);
            if (Files.exists(file)) {
                BasicFileAttributes attributes = attributesIfAllowed(file);
                if (attributes != null && attributes.isRegularFile()) {
                    return Optional.of(file);
                }
            }
        }
        return Optional.empty();
    }

    private static Resolution notFound(String reason) {
        return new Resolution.Refused(Status.NOT_FOUND_404, reason);
    }

    private static Resolution forbidden(String reason) {
        return new Resolution.Refused(Status.FORBIDDEN_403, reason);
    }
}

package dev.loomgate.gateway.fastcgi;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A FastCGI program that this server starts.
 *
 * @param words            program, by its whole path, and arguments
 * @param children         requests that it can work on at once, 1 or more: processes, or children of one process for php-cgi
 * @param maxRequests      requests after which a child of php-cgi is replaced by a new one, above zero
 * @param environment      its whole environment
 * @param workingDirectory where it runs
 */
public record ResponderCommand(List<String> words, int children, int maxRequests, Map<String, String> environment,
                               Path workingDirectory) {
    /**
     * Checks every part.
     *
     * @throws IllegalArgumentException naming what is wrong
     */
    public ResponderCommand {
        words = List.copyOf(words);
        environment = Map.copyOf(environment);
        if (words.isEmpty() || children < 1 || maxRequests < 1) {
            throw new IllegalArgumentException("a command " + words + " with " + children + " children and " + maxRequests
                    + " requests can't be: all must be one or more");
        }
    }

    /** The program. */
    Path program() {
        return Path.of(words.getFirst());
    }

    /** Whether it is php-cgi, which has children of its own: so they share one cache of compiled scripts. */
    boolean isPhp() {
        String name = program().getFileName().toString();
        return name.startsWith("php") && name.contains("cgi");
    }

    /** How many processes to start. */
    int processes() {
        return isPhp() ? 1 : children;
    }

    /** The command line, for a program that finds its socket as its standard input, or has to open this one. */
    List<String> words(boolean handedOver, Path socket) {
        if (handedOver) {
            return words;
        }
        var all = new ArrayList<>(words);
        all.add("-b");
        all.add(socket.toString());
        return all;
    }

    /** The environment of each process. */
    Map<String, String> variables() {
        if (!isPhp()) {
            return environment;
        }
        var variables = new LinkedHashMap<String, String>();
        variables.put("PHP_FCGI_CHILDREN", children == 1 ? "0" : String.valueOf(children));
        variables.put("PHP_FCGI_MAX_REQUESTS", String.valueOf(maxRequests));
        variables.putAll(environment);
        return variables;
    }
}

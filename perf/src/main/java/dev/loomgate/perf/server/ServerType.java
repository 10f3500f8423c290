package dev.loomgate.perf.server;

import java.util.List;
import java.util.Set;

/**
 * A server that can be measured.
 *
 * @param name what users name it by
 * @param family what it is compared as
 * @param title what it is, in a few words
 * @param abilities what it can serve
 * @param prefix put before the paths of the handler; empty, or the script that is the handler
 * @param programs what has to be installed, as {@code program=package}
 */
public record ServerType(String name, Family family, String title, Set<Ability> abilities, String prefix,
        List<String> programs) {
    /** What a server is compared as. */
    public enum Family {
        /** Loomgate, on virtual threads. */
        LOOMGATE,
        /** One of the classic models. */
        MODEL,
        /** A server for the JVM. */
        JVM_PEER,
        /** A server in C. */
        NATIVE_PEER
    }

    /** What can be served. */
    public enum Ability {
        /** A fixed text. */
        TEXT,
        /** The whole handler. */
        WORK,
        /** The part of the handler that needs nothing of Java's: no database, no backend. */
        PORTABLE_WORK,
        /** Files. */
        FILES,
        /** CGI programs by fork and exec. */
        CGI,
        /** Scripts by the best means it has. */
        SCRIPTS,
        /** PHP over FastCGI. */
        PHP
    }

    /** What is not installed of {@link #programs}, as what to install; empty if all is there. */
    public List<String> missing() {
        return programs.stream().filter(entry -> Programs.find(entry.substring(0, entry.indexOf('='))) == null)
                .map(entry -> entry.substring(entry.indexOf('=') + 1)).toList();
    }
}

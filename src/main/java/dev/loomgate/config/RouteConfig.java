package dev.loomgate.config;

import java.nio.charset.Charset;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A route: which requests, and what answers them.
 *
 * @param line    line of the file where it begins
 * @param key     key path of the route, such as {@code routes[2]}
 * @param paths   path patterns, at least one
 * @param hosts   host conditions; empty for any host
 * @param methods methods in upper case; empty for all
 * @param maxBody longest request body, in bytes, instead of the guard's
 * @param limits  what requests are held to
 * @param web     what is done around the answers
 * @param kind    what answers
 */
public record RouteConfig(int line, String key, List<String> paths, List<String> hosts, List<String> methods,
                          OptionalLong maxBody, RequestLimitsConfig limits, WebConfig web, Kind kind) {
    /** Copies the lists. */
    public RouteConfig {
        paths = List.copyOf(paths);
        hosts = List.copyOf(hosts);
        methods = List.copyOf(methods);
    }

    /** What answers the requests of a route: one record for each value of the key {@code handler}. */
    public sealed interface Kind
            permits StaticFilesConfig, Cgi, Scgi, FastCgi, Proxy, Java, Main, Rest, Servlet, Redirect, Respond {
        /** The value of the key {@code handler}. */
        String handler();
    }

    /** What to do with symbolic links below a root. */
    public enum Symlinks {
        /** Refuse paths that hold one. */
        REFUSE,
        /** Follow those that lead to a place below the root. */
        INSIDE,
        /** Follow all. */
        FOLLOW
    }

    /**
     * CGI programs (RFC 3875), a process a request.
     *
     * @param program           a directory of scripts, or one program
     * @param extensions        endings of files that are scripts, with dot; empty for all
     * @param index             script for a directory, if any
     * @param environment       variables for every script; <code>${here}</code> in the file stands for its directory
     * @param passEnvironment   names of the server's own variables that scripts get
     * @param passAuthorization whether scripts see the {@code Authorization} field; default false
     * @param queryArguments    whether a query without {@code =} becomes a script's arguments (RFC 3875 section 4.4); default false
     * @param timeout           how long a script may be silent; default 60s
     * @param runTimeout        how long it may run in all; default without limit
     * @param maxProcesses      most processes at once; default 64
     * @param maxQueue          most requests that wait for one; default 1024
     * @param queueTimeout      how long a request waits before it is answered with 503; default 10s
     * @param bodyMemory        bytes of a body of unknown length that are kept in memory, before a file; default 64k
     * @param symlinks          default refuse
     * @param documentRoot      {@code DOCUMENT_ROOT}, and what {@code PATH_TRANSLATED} counts from; default the root
     * @param interpreters      program that runs scripts of an ending (with dot); others run by themselves
     * @param memoryLimit       bytes of address space of a script's process; default without limit
     * @param running           how scripts are started
     */
    public record Cgi(Program program, List<String> extensions, Optional<String> index, Map<String, String> environment,
                      List<String> passEnvironment, boolean passAuthorization, boolean queryArguments, Duration timeout,
                      Optional<Duration> runTimeout, int maxProcesses, int maxQueue, Duration queueTimeout, int bodyMemory,
                      Symlinks symlinks, Optional<Path> documentRoot, Map<String, String> interpreters, OptionalLong memoryLimit,
                      Running running) implements Kind {
        @Override
        public String handler() {
            return "cgi";
        }
    }

    /** What starts a script for a request. */
    public enum Mode {
        /** A fork server for scripts in Perl and Python that can have one, {@code exec} for the others. */
        AUTO,
        /** The script, as a program of its own. */
        EXEC,
        /** A fork server, for every script. */
        FORKSERVER
    }

    /**
     * How scripts are started.
     *
     * @param mode        default auto
     * @param exec        globs of scripts that are started anew for each request, whatever the mode; default none
     * @param idleTimeout how long a fork server stays without a request; default 10m
     * @param requests    how many requests a process of a fork server serves before it ends; default 1
     * @param spare       how many processes of each script that is loaded wait for a request, at most as many as may run at once;
     *                    default 0
     */
    public record Running(Mode mode, List<String> exec, Duration idleTimeout, int requests, int spare) {
        /** Copies the list. */
        public Running {
            exec = List.copyOf(exec);
        }
    }

    /** Where CGI programs are. */
    public sealed interface Program {
        /** A directory of them. */
        record Root(Path directory) implements Program {
        }

        /** One that gets every request of the route, with the path below the route as {@code PATH_INFO}. */
        record Script(Path file) implements Program {
        }
    }

    /**
     * Scripts that another program runs.
     *
     * @param program    a directory of scripts, or one
     * @param extensions endings of files that are scripts, with dot; empty for all
     * @param index      script for a directory, if any
     * @param symlinks   default refuse
     */
    public record ScriptFiles(Program program, List<String> extensions, Optional<String> index, Symlinks symlinks) {
    }

    /** Where a program listens. */
    public sealed interface Socket {
        /** A Unix-domain socket. */
        record Unix(Path path) implements Socket {
        }

        /** A port of a machine. */
        record Tcp(String host, int port) implements Socket {
        }
    }

    /**
     * Limits of a program that listens on a socket.
     *
     * @param environment       variables with every request; <code>${here}</code> in the file stands for its directory
     * @param passAuthorization whether it sees the {@code Authorization} field; default false
     * @param timeout           how long it may be silent; default 60s
     * @param runTimeout        how long a request may take in all; default without limit
     * @param maxConnections    most connections at once; default 64
     * @param maxQueue          most requests that wait for one; default 1024
     * @param queueTimeout      how long a request waits before it is answered with 503; default 10s
     * @param connectTimeout    how long connecting may take; default 5s
     * @param bodyMemory        bytes of a body of unknown length that are kept in memory, before a file; default 64k
     * @param documentRoot      {@code DOCUMENT_ROOT}, and what {@code PATH_TRANSLATED} counts from
     */
    public record ResponderLimits(Map<String, String> environment, boolean passAuthorization, Duration timeout,
                                  Optional<Duration> runTimeout, int maxConnections, int maxQueue, Duration queueTimeout,
                                  Duration connectTimeout, int bodyMemory, Optional<Path> documentRoot) {
    }

    /**
     * A program that speaks SCGI.
     *
     * @param files     the scripts that it runs; empty if it is itself the application that answers
     * @param responder the program; never a {@link Responder.Command}
     * @param limits    its limits
     */
    public record Scgi(Optional<ScriptFiles> files, Responder responder, ResponderLimits limits) implements Kind {
        @Override
        public String handler() {
            return "scgi";
        }
    }

    /** A program that speaks FastCGI or SCGI. */
    public sealed interface Responder {
        /** One that listens somewhere. */
        record At(Socket socket) implements Responder {
        }

        /**
         * One of a group.
         *
         * @param name name of the group
         */
        record Upstream(String name) implements Responder {
        }

        /**
         * One that the server starts.
         *
         * @param words       program, by name or whole path, and arguments
         * @param children    requests that it works on at once; default 8
         * @param maxRequests requests after which a child of php-cgi is replaced; default 10000
         */
        record Command(List<String> words, int children, int maxRequests) implements Responder {
        }
    }

    /**
     * A program that speaks FastCGI.
     *
     * @param files     the scripts that it runs; empty if it is itself the application that answers
     * @param responder the program
     * @param keepAlive how long a connection is kept for the next request, zero for none; default 10s
     * @param limits    its limits
     */
    public record FastCgi(Optional<ScriptFiles> files, Responder responder, Duration keepAlive, ResponderLimits limits)
            implements Kind {
        @Override
        public String handler() {
            return "fastcgi";
        }
    }

    /**
     * Another server, or a group of them, that answers by HTTP.
     *
     * @param upstream  name of the group
     * @param to        if there is none: the one server
     * @param prefix    path that takes the place of the route's; without one the path stays as it is
     * @param host      what the server gets as Host
     * @param forwarded what it gets to know about the client
     * @param timeout   how long the server may be silent; default is that of the group
     */
    public record Proxy(Optional<String> upstream, Optional<UpstreamConfig> to, Optional<String> prefix, ProxyHost host,
                        Forwarded forwarded, Optional<Duration> timeout) implements Kind {
        @Override
        public String handler() {
            return "proxy";
        }
    }

    /**
     * What a server gets as Host.
     *
     * @param text the host
     */
    public record ProxyHost(String text) {
        /** What the client sent. */
        public static final ProxyHost CLIENTS = new ProxyHost("client");
        /** The server's own address. */
        public static final ProxyHost SERVERS = new ProxyHost("server");
    }

    /** What servers get to know about clients in X-Forwarded-For and its like, and in Forwarded (RFC 7239). */
    public enum Forwarded {
        /** Who this server knows the client to be; what came in such fields is taken out. */
        REPLACE,
        /** The same, behind what came. */
        APPEND,
        /** Nothing; what came is taken out. */
        NONE
    }

    /**
     * A Java class.
     *
     * @param type       name of a {@code dev.loomgate.handler.Handler} or {@code WebSocketHandler}, a Helidon {@code Handler} or an
     *                   {@code HttpService}
     * @param classPath  jars and directories that it is loaded from, beside what the server itself has
     * @param settings   what the class gets to know; <code>${here}</code> in the file stands for its directory
     * @param webSockets limits of WebSockets
     */
    public record Java(String type, List<Path> classPath, Map<String, String> settings, WebSockets webSockets) implements Kind {
        @Override
        public String handler() {
            return "java";
        }
    }

    /**
     * Limits of WebSockets.
     *
     * @param maxMessage  longest message in bytes; default 1m
     * @param idleTimeout how long a client may be silent; default 60s
     * @param origins     pages that may connect; empty, which is the default, for those of the same host
     */
    public record WebSockets(int maxMessage, Duration idleTimeout, List<String> origins) {
        /** The defaults. */
        public static final WebSockets DEFAULT = new WebSockets(1 << 20, Duration.ofMinutes(1), List.of());
    }

    /**
     * A Java CGI program with a main method, run in this JVM.
     *
     * @param classPath         jars and directories of the program, at least one
     * @param type              class that has the main method; by default the one that a manifest names
     * @param arguments         of the main method
     * @param properties        system properties; <code>${here}</code> in the file stands for its directory
     * @param isolation         whether each request has static fields of its own; default request
     * @param charset           of the program's output and error output; default utf-8
     * @param environment       as for {@link Cgi}
     * @param passEnvironment   as for {@link Cgi}
     * @param passAuthorization as for {@link Cgi}
     * @param timeout           how long the program may neither write nor read; default 60s
     * @param runTimeout        how long it may run in all; default without limit
     * @param bodyMemory        as for {@link Cgi}
     * @param documentRoot      as for {@link Cgi}; default the directory of the first jar
     */
    public record Main(List<Path> classPath, Optional<String> type, List<String> arguments, Map<String, String> properties,
                       Isolation isolation, Charset charset, Map<String, String> environment, List<String> passEnvironment,
                       boolean passAuthorization, Duration timeout, Optional<Duration> runTimeout, int bodyMemory,
                       Optional<Path> documentRoot) implements Kind {
        @Override
        public String handler() {
            return "main";
        }
    }

    /** What requests of a Java program have in common. */
    public enum Isolation {
        /** Nothing: static fields are fresh for each. */
        REQUEST,
        /** Static fields. */
        SHARED
    }

    /**
     * REST services of Helidon.
     *
     * @param type      name of an {@code HttpService}; without it all that {@code ServiceLoader} finds on the class path
     * @param classPath as for {@link Java}
     * @param settings  as for {@link Java}
     */
    public record Rest(Optional<String> type, List<Path> classPath, Map<String, String> settings) implements Kind {
        @Override
        public String handler() {
            return "rest";
        }
    }

    /**
     * A servlet application: a WAR or classes.
     *
     * @param war        packed WAR, or directory of one; without it there are classes
     * @param classPath  jars and directories of classes, if there is no WAR
     * @param type       servlet of the class path that gets what no other takes; without it, annotations say what is there
     * @param settings   initialisation parameters; <code>${here}</code> in the file stands for its directory
     * @param migration  whether {@code javax.servlet} is made {@code jakarta.servlet}; default auto
     * @param cache      directory for migrated copies; default is one for temporary files
     * @param reload     whether files that change are deployed while the server runs; default true
     * @param background whether the server begins to serve before the application has started; default false
     */
    public record Servlet(Optional<Path> war, List<Path> classPath, Optional<String> type, Map<String, String> settings,
                          Migration migration, Optional<Path> cache, boolean reload, boolean background)
            implements Kind {
        @Override
        public String handler() {
            return "servlet";
        }
    }

    /** When a servlet application is migrated from {@code javax.servlet} to {@code jakarta.servlet}. */
    public enum Migration {
        /** If it uses the old names. */
        AUTO,
        /** Always. */
        ALWAYS,
        /** Never. */
        NEVER
    }

    /**
     * A redirect.
     *
     * @param to     target; <code>{path}</code> stands for the path below the route's directory, <code>{query}</code> for
     *               the query
     * @param status 301, 302, 303, 307 or 308; default 302
     */
    public record Redirect(String to, int status) implements Kind {
        @Override
        public String handler() {
            return "redirect";
        }
    }

    /**
     * A fixed response.
     *
     * @param status      200 to 599; default 200
     * @param body        default empty
     * @param contentType default text/plain; charset=utf-8
     * @param headers     more fields
     */
    public record Respond(int status, String body, String contentType, Map<String, String> headers) implements Kind {
        @Override
        public String handler() {
            return "respond";
        }
    }
}

package dev.loomgate.perf.server;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import dev.loomgate.perf.server.ServerType.Ability;
import dev.loomgate.perf.server.ServerType.Family;

/** All servers that can be measured. */
public final class ServerTypes {
    private static final Set<Ability> HANDLER = EnumSet.of(Ability.TEXT, Ability.WORK, Ability.PORTABLE_WORK);
    private static final Set<Ability> SCRIPT = EnumSet.of(Ability.PORTABLE_WORK);

    private static final Map<String, ServerType> ALL = new LinkedHashMap<>();

    static {
        add("loomgate", Family.LOOMGATE, "Loomgate: a virtual thread for each connection", EnumSet.allOf(Ability.class), "");
        add("loomgate-200", Family.MODEL, "Loomgate with 'threads: platform', a pool of 200",
                EnumSet.of(Ability.TEXT, Ability.WORK, Ability.PORTABLE_WORK), "");
        add("loomgate-kept", Family.MODEL, "Loomgate's fork server with 'requests-per-process: 1000' and 'max-processes: 4'",
                EnumSet.of(Ability.SCRIPTS), "/kept");
        add("thread-per-connection", Family.MODEL, "a platform thread for each connection", HANDLER, "");
        add("bounded-pool", Family.MODEL, "200 platform threads, each held by a connection", HANDLER, "");
        add("half-sync-half-async", Family.MODEL, "a reactor thread and 200 workers", HANDLER, "");
        add("leader-followers", Family.MODEL, "200 threads that take turns at the selector", HANDLER, "");
        add("reactor", Family.MODEL, "one thread for everything", HANDLER, "");
        add("staged-pipeline", Family.MODEL, "stages with queues between them, 200 threads to handle", HANDLER, "");
        add("prefork", Family.MODEL, "Loomgate's fork server: the handler in Python, loaded once, forked per request", SCRIPT,
                "/fork/work.py", "python3=python3");
        add("fork-per-request", Family.MODEL, "CGI: the handler in Python, started per request", SCRIPT, "/cgi/work.py",
                "python3=python3");
        add("tomcat-virtual", Family.JVM_PEER, "Tomcat 11 with virtual threads", HANDLER, "");
        add("tomcat", Family.JVM_PEER, "Tomcat 11 with its 200 threads", HANDLER, "");
        add("jetty-virtual", Family.JVM_PEER, "Jetty 12 with virtual threads", HANDLER, "");
        add("jetty", Family.JVM_PEER, "Jetty 12 with its 200 threads", HANDLER, "");
        add("undertow", Family.JVM_PEER, "Undertow with 200 workers", HANDLER, "");
        add("vertx", Family.JVM_PEER, "Vert.x 5, executeBlocking on 200 workers", HANDLER, "");
        add("helidon", Family.JVM_PEER, "Helidon 4 with its own listener", HANDLER, "");
        add("nginx", Family.NATIVE_PEER, "nginx, one worker", EnumSet.of(Ability.TEXT, Ability.FILES), "",
                "nginx=nginx-light");
        add("nginx-php", Family.NATIVE_PEER, "nginx with php-cgi", EnumSet.of(Ability.PHP), "", "nginx=nginx-light",
                "php-cgi=php-cgi");
        add("nginx-fcgiwrap", Family.NATIVE_PEER, "nginx with fcgiwrap", EnumSet.of(Ability.CGI, Ability.SCRIPTS), "",
                "nginx=nginx-light", "fcgiwrap=fcgiwrap");
        add("lighttpd", Family.NATIVE_PEER, "lighttpd, mod_cgi", EnumSet.of(Ability.FILES, Ability.CGI, Ability.SCRIPTS), "",
                "lighttpd=lighttpd");
        add("lighttpd-php", Family.NATIVE_PEER, "lighttpd with php-cgi", EnumSet.of(Ability.PHP), "", "lighttpd=lighttpd",
                "php-cgi=php-cgi");
        add("apache", Family.NATIVE_PEER, "Apache httpd, event MPM, mod_cgid",
                EnumSet.of(Ability.FILES, Ability.CGI, Ability.SCRIPTS), "", "apache2=apache2");
    }

    private ServerTypes() {}

    private static void add(String name, Family family, String title, Set<Ability> abilities, String prefix, String... programs) {
        ALL.put(name, new ServerType(name, family, title, abilities, prefix, List.of(programs)));
    }

    /** The one of that name. */
    public static ServerType named(String name) {
        ServerType type = ALL.get(name);
        if (type == null) {
            throw new IllegalArgumentException("there is no server '" + name + "'; there are " + String.join(", ", ALL.keySet()));
        }
        return type;
    }

    /** All of them with one ability, in the order of reports. */
    public static List<ServerType> with(Ability ability) {
        return ALL.values().stream().filter(type -> type.abilities().contains(ability)).toList();
    }

    /** Those of these names. */
    public static List<ServerType> named(String... names) {
        return Arrays.stream(names).map(ServerTypes::named).toList();
    }
}

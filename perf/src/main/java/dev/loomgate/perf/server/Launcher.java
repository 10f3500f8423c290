package dev.loomgate.perf.server;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;

import dev.loomgate.perf.load.GeneratorProcess;

/** Starts servers, and the load generator, each in a session and on its processor; and ends them all at last. */
public final class Launcher implements AutoCloseable {
    private static final String MODELS = "dev.loomgate.perf.model.";
    private static final String PEERS = "dev.loomgate.perf.peer.";

    private final Path distribution;
    private final Path perf;
    private final Path work;
    private final Cores cores;
    private final String database;
    private final Site site;
    private final Guardian guardian;
    private final Set<Session> live = ConcurrentHashMap.newKeySet(); // also closed by the JVM's shutdown hook
    private final Map<String, String> commands = new LinkedHashMap<>();
    private String backend = "";
    private int started;

    /**
     * Makes a working directory, which {@link #close} removes.
     *
     * @param distribution Loomgate's
     * @param perf the directory of this project
     * @param database a JDBC URL, or empty for the one in memory
     */
    public Launcher(Path distribution, Path perf, Cores cores, String database) throws IOException, InterruptedException {
        this.distribution = distribution;
        this.perf = perf;
        this.cores = cores;
        this.database = database;
        work = Files.createTempDirectory("loomgate-perf");
        Files.setPosixFilePermissions(work, PosixFilePermissions.fromString("rwxr-xr-x"));
        guardian = new Guardian(work);
        site = new Site(work, perf);
    }

    public Path distribution() {
        return distribution;
    }

    public Cores cores() {
        return cores;
    }

    public Site site() {
        return site;
    }

    public Path work() {
        return work;
    }

    /** The commands so far by server, with what differs from run to run named. */
    public Map<String, String> commands() {
        return commands;
    }

    /** Starts a server and waits until it answers. */
    public Server start(ServerType type) throws IOException {
        return start(type, distribution, List.of(), true);
    }

    /**
     * Starts a server; Loomgate from that distribution, and with more options for its JVM. {@code pinned}: whether it has one
     * processor, as when it is compared under load.
     */
    public Server start(ServerType type, Path loomgate, List<String> options, boolean pinned) throws IOException {
        int port = freePort();
        Path own = Files.createDirectories(work.resolve(type.name() + "-" + ++started));
        if (isRoot()) {
            Files.setPosixFilePermissions(own, PosixFilePermissions.fromString("rwxrwxrwx")); // for those that give up root
        }
        var environment = new LinkedHashMap<String, String>();
        environment.put("JAVA_HOME", System.getProperty("java.home"));
        environment.put("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"); // one perl for all
        List<String> command = command(type, port, own, loomgate, options, environment);
        long begin = System.nanoTime();
        Session session = launch(own.resolve("log"), environment, Cores.pin(pinned ? cores.server() : ""), command);
        String ready = type.prefix() + readyPath(type);
        Duration took = await(type, session, port, ready, begin);
        note(type.name(), command, port, environment);
        return new Server(type, session, port, took);
    }

    private static String readyPath(ServerType type) {
        if (type.abilities().contains(ServerType.Ability.PORTABLE_WORK) || type.abilities().contains(ServerType.Ability.TEXT)) {
            return "/plaintext";
        }
        return type.abilities().contains(ServerType.Ability.PHP) ? "/php/hello.php" : "/static/1k.txt";
    }

    /** The load generator. */
    public GeneratorProcess generator() throws IOException {
        var command = new ArrayList<>(List.of(java(), "-XX:+UseParallelGC", "-Xmx3g", "-cp", classPath(),
                GeneratorProcess.mainClass()));
        Session session = launch(work.resolve("generator.log"), Map.of(), Cores.pin(cores.load()), command);
        note("load generator", command, 0, Map.of());
        return new GeneratorProcess(session.process());
    }

    /** Starts what `/backend` of the handler asks, which takes 50 ms to answer; on the generator's processor. */
    public void backend() throws IOException {
        if (backend.isEmpty()) {
            int port = freePort();
            List<String> command = jvm("", MODELS + "ThreadPerConnection", port, "virtual");
            Session session = launch(work.resolve("backend.log"), Map.of(), Cores.pin(cores.load()), command);
            await(ServerTypes.named("thread-per-connection"), session, port, "/plaintext", System.nanoTime());
            note("slow backend", command, port, Map.of());
            backend = "http://127.0.0.1:" + port + "/wait/50";
        }
    }

    private Session launch(Path log, Map<String, String> environment, List<String> pin, List<String> command) throws IOException {
        var all = new ArrayList<>(pin);
        all.addAll(command);
        Session session = Session.start(guardian, log, environment, all);
        live.add(session);
        return session;
    }

    private List<String> command(ServerType type, int port, Path own, Path loomgate, List<String> options,
            Map<String, String> environment) throws IOException {
        return switch (type.name()) {
            case "loomgate", "loomgate-200", "loomgate-kept", "prefork", "fork-per-request" -> {
                Path file = Files.writeString(own.resolve("loomgate.yaml"),
                        Configurations.loomgate(port, site, handlerClassPath(), type.name().equals("loomgate-200")));
                var all = new ArrayList<>(properties());
                all.addAll(options);
                environment.put("LOOMGATE_JAVA_OPTS", String.join(" ", all));
                // what 'mvn package' has learnt of some requests is no measure; the copies that are to start from a cache are in here
                environment.put("LOOMGATE_AOT", loomgate.startsWith(work) ? "" : "off");
                yield List.of(loomgate.resolve("bin/loomgate").toString(), "serve", "-c", file.toString());
            }
            case "thread-per-connection" -> jvm(MODELS, "ThreadPerConnection", port);
            case "bounded-pool" -> jvm(MODELS, "BoundedPool", port);
            case "half-sync-half-async" -> jvm(MODELS, "HalfSyncHalfAsync", port);
            case "leader-followers" -> jvm(MODELS, "LeaderFollowers", port);
            case "reactor" -> jvm(MODELS, "SingleThreadedReactor", port);
            case "staged-pipeline" -> jvm(MODELS, "StagedPipeline", port);
            case "tomcat-virtual" -> jvm(PEERS, "TomcatPeer", port, "virtual", own.toString());
            case "tomcat" -> jvm(PEERS, "TomcatPeer", port, "platform", own.toString());
            case "jetty-virtual" -> jvm(PEERS, "JettyPeer", port, "virtual");
            case "jetty" -> jvm(PEERS, "JettyPeer", port, "platform");
            case "undertow" -> jvm(PEERS, "UndertowPeer", port);
            case "vertx" -> jvm(PEERS, "VertxPeer", port);
            case "helidon" -> jvm(PEERS, "HelidonPeer", port);
            case "nginx", "nginx-php", "nginx-fcgiwrap" -> {
                Path file = Files.writeString(own.resolve("nginx.conf"), Configurations.nginx(port, site, own, isRoot()));
                yield withHelper(type, own, Programs.find("nginx"), "-p", own.toString(), "-c", file.toString());
            }
            case "lighttpd", "lighttpd-php" -> {
                Path file = Files.writeString(own.resolve("lighttpd.conf"),
                        Configurations.lighttpd(port, site, own, type.name().equals("lighttpd-php")));
                yield withHelper(type, own, Programs.find("lighttpd"), "-D", "-f", file.toString());
            }
            case "apache" -> {
                Path file = Files.writeString(own.resolve("apache.conf"), Configurations.apache(port, site, own, isRoot()));
                yield List.of(Programs.find("apache2"), "-DFOREGROUND", "-f", file.toString());
            }
            default -> throw new IllegalArgumentException(type.name());
        };
    }

    /** Puts the program that runs the scripts into the server's session, so that what it uses is the server's. */
    private static List<String> withHelper(ServerType type, Path own, String... server) {
        // one that makes a session of its own, as php-cgi does, is ended by the server's end
        String helper = "setpriv --pdeathsig TERM ";
        if (type.abilities().contains(ServerType.Ability.PHP)) {
            helper = "PHP_FCGI_CHILDREN=4 PHP_FCGI_MAX_REQUESTS=100000 " + helper + "php-cgi -b " + own + "/helper.sock & ";
        } else if (type.name().endsWith("fcgiwrap")) {
            helper += "fcgiwrap -c 8 -s unix:" + own + "/helper.sock & ";
        } else {
            return List.of(server);
        }
        return List.of("sh", "-c", helper + "while ! [ -S " + own + "/helper.sock ]; do sleep 0.05; done; exec "
                + String.join(" ", server));
    }

    private List<String> jvm(String packagePrefix, String main, int port, String... arguments) throws IOException {
        var command = new ArrayList<>(List.of(java()));
        command.add("@" + perf.resolve("../conf/jvm.options").toRealPath()); // what bin/loomgate gives its JVM
        if (Runtime.version().feature() >= 25) {
            command.add("-XX:+UseCompactObjectHeaders");
        }
        command.addAll(properties());
        command.addAll(List.of("-cp", classPath(), packagePrefix + main, String.valueOf(port)));
        command.addAll(List.of(arguments));
        return command;
    }

    private List<String> properties() {
        var properties = new ArrayList<>(List.of("-Dhttp.maxConnections=10000"));
        if (!backend.isEmpty()) {
            properties.add("-Dperf.backend=" + backend);
        }
        if (!database.isEmpty()) {
            properties.add("-Dperf.database=" + database);
        }
        return properties;
    }

    private static Duration await(ServerType type, Session session, int port, String path, long begin) throws IOException {
        while (System.nanoTime() - begin < Duration.ofSeconds(120).toNanos()) {
            try {
                var connection = (HttpURLConnection) URI.create("http://127.0.0.1:" + port + path).toURL().openConnection();
                connection.setConnectTimeout(2000);
                connection.setReadTimeout(20_000);
                if (connection.getResponseCode() == 200) {
                    Duration took = Duration.ofNanos(System.nanoTime() - begin);
                    connection.getInputStream().readAllBytes();
                    return took;
                }
            } catch (IOException e) {
                // not yet
            }
            if (!session.isAlive()) {
                break;
            }
            try {
                Thread.sleep(5);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted", e);
            }
        }
        throw new IOException(type.name() + " does not answer " + path + ":\n" + session.lastWords());
    }

    /** Ends a server. */
    public void stop(Server server) throws IOException {
        live.remove(server.session());
        server.session().close();
    }

    private void note(String name, List<String> command, int port, Map<String, String> environment) throws IOException {
        String options = environment.containsKey("LOOMGATE_JAVA_OPTS")
                ? "LOOMGATE_JAVA_OPTS='" + environment.get("LOOMGATE_JAVA_OPTS") + "' " : "";
        var pin = new ArrayList<>(Cores.pin(name.startsWith("load") || name.startsWith("slow") ? cores.load() : cores.server()));
        pin.addAll(command);
        String root = perf.resolve("..").toRealPath().toString();
        commands.putIfAbsent(name, (options + String.join(" ", pin)).replace(classPath(), "$classpath")
                .replace(work.toString(), "$work").replace(root + "/", "").replace(System.getProperty("java.home"), "$JAVA_HOME")
                .replace(" " + port + " ", " $port ").replaceAll(" " + port + "$", " \\$port"));
    }

    private static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    private static String classPath() {
        return System.getProperty("java.class.path");
    }

    /** What the handler needs and Loomgate does not bring. */
    private static String handlerClassPath() {
        return Arrays.stream(classPath().split(":"))
                .filter(entry -> !entry.endsWith(".jar") || entry.matches(".*/(HikariCP|h2|postgresql)-[^/]*"))
                .collect(Collectors.joining(":"));
    }

    private static boolean isRoot() {
        return System.getProperty("user.name").equals("root");
    }

    private static int freePort() throws IOException {
        try (var socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    @Override
    public void close() {
        try (var closing = Executors.newVirtualThreadPerTaskExecutor()) { // each takes a while
            for (Session session : live) {
                closing.submit(() -> {
                    session.close(); // if that fails, the guardian will
                    return null;
                });
            }
        }
        live.clear();
    }
}

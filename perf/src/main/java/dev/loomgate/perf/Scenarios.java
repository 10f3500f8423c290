package dev.loomgate.perf;

import java.util.ArrayList;
import java.util.List;

import dev.loomgate.perf.Scenario.Kind;
import dev.loomgate.perf.server.ServerType.Ability;

/** All scenarios, in the order in which they are measured. */
final class Scenarios {
    /** The one of the main plot. */
    static final String MAIN = "wait-100-10000";

    private static final List<String> NONE = List.of();
    private static final List<String> LOOMGATE = List.of("loomgate");
    private static final List<Scenario> ALL = new ArrayList<>();

    static {
        // first, since it warms a server up best, which the next need
        add("plaintext", "A short text", "Kept connections, the least work there is: what the server itself costs.", Kind.CLOSED,
                Ability.TEXT, "/plaintext", 64, 0, true, List.of("loomgate", "nginx", "tomcat-virtual"), NONE);
        add("json", "A little JSON", "Built for each request.", Kind.CLOSED, Ability.PORTABLE_WORK, "/json", 64, 0, true, NONE,
                NONE);
        for (int millis : new int[] {100, 10, 1000}) {
            for (int connections : new int[] {10_000, 1000, 100}) {
                boolean main = millis == 100 && connections == 10_000;
                add("wait-" + millis + "-" + connections, "A handler that waits " + millis + " ms, " + String.format("%,d", connections) + " connections",
                        "Each request blocks its thread for " + millis + " ms, as a call of a slow backend does. What counts is how "
                                + "many can wait at once.",
                        Kind.CLOSED, Ability.PORTABLE_WORK, "/wait/" + millis, connections, 0, false,
                        main ? List.of("loomgate", "loomgate-200", "thread-per-connection", "half-sync-half-async") : NONE,
                        NONE);
            }
        }
        add("open-100", "A handler that waits 100 ms, 2,500 requests a second whatever happens",
                "Requests fall due at a constant rate and latency counts from then: a server that falls behind shows it here. "
                        + "200 threads can do 2,000 a second at most.",
                Kind.OPEN, Ability.WORK, "/wait/100", 2000, 2500, false, NONE, NONE);
        for (String file : List.of("1k.txt", "100k.bin", "1m.bin", "10m.bin")) {
            String size = file.substring(0, file.indexOf('.'));
            boolean bar = size.equals("1k") || size.equals("1m");
            add("static-" + size, "A file of " + size.substring(0, size.length() - 1) + (size.endsWith("k") ? " KB" : " MB"),
                    "Static content over kept connections.", Kind.CLOSED, Ability.FILES, "/static/" + file,
                    size.equals("10m") ? 16 : 32, 0, true, bar ? List.of("loomgate", "nginx") : NONE, NONE);
        }
        add("perl", "A Perl CGI script with CGI.pm", "The demo's pet.pl, unmodified: a fork server in Loomgate, whose "
                + "processes serve one request each, or, four of them, a thousand each; an interpreter started for each request "
                + "in the others.", Kind.CLOSED,
                Ability.SCRIPTS, "/fork/pet.pl", 8, 0, true, List.of("loomgate", "loomgate-kept", "apache"), NONE);
        add("python", "A Python CGI script", "The demo's pet.py, unmodified, in the same way.", Kind.CLOSED, Ability.SCRIPTS,
                "/fork/pet.py", 8, 0, true, List.of("loomgate", "loomgate-kept", "apache"), NONE);
        add("cgi", "A CGI program in C, by fork and exec", "Its own work is next to nothing: what it costs to run a program.",
                Kind.CLOSED, Ability.CGI, "/cgi/hello.cgi", 8, 0, true, List.of("loomgate", "lighttpd"), NONE);
        add("php", "PHP over FastCGI", "A script that says hello, by four php-cgi processes.", Kind.CLOSED, Ability.PHP,
                "/php/hello.php", 16, 0, true, List.of("loomgate", "nginx-php"), NONE);
        add("db", "A handler that queries a database", "A row by its key from H2 in the same process (or the database that was "
                + "given), over a pool of 16 connections.", Kind.CLOSED, Ability.WORK, "/db", 200, 0, true, NONE, NONE);
        add("backend", "A handler that calls a slow HTTP backend", "HttpURLConnection, as old code uses it; the backend takes "
                + "50 ms to answer.", Kind.CLOSED, Ability.WORK, "/backend", 1000, 0, false, NONE, NONE);
        add("cpu", "A handler that computes", "200 digests and no wait: here virtual threads can't help, and all models should be "
                + "alike.", Kind.CLOSED, Ability.PORTABLE_WORK, "/cpu/200", 64, 0, true, NONE, NONE);
        add("churn", "A new connection for each request", "What accepting and closing costs.", Kind.CHURN, Ability.TEXT,
                "/plaintext", 32, 0, false, NONE, NONE);
        add("slow-readers", "A short text while 300 clients read slowly", "They each read a megabyte at 10 KB a second; others should "
                + "not notice.", Kind.SLOW_READERS, Ability.WORK, "/plaintext", 64, 0, true, NONE, NONE);
        add("idle", "Heap that an idle connection holds", "10,000 connections that have each had an answer and ask nothing: less is "
                + "better.", Kind.IDLE, Ability.WORK, "/plaintext", 10_000, 0, false, LOOMGATE,
                List.of("loomgate", "half-sync-half-async", "thread-per-connection", "tomcat-virtual", "tomcat", "jetty-virtual",
                        "jetty", "undertow", "vertx", "helidon"));
        add("allocation", "Heap that a short text leaves behind", "Bytes allocated for each request: less is better.", Kind.ALLOCATION,
                Ability.WORK, "/plaintext", 64, 0, true, LOOMGATE, LOOMGATE);
        add("start", "From start to first answer", "bin/loomgate as it is, and with the cache that bin/loomgate-aot makes (JDK 25). "
                + "Less is better.", Kind.START, Ability.WORK, "/plaintext", 1, 0, false, List.of("loomgate", "loomgate-aot"),
                List.of("loomgate", "loomgate-aot", "tomcat-virtual", "jetty-virtual", "undertow", "vertx", "helidon"));
        add("peak", "From start to full speed", "Seconds under load until a JVM answers at 90 % of its best rate: less is better.",
                Kind.PEAK, Ability.WORK, "/plaintext", 64, 0, false, NONE,
                List.of("loomgate", "tomcat-virtual", "jetty-virtual", "undertow", "vertx", "helidon"));
    }

    private Scenarios() {}

    private static void add(String name, String title, String text, Kind kind, Ability ability, String path, int connections,
            double rate, boolean wrk, List<String> quick, List<String> full) {
        ALL.add(new Scenario(name, title, text, kind, ability, path, connections, rate, wrk, quick, full));
    }

    static List<Scenario> all() {
        return List.copyOf(ALL);
    }

    static Scenario named(String name) {
        return ALL.stream().filter(scenario -> scenario.name().equals(name)).findFirst()
                .orElseThrow(() -> new IllegalArgumentException("there is no scenario '" + name + "'; there are "
                        + String.join(", ", ALL.stream().map(Scenario::name).toList())));
    }
}

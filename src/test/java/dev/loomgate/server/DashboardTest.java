package dev.loomgate.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import dev.loomgate.testing.RawBackend;
import io.restassured.path.json.JsonPath;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.yaml.snakeyaml.Yaml;

/** The dashboard and the alert rules ask for metrics, labels and values of labels that there are. */
class DashboardTest {
    /** Words of PromQL that are neither metrics nor functions. */
    private static final Set<String> WORDS = Set.of("by", "without", "on", "ignoring", "group_left", "group_right", "and", "or", "unless",
            "bool", "offset");
    /** A metric with its selector; not a function, which has a parenthesis. */
    private static final Pattern SELECTOR = Pattern.compile("\\b([a-zA-Z_:][\\w:]*)\\b(?!\\s*\\()(?:\\{([^}]*)})?");
    private static final Pattern GROUPING = Pattern.compile("\\b(?:by|without|on|ignoring)\\s*\\(([^)]*)\\)");
    private static final Pattern MATCHER = Pattern.compile("(\\w+)\\s*(?:=~|!~|!=|=)\\s*\"([^\"]*)\"");
    private static final Pattern SAMPLE = Pattern.compile("(?m)^([a-zA-Z_:][\\w:]*)(?:\\{(.*)})? \\S+$");
    private static final Pattern LABEL = Pattern.compile("(\\w+)=\"((?:[^\"\\\\]|\\\\.)*)\"");
    /** Those that Prometheus adds. */
    private static final Set<String> TARGET = Set.of("instance", "job");
    private static final String UP = "up";
    /** It has no value before the first collection of garbage, as there may be none in a test. */
    private static final Set<String> LATER = Set.of("jvm_gc_pause_seconds_sum");

    @TempDir
    Path directory;

    /** Labels and their values, by metric. */
    private final Map<String, Map<String, Set<String>>> metrics = new TreeMap<>();

    @BeforeEach
    void scrape() throws Exception {
        Files.writeString(directory.resolve("a.sh"), "#!/bin/sh\nexit 1\n").toFile().setExecutable(true);
        try (RawBackend backend = RawBackend.start(call -> call.respond("ok")); HttpClient client = HttpClient.newHttpClient();
             Server server = Plan.read(Files.writeString(directory.resolve("test.yaml"), """
                listeners: [{port: 0}]
                admin: {port: 0}
                log: {access: access.log}
                upstreams:
                  app: {servers: ['127.0.0.1:%d']}
                routes:
                - {path: /a, handler: cgi, script: a.sh}
                - {path: /app, handler: proxy, upstream: app}
                """.formatted(backend.port()))).start()) {
            for (String path : List.of("/a", "/app")) {
                get(client, server.addresses().getFirst() + path);
            }
            // a request is counted when its response is out: the client may know before
            await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> {
                metrics.clear();
                read(get(client, server.adminAddress().orElseThrow() + "/metrics"));
                assertThat(metrics).containsKey("http_server_requests_seconds_count");
                assertThat(metrics.get("http_server_requests_seconds_count").get("route")).contains("/a", "/app");
            });
        }
    }

    private static String get(HttpClient client, String uri) throws Exception {
        return client.send(HttpRequest.newBuilder(URI.create(uri)).build(), HttpResponse.BodyHandlers.ofString()).body();
    }

    private void read(String text) {
        SAMPLE.matcher(text).results().forEach(sample -> {
            Map<String, Set<String>> labels = metrics.computeIfAbsent(sample.group(1), any -> new TreeMap<>());
            if (sample.group(2) != null) {
                LABEL.matcher(sample.group(2)).results().forEach(label ->
                        labels.computeIfAbsent(label.group(1), any -> new TreeSet<>()).add(label.group(2)));
            }
        });
    }

    private static List<String> ofDashboard() throws Exception {
        JsonPath dashboard = JsonPath.from(Files.readString(Path.of("conf/grafana/loomgate.json")));
        List<String> panels = dashboard.getList("panels.targets.flatten().findAll{it}.expr", String.class);
        List<String> variables = dashboard.getList("templating.list.findAll{it.type == 'query'}.query.query", String.class);
        assertThat(variables).hasSize(2);
        // the label that is asked for is not a metric
        return Stream.concat(panels.stream(), variables.stream().map(query ->
                query.replaceFirst("label_values\\((\\w+), *(\\w+)\\)", "sum by ($2) ($1)"))).toList();
    }

    private static List<String> ofAlerts() throws Exception {
        Map<String, List<Map<String, List<Map<String, Object>>>>> file =
                new Yaml().load(Files.readString(Path.of("conf/grafana/alerts.yaml")));
        return file.get("groups").getFirst().get("rules").stream().map(rule -> rule.get("expr").toString()).toList();
    }

    @Test
    void askForWhatThereIs() throws Exception {
        var asked = new TreeSet<String>();
        List<String> expressions = Stream.concat(ofDashboard().stream(), ofAlerts().stream()).toList();
        assertThat(expressions).hasSizeGreaterThan(50);
        for (String expression : expressions) {
            asked.addAll(check(expression));
        }
        assertThat(asked).hasSizeGreaterThan(30).contains("http_server_http2_streams", "loomgate_upstream_servers_at_work");
        // nothing of ours that an operator should see is left out
        assertThat(metrics.keySet()).filteredOn(name -> name.startsWith("loomgate_"))
                .as("those that neither the dashboard nor an alert shows").allMatch(asked::contains);
    }

    /** Checks an expression; the metrics that it asks for. */
    private Set<String> check(String expression) {
        String durations = expression.replaceAll("\\[[^]]*]", "");
        Set<String> grouped = GROUPING.matcher(durations).results().flatMap(names -> Stream.of(names.group(1).split(",")))
                .map(String::strip).collect(Collectors.toSet());
        var asked = new HashSet<String>();
        var labels = new HashSet<String>(TARGET);
        labels.add("le");
        Matcher selector = SELECTOR.matcher(GROUPING.matcher(durations).replaceAll(""));
        while (selector.find()) {
            String name = selector.group(1);
            if (WORDS.contains(name)) {
                continue;
            }
            if (!name.equals(UP) && !LATER.contains(name)) {
                assertThat(metrics).as(expression).containsKey(name);
                labels.addAll(metrics.get(name).keySet());
                checkLabels(expression, metrics.get(name), selector.group(2) == null ? "" : selector.group(2));
            }
            asked.add(name);
        }
        assertThat(asked).as(expression).isNotEmpty();
        assertThat(labels).as(expression).containsAll(grouped);
        return asked;
    }

    private static void checkLabels(String expression, Map<String, Set<String>> labels, String matchers) {
        MATCHER.matcher(matchers).results().filter(matcher -> !TARGET.contains(matcher.group(1))).forEach(matcher -> {
            assertThat(labels).as(expression).containsKey(matcher.group(1));
            Stream.of(matcher.group(2).split("\\|")).filter(value -> !value.startsWith("$")).forEach(value ->
                    assertThat(labels.get(matcher.group(1))).as(expression).contains(value));
        });
    }
}

package dev.loomgate.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import io.restassured.path.json.JsonPath;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.yaml.snakeyaml.Yaml;

/** The dashboard and the alert rules ask for metrics that there are. */
class DashboardTest {
    private static final Pattern METRIC = Pattern.compile("\\b((?:http_server|loomgate|process|system|jvm)_[a-z_]+)\\b");
    /** It has no value before the first collection of garbage, as there may be none in a test. */
    private static final Set<String> LATER = Set.of("jvm_gc_pause_seconds_sum");

    @TempDir
    Path directory;

    private Set<String> metrics() throws Exception {
        Files.writeString(directory.resolve("a.sh"), "#!/bin/sh\nexit 1\n").toFile().setExecutable(true);
        Path file = Files.writeString(directory.resolve("test.yaml"), """
                listeners: [{port: 0}]
                admin: {port: 0}
                log: {access: access.log}
                routes: [{path: /a, handler: cgi, script: a.sh}]
                """);
        try (Server server = Plan.read(file).start(); HttpClient client = HttpClient.newHttpClient()) {
            for (String uri : List.of(server.addresses().getFirst() + "/a", server.adminAddress().orElseThrow() + "/metrics")) {
                client.send(HttpRequest.newBuilder(URI.create(uri)).build(), HttpResponse.BodyHandlers.discarding());
            }
            String text = client.send(HttpRequest.newBuilder(URI.create(server.adminAddress().orElseThrow() + "/metrics")).build(),
                    HttpResponse.BodyHandlers.ofString()).body();
            Set<String> names = text.lines().filter(line -> !line.startsWith("#"))
                    .map(line -> line.split("[{ ]")[0]).collect(Collectors.toCollection(TreeSet::new));
            // those of which nothing has been counted yet are known all the same
            text.lines().filter(line -> line.startsWith("# TYPE ")).map(line -> line.split(" ")[2]).forEach(names::add);
            return names;
        }
    }

    @Test
    void askForMetricsThatThereAre() throws Exception {
        String dashboard = Files.readString(Path.of("conf/grafana/loomgate.json"));
        String alerts = Files.readString(Path.of("conf/grafana/alerts.yaml"));
        var asked = new TreeSet<String>();
        Matcher name = METRIC.matcher(String.join("\n", JsonPath.from(dashboard)
                .getList("panels.targets.flatten().findAll{it}.expr", String.class)) + expressions(alerts));
        while (name.find()) {
            asked.add(name.group(1));
        }
        asked.removeAll(LATER);
        assertThat(asked).hasSizeGreaterThan(15);
        assertThat(metrics()).containsAll(asked);
    }

    private static String expressions(String alerts) {
        Map<String, List<Map<String, List<Map<String, Object>>>>> file = new Yaml().load(alerts);
        return file.get("groups").getFirst().get("rules").stream().map(rule -> "\n" + rule.get("expr"))
                .collect(Collectors.joining());
    }
}

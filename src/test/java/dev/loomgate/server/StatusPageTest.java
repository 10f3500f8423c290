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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import dev.loomgate.testing.Browser;
import dev.loomgate.testing.Concurrent;
import dev.loomgate.testing.Programs;
import dev.loomgate.testing.RawBackend;
import dev.loomgate.testing.RawClient;
import io.restassured.path.json.JsonPath;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The status page in a browser. Its pictures are left in {@code target/status-page}, to be looked at. */
@Concurrent
class StatusPageTest {
    private static final HttpClient CLIENT = HttpClient.newHttpClient();
    private static final int ASKED = 37;
    private static final int BEHIND = 5;
    private static final int HELD = 3;
    private static final Path PICTURES = Path.of("target/status-page");

    @TempDir
    Path directory;

    private static String get(String uri) throws Exception {
        return CLIENT.send(HttpRequest.newBuilder(URI.create(uri)).build(), HttpResponse.BodyHandlers.ofString()).body();
    }

    /** What a client saw of each route: how often by class of status, and bytes of bodies. */
    private static final class Tally {
        private static final List<String> CLASSES = List.of("2xx", "3xx", "4xx", "5xx", "aborted");
        private final Map<String, Map<String, Long>> requests = new TreeMap<>();
        private final Map<String, Long> bytes = new TreeMap<>();

        void add(String route, String seen, long count, long size) {
            if (count > 0) {
                requests.computeIfAbsent(route, any -> new TreeMap<>()).merge(seen, count, Long::sum);
            }
            if (size > 0) {
                bytes.merge(route, size, Long::sum);
            }
        }

        void add(String route, RawClient.Response response) {
            add(route, response.status() / 100 + "xx", 1, response.body().length());
        }

        long total() {
            return requests.values().stream().flatMap(one -> one.values().stream()).mapToLong(Long::longValue).sum();
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Tally that && requests.equals(that.requests) && bytes.equals(that.bytes);
        }

        @Override
        public int hashCode() {
            return requests.hashCode();
        }

        @Override
        public String toString() {
            return requests + " " + bytes;
        }

        static Tally ofMetrics(String metrics) {
            var tally = new Tally();
            Pattern.compile("(?m)^http_server_requests_seconds_count\\{method=\"\\w+\",route=\"(.*)\",status=\"(\\w+)\"} (\\S+)$")
                    .matcher(metrics).results().forEach(line -> tally.add(line.group(1), line.group(2), (long) Double.parseDouble(line.group(3)), 0));
            Pattern.compile("(?m)^http_server_response_bytes_total\\{route=\"(.*)\"} (\\S+)$").matcher(metrics).results()
                    .forEach(line -> tally.add(line.group(1), "", 0, (long) Double.parseDouble(line.group(2))));
            return tally;
        }

        static Tally ofStatus(JsonPath status) {
            var tally = new Tally();
            for (Map<String, Object> line : status.<Map<String, Object>>getList("routes")) {
                String route = line.get("route").toString();
                ((Map<?, ?>) line.get("status")).forEach((seen, count) -> tally.add(route, seen.toString(), ((Number) count).longValue(), 0));
                tally.add(route, "", 0, ((Number) line.get("bytes")).longValue());
            }
            return tally;
        }

        static Tally ofLog(List<String> lines) {
            var tally = new Tally();
            // at once: a JsonPath for each of a thousand takes seconds
            for (Map<String, Object> entry : JsonPath.from('[' + String.join(",", lines) + ']').<Map<String, Object>>getList("")) {
                int status = (Integer) entry.get("status");
                tally.add(entry.getOrDefault("route", "none").toString(), status == 499 ? "aborted" : status / 100 + "xx", 1,
                        ((Number) entry.get("bytes")).longValue());
            }
            return tally;
        }

        /** The table of routes; it has sizes in words, so that they are taken from elsewhere. */
        static Tally ofPage(Browser browser, Tally sizes) {
            var tally = new Tally();
            for (String row : browser.evaluate(rows("Routes", "tbody tr")).split("\n")) {
                String[] cells = row.split("\\|");
                for (int i = 0; i < CLASSES.size(); i++) {
                    tally.add(cells[0], CLASSES.get(i), Long.parseLong(cells[5 + i].replace(",", "")), 0);
                }
                assertThat(cells[1].replace(",", "")).as("requests of " + cells[0]).isEqualTo(String.valueOf(tally.requests.get(cells[0]).values().stream()
                        .mapToLong(Long::longValue).sum()));
            }
            tally.bytes.putAll(sizes.bytes);
            return tally;
        }
    }

    /** What load generators say that they have got, of HTTP/1.0 and of HTTP/2. */
    private static void load(Tally tally, String base) throws Exception {
        String ab = run(Programs.require("ab", "apache2-utils"), "-k", "-n", "600", "-c", "8", base + "/hello");
        assertThat(number(ab, "Failed requests: +(\\d+)")).isZero();
        tally.add("/hello", "2xx", number(ab, "Complete requests: +(\\d+)"), number(ab, "HTML transferred: +(\\d+) bytes"));
        String h2load = run(Programs.require("h2load", "nghttp2-client"), "-n", "600", "-c", "4", "-m", "10", base + "/hello");
        tally.add("/hello", "2xx", number(h2load, "status codes: (\\d+) 2xx, 0 3xx, 0 4xx, 0 5xx"),
                number(h2load, "traffic: .* \\((\\d+)\\) data"));
        assertThat(tally.total()).isEqualTo(1_200);
    }

    private static String run(Path program, String... arguments) throws Exception {
        var command = new ArrayList<>(List.of(program.toString()));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String printed = new String(process.getInputStream().readAllBytes());
        assertThat(process.waitFor()).as(printed).isZero();
        return printed;
    }

    private static long number(String text, String pattern) {
        Matcher matcher = Pattern.compile(pattern).matcher(text);
        assertThat(matcher.find()).as(text).isTrue();
        return Long.parseLong(matcher.group(1));
    }

    /** Requests that end in every way there is, as clients count them. */
    private Tally ask(Server server) throws Exception {
        int port = URI.create(server.addresses().getFirst()).getPort();
        var tally = new Tally();
        load(tally, server.addresses().getFirst());
        try (RawClient client = RawClient.connect(port); RawClient leaves = RawClient.connect(port)) {
            for (int i = 0; i < ASKED; i++) {
                tally.add("/hello", client.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n").readResponse());
            }
            for (int i = 0; i < 4; i++) {
                tally.add("/limited", client.send("GET /limited HTTP/1.1\r\nHost: a\r\n\r\n").readResponse());
            }
            tally.add("/fail/**", client.send("GET /fail/%3Cimg%20src=x%20onerror=alert(1)%3E HTTP/1.1\r\nHost: a\r\n\r\n").readResponse());
            for (String file : List.of("page.txt", "absent", "absent.html")) {
                tally.add("/files/**", client.send("GET /files/" + file + " HTTP/1.1\r\nHost: a\r\n\r\n").readResponse());
            }
            tally.add("/files/**", client.send("GET /files/page.txt HTTP/1.1\r\nHost: a\r\nIf-None-Match: *\r\n\r\n").readResponse());
            for (int i = 0; i < BEHIND; i++) {
                tally.add("/app", client.send("GET /app HTTP/1.1\r\nHost: a\r\n\r\n").readResponse());
            }
            tally.add("none", client.send("GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n").readResponse());
            // one at work, for as long as its client stays; there is no place for others meanwhile
            leaves.send("GET /one HTTP/1.1\r\nHost: a\r\n\r\n");
            await().until(() -> Files.exists(directory.resolve("begun")));
            for (int i = 0; i < 3; i++) {
                tally.add("/one", client.send("GET /one HTTP/1.1\r\nHost: a\r\n\r\n").readResponse());
            }
            leaves.close();
            tally.add("/one", "aborted", 1, 0);
            await().atMost(Duration.ofSeconds(30)).until(() -> server.connectionCount() == 1);
            Files.createFile(directory.resolve("go"));
            tally.add("/one", client.send("GET /one HTTP/1.1\r\nHost: a\r\n\r\n").readResponse());
        }
        return tally;
    }

    @Test
    void showsTheSameFiguresAsTheMetricsTheLogAndTheClient() throws Exception {
        Files.writeString(directory.resolve("fail.sh"), "#!/bin/sh\nexit 1\n").toFile().setExecutable(true);
        Files.writeString(directory.resolve("wait.sh"), "#!/bin/sh\ntouch begun\nuntil [ -e go ]; do sleep 0.05; done\n"
                + "printf 'Content-Type: text/plain\\n\\nwaited'\n").toFile().setExecutable(true);
        Files.writeString(Files.createDirectories(directory.resolve("site")).resolve("page.txt"), "a page\n".repeat(500));
        RawBackend backend = RawBackend.start(call -> call.respond("from behind"));
        Path file = Files.writeString(directory.resolve("test.yaml"), """
                listeners: [{port: 0}]
                admin: {port: 0}
                log: {access: {file: access.log, format: json}}
                routes:
                - {path: /hello, handler: respond, body: hello}
                - {path: "/fail/**", handler: cgi, script: fail.sh, mode: exec}
                - {path: "/files/**", handler: static, root: site}
                - {path: /limited, handler: respond, request-rate: {rate: 1, per: day, burst: 1}}
                - {path: /one, handler: cgi, script: wait.sh, mode: exec, concurrent-requests: 1}
                - {path: /app, handler: proxy, to: 'http://127.0.0.1:%d'}
                """.formatted(backend.port()));
        Tally counted;
        try (backend; Browser browser = Browser.start(directory); Server server = Plan.read(file).start()) {
            String admin = server.adminAddress().orElseThrow();
            browser.show(1400, 1000, 1, false);
            browser.open(admin + "/");
            await().atMost(Duration.ofSeconds(60)).untilAsserted(() ->
                    assertThat(browser.evaluate("document.getElementById('ready')?.textContent"))
                    .isEqualTo("ready"));
            counted = ask(server);

            await().atMost(Duration.ofSeconds(60)).untilAsserted(() ->
                    assertThat(text(browser, "#tile-requests + .more")).isEqualTo("%,d since the start".formatted(counted.total())));
            await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> assertThat(Tally.ofPage(browser, counted)).isEqualTo(counted));
            String metrics = get(admin + "/metrics");
            JsonPath status = JsonPath.from(get(admin + "/status.json"));
            assertThat(Tally.ofMetrics(metrics)).isEqualTo(counted);
            assertThat(Tally.ofStatus(status)).isEqualTo(counted);
            assertThat(status.getLong("requests.total")).isEqualTo(counted.total());
            assertThat(counted.requests.get("/one")).containsExactlyInAnyOrderEntriesOf(Map.of("2xx", 1L, "5xx", 3L, "aborted", 1L));

            assertThat(cells(browser, "Routes")).startsWith("/hello|%,d|".formatted(1_200 + ASKED));
            showsTheSameTimes(browser, metrics, status);
            showsTheSameServers(browser, metrics, backend.requests());
            showsTheSameOfThisMoment(browser, server);
            assertThat(metrics).contains("loomgate_rejections_total{reason=\"request-rate\"} 3.0\n",
                    "loomgate_rejections_total{reason=\"concurrent-requests\"} 3.0\n");
            assertThat(status.<Map<String, Integer>>get("rejections")).isEqualTo(Map.of("request-rate", 3, "concurrent-requests", 3));
            assertThat(browser.evaluate(rows("Turned away", "tbody tr")).split("\n"))
                    .containsExactlyInAnyOrder("request-rate|3", "concurrent-requests|3");
            assertThat(text(browser, "#tile-rejections")).isEqualTo("6");
            // 502 of the script, and 503 three times
            assertThat(text(browser, "#tile-errors + .more")).isEqualTo("4 since the start");
            assertThat(status.getLong("requests.errors")).isEqualTo(4);
            // the list of errors shows what clients sent; as text
            assertThat(browser.evaluate(rows("Recent errors", "tbody tr"))).contains("|502|GET|/fail/%3Cimg", status.getString("errors[0].request"));
            assertThat(cells(browser, "Gateways")).startsWith("/fail/**|cgi|0 of 64|0|0|0|0");
            // what was measured adds up to what was asked, a second or two later; a sample may come late, and the next one soon after it
            await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> assertThat(Math.round(Double.parseDouble(browser.evaluate(
                    "values.requests.reduce((sum, rate, i) => sum + rate * (i ? (times[i] - times[i - 1]) / 1000 : 1), 0)"))))
                    .isBetween((long) (counted.total() * 0.8), (long) (counted.total() * 1.2)));
            assertThat(browser.evaluate("performance.getEntriesByType('resource').every(r => r.name.startsWith(location.origin))"))
                    .isEqualTo("true");
            looksRightEverywhere(browser);
            server.stop();
        }
        List<String> lines = Files.readAllLines(directory.resolve("access.log"));
        // and those of the connections that were held
        counted.add("/hello", "2xx", HELD, HELD * "hello".length());
        assertThat(Tally.ofLog(lines)).isEqualTo(counted);
        assertThat(lines).filteredOn(line -> line.contains("\"upstream\":")).as("requests that something behind the server answered").hasSize(1 + BEHIND)
                .allMatch(line -> line.contains("\"path\":\"/one\"") || line.contains("\"path\":\"/app\""));
    }

    /** Percentiles of the page are those of the status, and lie where the histogram of the metrics has them. */
    private static void showsTheSameTimes(Browser browser, String metrics, JsonPath status) {
        String[] cells = cells(browser, "Routes").split("\\|");
        String series = "http_server_requests_seconds_bucket{method=\"GET\",route=\"/hello\",status=\"2xx\",le=\"";
        int column = 3;
        for (double part : new double[] {0.5, 0.99}) {
            double seconds = status.getDouble("routes.find { it.route == '/hello' }.p" + Math.round(part * 100));
            assertThat(cells[column++]).isEqualTo(browser.evaluate("time(" + seconds + ")"));
            long rank = (long) Math.ceil(part * (1_200 + ASKED));
            double below = 0;
            for (String line : metrics.lines().filter(one -> one.startsWith(series)).toList()) {
                String bound = line.substring(series.length(), line.indexOf('"', series.length()));
                double upTo = bound.equals("+Inf") ? Double.POSITIVE_INFINITY : Double.parseDouble(bound);
                if (Double.parseDouble(line.substring(line.lastIndexOf(' '))) >= rank) {
                    // a step of the page's histogram is some per cent wide
                    assertThat(seconds).as("p%s and %s", part, line).isBetween(below * 0.9, upTo * 1.1);
                    break;
                }
                below = upTo;
            }
        }
    }

    private static void showsTheSameServers(Browser browser, String metrics, int asked) {
        assertThat(asked).isEqualTo(BEHIND);
        assertThat(number(metrics, "(?m)^loomgate_upstream_requests_total\\{.*} (\\d+)\\.0$")).isEqualTo(BEHIND);
        assertThat(browser.evaluate("upstreams().querySelectorAll('tbody tr').length")).isEqualTo("1");
        List<String> heads = List.of(browser.evaluate("[...upstreams().querySelectorAll('th')].map(c => c.textContent).join('|')").split("\\|"));
        String[] cells = cells(browser, "Upstreams").split("\\|");
        assertThat(cells[heads.indexOf("requests")]).isEqualTo(String.valueOf(BEHIND));
        assertThat(cells[heads.indexOf("state")]).isEqualTo("up");
    }

    /** Connections, of which each has asked for something, and memory. */
    private static void showsTheSameOfThisMoment(Browser browser, Server server) throws Exception {
        String admin = server.adminAddress().orElseThrow();
        var held = new ArrayList<RawClient>();
        try {
            for (int i = 0; i < HELD; i++) {
                held.add(RawClient.connect(URI.create(server.addresses().getFirst()).getPort()));
                held.getLast().send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n").readResponse();
            }
            await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> assertThat(text(browser, "#tile-connections")).isEqualTo("" + HELD));
            String metrics = get(admin + "/metrics");
            assertThat(number(metrics, "(?m)^http_server_connections\\{state=\"idle\"} (\\d+)\\.0$")).isEqualTo(HELD);
            assertThat(JsonPath.from(get(admin + "/status.json")).getInt("connections.idle")).isEqualTo(HELD);
            double resident = Double.parseDouble(metrics.lines().filter(line -> line.startsWith("process_resident_memory_bytes "))
                    .findFirst().orElseThrow().split(" ")[1]);
            assertThat(Double.parseDouble(browser.evaluate("last('memory.resident')"))).isBetween(resident * 0.5, resident * 2);
        } finally {
            for (RawClient client : held) {
                client.close();
            }
        }
    }

    /** An expression for the cells of some rows of the table of this title, a row a line. */
    private static String rows(String title, String which) {
        return "[...[...document.querySelectorAll('section')].find(s => s.querySelector('h2').firstChild.data === '" + title
                + "').querySelectorAll('" + which + "')].map(r => [...r.querySelectorAll('td')].map(c => c.textContent).join('|')).join('\\n')";
    }

    private static String text(Browser browser, String selector) {
        return browser.evaluate("document.querySelector('" + selector + "')?.textContent");
    }

    /** The cells of the first row of the table of this title. */
    private static String cells(Browser browser, String title) {
        return browser.evaluate(rows(title, "tbody tr:first-child"));
    }

    private static void looksRightEverywhere(Browser browser) throws Exception {
        Files.createDirectories(PICTURES);
        for (int width : new int[]{1400, 820, 390}) {
            for (boolean dark : new boolean[]{false, true}) {
                browser.show(width, 900, 1, dark);
                browser.evaluate("drawAll()");
                assertThat(browser.evaluate("document.documentElement.scrollWidth")).as("no wider than " + width)
                        .isEqualTo(String.valueOf(width));
                assertThat(browser.evaluate("getComputedStyle(document.body).backgroundColor"))
                        .isEqualTo(dark ? "rgb(18, 18, 17)" : "rgb(246, 246, 243)");
                // each plot has something drawn on it
                assertThat(browser.evaluate("charts.every(c => c.canvas.getContext('2d').getImageData(0, 0, c.canvas.width, "
                        + "c.canvas.height).data.some(b => b !== 0))")).isEqualTo("true");
                Files.write(PICTURES.resolve(width + (dark ? "-dark.png" : "-light.png")), browser.picture());
            }
        }
    }
}

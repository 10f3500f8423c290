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
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import dev.loomgate.testing.Browser;
import dev.loomgate.testing.Concurrent;
import io.restassured.path.json.JsonPath;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The status page in a browser. Its pictures are left in {@code target/status-page}, to be looked at. */
@Concurrent
class StatusPageTest {
    private static final HttpClient CLIENT = HttpClient.newHttpClient();
    private static final int ASKED = 37;
    private static final Path PICTURES = Path.of("target/status-page");

    @TempDir
    Path directory;

    private static String get(String uri) throws Exception {
        return CLIENT.send(HttpRequest.newBuilder(URI.create(uri)).build(), HttpResponse.BodyHandlers.ofString()).body();
    }

    private static double metric(String metrics, String name) {
        Matcher line = Pattern.compile("(?m)^" + Pattern.quote(name) + " (\\S+)$").matcher(metrics);
        assertThat(line.find()).as(name).isTrue();
        return Double.parseDouble(line.group(1));
    }

    @Test
    void showsTheSameFiguresAsTheMetricsAndTheClient() throws Exception {
        Files.writeString(directory.resolve("fail.sh"), "#!/bin/sh\nexit 1\n").toFile().setExecutable(true);
        Path file = Files.writeString(directory.resolve("test.yaml"), """
                listeners: [{port: 0}]
                admin: {port: 0}
                routes:
                - {path: /hello, handler: respond, body: hello}
                - {path: "/fail/**", handler: cgi, script: fail.sh, mode: exec}
                - {path: /limited, handler: respond, request-rate: {rate: 1, per: day, burst: 1}}
                """);
        try (Browser browser = Browser.start(directory); Server server = Plan.read(file).start()) {
            String admin = server.adminAddress().orElseThrow();
            browser.show(1400, 1000, 1, false);
            browser.open(admin + "/");
            await().atMost(Duration.ofSeconds(60)).untilAsserted(() ->
                    assertThat(browser.evaluate("document.getElementById('ready')?.textContent"))
                    .isEqualTo("ready"));
            for (int i = 0; i < ASKED; i++) {
                get(server.addresses().getFirst() + "/hello");
            }
            for (int i = 0; i < 4; i++) {
                get(server.addresses().getFirst() + "/limited");
            }
            get(server.addresses().getFirst() + "/fail/<img%20src=x%20onerror=alert(1)>".replace("<", "%3C").replace(">", "%3E"));

            int total = ASKED + 5;
            await().atMost(Duration.ofSeconds(60)).untilAsserted(() ->
                    assertThat(text(browser, "#tile-requests + .more")).isEqualTo(total + " since the start"));
            await().atMost(Duration.ofSeconds(60)).untilAsserted(() ->
                    assertThat(browser.evaluate("document.getElementById('tables').textContent")).contains("/hello"));

            String metrics = get(admin + "/metrics");
            assertThat(metric(metrics, "http_server_requests_seconds_count{method=\"GET\",route=\"/hello\",status=\"2xx\"}"))
                    .isEqualTo(ASKED);
            assertThat(cells(browser, "Routes")).startsWith("/hello|" + ASKED + "|");
            assertThat(metric(metrics, "loomgate_rejections_total{reason=\"request-rate\"}")).isEqualTo(3);
            assertThat(cells(browser, "Turned away")).isEqualTo("request-rate|3");
            assertThat(text(browser, "#tile-rejections")).isEqualTo("3");
            assertThat(text(browser, "#tile-errors + .more")).isEqualTo("1 since the start");
            assertThat(metric(metrics, "http_server_requests_seconds_count{method=\"GET\",route=\"/fail/**\",status=\"5xx\"}"))
                    .isEqualTo(1);
            // the list of errors shows what clients sent; as text
            JsonPath status = JsonPath.from(get(admin + "/status.json"));
            assertThat(cells(browser, "Recent errors")).contains("|502|GET|/fail/%3Cimg", status.getString("errors[0].request"));
            assertThat(cells(browser, "Gateways")).startsWith("/fail/**|cgi|0 of 64|0|0|0|0");
            // what was measured adds up to what was asked, a second or two later
            assertThat(Math.round(Double.parseDouble(browser.evaluate("values.requests.reduce((a, b) => a + b, 0)"))))
                    .isBetween((long) (total * 0.8), (long) (total * 1.2));
            assertThat(browser.evaluate("performance.getEntriesByType('resource').every(r => r.name.startsWith(location.origin))"))
                    .isEqualTo("true");
            looksRightEverywhere(browser);
        }
    }

    private static String text(Browser browser, String selector) {
        return browser.evaluate("document.querySelector('" + selector + "')?.textContent");
    }

    /** The cells of the first row of the table of this title. */
    private static String cells(Browser browser, String title) {
        return browser.evaluate("[...[...document.querySelectorAll('section')].find(s => s.querySelector('h2').firstChild.data"
                + " === '" + title + "').querySelectorAll('tbody tr:first-child td')].map(c => c.textContent).join('|')");
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

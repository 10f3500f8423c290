package dev.loomgate.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;

import dev.loomgate.testing.Browser;
import dev.loomgate.testing.ConcurrentClass;
import dev.loomgate.testing.Programs;
import dev.loomgate.tls.DevCertificate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The shipped configuration with HTTPS, and a browser that goes to every page of the demo. Pictures are in {@code target/demo-pages}. */
@ConcurrentClass
class DemoPagesTest {
    private static final List<String> PARTS = List.of("conf/www", "legacy-handlers/cgi-bin", "legacy-handlers/data/pets.seed.tsv",
            "legacy-handlers/java/classes", "legacy-handlers/java/pet-cgi.jar", "legacy-handlers/php", "legacy-handlers/war/pets.war");
    private static final Path PICTURES = Path.of("target/demo-pages");

    @TempDir
    Path directory;

    /** Where the demo may write its data, laid out as it is shipped. */
    private Path copy() throws IOException {
        for (String part : PARTS) {
            try (var files = Files.walk(Path.of(part))) {
                for (Path file : files.filter(Files::isRegularFile).toList()) {
                    Path copy = directory.resolve(file);
                    Files.createDirectories(copy.getParent());
                    Files.copy(file, copy, StandardCopyOption.COPY_ATTRIBUTES);
                }
            }
        }
        DevCertificate.write(directory.resolve("conf"), List.of("localhost", "127.0.0.1"), 3);
        String shipped = Files.readString(Path.of("conf/loomgate.yaml"));
        return Files.writeString(directory.resolve("conf/loomgate.yaml"), shipped
                .replace("    port: 8080\n", "    port: 0\n    tls: {certificate: dev-cert.pem, key: dev-key.pem}\n").replace("  port: 9090\n", "  port: 0\n"));
    }

    private static void open(Browser browser, String uri) {
        browser.open(uri);
        await().atMost(Duration.ofSeconds(60)).until(() -> browser.evaluate("document.readyState").equals("complete")
                && browser.evaluate("location.href").startsWith("https:"));
    }

    private static String status(Browser browser) {
        return browser.evaluate("performance.getEntriesByType('navigation')[0].responseStatus");
    }

    @Test
    void showsEveryPageOverHttps() throws Exception {
        for (List<String> program : List.of(List.of("perl", "perl"), List.of("/usr/bin/python3", "python3"), List.of("php-cgi", "php-cgi"))) {
            Programs.require(program.getFirst(), program.getLast());
        }
        Files.createDirectories(PICTURES);
        try (Browser browser = Browser.start(directory); Server server = Plan.read(copy()).start()) {
            String base = server.addresses().getFirst();
            assertThat(base).startsWith("https://");
            browser.trustAnyCertificate();
            browser.show(1000, 800, 1, false);
            open(browser, base + "/");
            assertThat(status(browser)).isEqualTo("200");
            List<String> links = List.of(browser.evaluate("[...new Set([...document.querySelectorAll('th a')].map(a => a.href))].join(' ')").split(" "));
            assertThat(links).hasSizeGreaterThanOrEqualTo(10).allMatch(link -> link.startsWith(base + "/"));
            picture(browser, "index");
            var menus = new TreeMap<String, List<String>>();
            for (String link : links) {
                // an application of the background may begin a moment later
                await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> {
                    browser.forgetErrors();
                    open(browser, link);
                    assertThat(status(browser)).as(link).isEqualTo("200");
                });
                assertThat(browser.evaluate("document.body.innerText.trim().length > 0")).as(link).isEqualTo("true");
                assertThat(browser.evaluate("performance.getEntriesByType('resource').every(r => r.name.startsWith('" + base + "/'))"))
                        .as("nothing of " + link + " comes from elsewhere").isEqualTo("true");
                assertThat(browser.errors()).as("console at " + link).isEmpty();
                // the programs have one menu, as they have one data file
                String entries = browser.evaluate("[...document.querySelectorAll('nav a')].map(a => a.pathname).join(' ')");
                if (!entries.isEmpty()) {
                    menus.put(link.substring(base.length()), List.of(entries.split(" ")));
                }
                picture(browser, link.substring(base.length() + 1).replace('/', '-'));
            }
            assertThat(menus).hasSizeGreaterThanOrEqualTo(8);
            assertThat(Set.copyOf(menus.values())).as("menus of %s", menus.keySet()).hasSize(1);
            assertThat(menus.values().iterator().next()).isSubsetOf(links.stream().map(link -> link.substring(base.length())).toList())
                    .contains("/php/pet.php").containsAll(menus.keySet());
            open(browser, base + "/nowhere");
            assertThat(status(browser)).isEqualTo("404");
            assertThat(browser.evaluate("document.body.innerText")).contains("404");
        }
    }

    private static void picture(Browser browser, String name) throws IOException {
        Files.write(PICTURES.resolve(name + ".png"), browser.picture());
    }
}

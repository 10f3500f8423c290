package dev.loomgate.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

import dev.loomgate.config.ConfigurationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The file that everyone begins with, and the page that explains it. */
class ShippedConfigurationTest {
    private static final Path SHIPPED = Path.of("conf/loomgate.yaml");

    @TempDir
    Path directory;

    @Test
    void isValid() throws Exception {
        try (Plan plan = Plan.read(SHIPPED)) {
            assertThat(plan.routes()).extracting(RouteLine::path)
                    .containsExactly("/cgi-bin/pet", "/hello", "/pet-servlet/**", "/api/pets/**", "/cgi-bin/**", "/pets/**",
                            "/old/**", "/php/**", "/**");
        }
    }

    @Test
    void isValidWithWhatItShowsInComments() throws Exception {
        // a '#' before a key hides configuration, any other a sentence
        String all = Files.readString(SHIPPED).replaceAll("(?m)^( *)# (?= *[A-Za-z._-]+:( |$)|- path:)", "$1")
                .replace("/usr/lib/git-core/git-http-backend", "/bin/sh").replace("root: www", "root: .")
                // TLS needs files that a command makes
                .replaceAll("(?m)^ +tls:\n.*\n.*\n", "").replaceAll("(?m)^ +redirect-to-https:.*\n", "")
                .replace("www/404", Path.of("conf/www/404").toAbsolutePath().toString())
                .replace("../legacy-handlers", Path.of("legacy-handlers").toAbsolutePath().toString());
        assertThat(all).contains("\n  - path: /git/**", "\nupstreams:\n", "\nguard:\n", "\n    max-processes: 64\n",
                "\n    dev.loomgate.gateway: debug");
        Path file = Files.writeString(directory.resolve("loomgate.yaml"), all);
        try (Plan plan = Plan.read(file)) {
            assertThat(plan.routes()).hasSize(11);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "x: 1",
        "listeners: [{x: 1}]",
        "threads: {x: 1}",
        "guard: {x: 1}",
        "log: {x: 1}",
        "log: {access: {file: a, x: 1}}",
        "admin: {x: 1}",
        "upstreams: {a: {servers: ['h:1'], x: 1}}",
        "tracing: {x: 1}",
        "routes: [{path: /, handler: respond, x: 1}]",
        "routes: [{path: /, handler: redirect, to: /a, x: 1}]",
        "routes: [{path: /**, handler: static, root: ., x: 1}]",
        "routes: [{path: /**, handler: static, root: ., cache-control: [{pattern: a, value: b, x: 1}]}]",
        "routes: [{path: /**, handler: cgi, root: ., x: 1}]",
        "routes: [{path: /, handler: cgi, script: /bin/sh, x: 1}]",
        "routes: [{path: /**, handler: fastcgi, root: ., command: php-cgi, x: 1}]",
        "routes: [{path: /**, handler: scgi, root: ., socket: 'a:1', x: 1}]",
        "routes: [{path: /**, handler: proxy, to: 'http://a', x: 1}]",
        "routes: [{path: /**, handler: java, class: x, x: 1}]",
        "routes: [{path: /**, handler: main, x: 1}]",
        "routes: [{path: /**, handler: rest, x: 1}]",
        "routes: [{path: /**, handler: servlet, class-path: src/main/java, x: 1}]",
    })
    void isExplainedKeyByKey(String yaml) throws Exception {
        String page = Files.readString(Path.of("conf/README.md"));
        Path file = Files.writeString(directory.resolve("test.yaml"), yaml);
        var failure = catchThrowableOfType(ConfigurationException.class, () -> Plan.read(file));
        String allowed = failure.problems().stream().map(problem -> problem.message())
                .filter(message -> message.contains("allowed here: ")).findFirst().orElseThrow();
        Stream.of(allowed.substring(allowed.indexOf("allowed here: ") + 14).split(", ")).forEach(key ->
                assertThat(page.contains("`" + key + "`") || page.contains("## " + key))
                        .as("README explains %s", key).isTrue());
    }
}

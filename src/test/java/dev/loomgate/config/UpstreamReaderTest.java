package dev.loomgate.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Groups of servers and routes to them, as a configuration says them. */
class UpstreamReaderTest {
    @TempDir
    Path directory;

    private Configuration read(String yaml) throws Exception {
        return new ConfigurationReader(PlainRules::new).read(Files.writeString(directory.resolve("test.yaml"), yaml));
    }

    @Test
    void readsEverythingThatCanBeSaid() throws Exception {
        Configuration read = read("""
                upstreams:
                  app:
                    servers:
                    - {address: '127.0.0.1:3000', weight: 2, max-connections: 7}
                    - {address: 'unix:app.sock', backup: true}
                    balance: least-connections
                    max-connections: 9
                    ejection: {failures: 2, time: 3s}
                    health: {path: /up, status: 200-299}
                routes:
                - {path: /a/**, handler: proxy, upstream: app, prefix: /x, host-header: server, forwarded: append, timeout: 4s}
                - {path: /b/**, handler: proxy, to: 'http://[::1]:81/y'}
                """);
        UpstreamConfig app = read.upstreams().getFirst();
        assertThat(app.servers()).containsExactly(
                new UpstreamConfig.Server(new RouteConfig.Socket.Tcp("127.0.0.1", 3000), 2, false, 7),
                new UpstreamConfig.Server(new RouteConfig.Socket.Unix(directory.resolve("app.sock")), 1, true, 9));
        assertThat(app.balance()).isEqualTo(UpstreamConfig.Balance.LEAST_CONNECTIONS);
        assertThat(app.ejection()).contains(new UpstreamConfig.Ejection(2, Duration.ofSeconds(3)));
        assertThat(app.health().orElseThrow().highest()).isEqualTo(299);
        var single = (RouteConfig.Proxy) read.routes().get(1).kind();
        assertThat(single.prefix()).contains("/y");
        assertThat(single.to().orElseThrow().servers().getFirst().socket()).isEqualTo(new RouteConfig.Socket.Tcp("::1", 81));
    }

    @Test
    void reportsAllMistakes() {
        var failure = catchThrowableOfType(ConfigurationException.class, () -> read("""
                upstreams:
                  app:
                    servers: [localhost]
                    balance: roundrobin
                    health: {status: 200}
                  none: {}
                  spare: {servers: [{address: 'a:1', backup: true}]}
                routes:
                - {path: /a, handler: proxy}
                - {path: /b, handler: proxy, upstream: ap}
                - {path: /c, handler: proxy, to: 'https://a'}
                - {path: /d, handler: proxy, upstream: app, retries: 2}
                """));
        List<String> problems = failure.problems().stream().map(Problem::toString)
                .map(text -> text.substring(text.indexOf(".yaml") + 5)).toList();
        assertThat(problems).hasSize(9);
        assertThat(problems).anyMatch(text -> text.startsWith(":3: upstreams.app.servers: found 'localhost'"))
                .anyMatch(text -> text.contains("did you mean 'round-robin'?"))
                .anyMatch(text -> text.contains("means nothing without 'path'"))
                .anyMatch(text -> text.contains("upstreams.none.servers: is missing"))
                .anyMatch(text -> text.contains("all are backups"))
                .anyMatch(text -> text.contains("either to one server"))
                .anyMatch(text -> text.contains("did you mean 'app'?"))
                .anyMatch(text -> text.contains("https is not spoken"))
                .anyMatch(text -> text.contains("routes[3].retries: means nothing beside 'upstream'"));
    }

    @Test
    void reportsRoutesThatLeadBackToThemselves() {
        var failure = catchThrowableOfType(ConfigurationException.class, () -> read("""
                listeners: [{port: 8080}, {host: 0.0.0.0, port: 8081}, {port: 8082, redirect-to-https: true}, {port: 0}]
                upstreams:
                  app: {servers: ['10.0.0.1:8080', 'localhost:8081']}
                routes:
                - {path: /a/**, handler: proxy, to: 'http://localhost:8080'}
                - {path: /b/**, handler: proxy, upstream: app}
                - {path: /c/**, handler: proxy, to: 'http://127.0.0.1:8080/other'}
                - {path: /d/**, handler: proxy, upstream: app, prefix: /other}
                - {path: /e/**, handler: proxy, to: 'http://127.0.0.1:8080', host-header: other.example}
                - {path: /f/**, handler: proxy, to: 'http://127.0.0.1:8082'}
                - {path: /g/**, handler: proxy, to: 'http://10.0.0.1:8081'}
                """));
        assertThat(failure.problems()).extracting(Problem::toString).satisfiesExactly(
                first -> assertThat(first).contains(":5: routes[0].to: leads back to the listener of this file at http://127.0.0.1:8080",
                        "such as to: http://127.0.0.1:8080/other"),
                second -> assertThat(second).contains(":6: routes[1].upstream: leads back to", "http://0.0.0.0:8081", "such as prefix: /other"));
    }
}

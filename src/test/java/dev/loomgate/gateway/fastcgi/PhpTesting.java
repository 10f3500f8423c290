package dev.loomgate.gateway.fastcgi;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.helidon.webserver.http.HttpRouting;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

import dev.loomgate.gateway.GatewaySettings;
import dev.loomgate.gateway.ScriptResolver;
import dev.loomgate.gateway.ScriptRules;
import dev.loomgate.testing.LogCapture;
import dev.loomgate.testing.Programs;
import dev.loomgate.testing.RawClient;
import dev.loomgate.testing.ScriptDirectory;
import dev.loomgate.testing.TestServer;
import dev.loomgate.upstream.Endpoint;
import dev.loomgate.upstream.Places;
import dev.loomgate.upstream.Pool;
import dev.loomgate.upstream.PoolSettings;

/** A server with a directory of scripts in PHP. */
abstract class PhpTesting {
    static final int CHILDREN = 4;
    private static final Pattern STARTED = Pattern.compile("responder started.* pid=(\\d+)");

    @TempDir
    Path top;
    final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    final LogCapture log = LogCapture.ofThisTest("dev.loomgate");
    ScriptDirectory scripts;
    private FastCgiGateway gateway;
    private TestServer server;

    /** A gateway to PHP, which it starts or finds running. */
    abstract FastCgiGateway start(ScriptResolver resolver) throws Exception;

    @BeforeEach
    void startServer() throws Exception {
        scripts = new ScriptDirectory(top.resolve("www"));
        Files.createDirectories(scripts.path());
        scripts.plain("pid.php", "<?php header('Content-Type: text/plain'); echo getmypid();");
        gateway = start(ScriptResolver.ofDirectory("", scripts.path(), ScriptRules.defaults().withExtensions(Set.of(".php"))
                .withIndex(List.of("index.php")).withoutExecutableCheck()));
        server = TestServer.start(HttpRouting.builder().any(gateway));
        Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> get("/pid.php").status() == 200);
    }

    @AfterEach
    void stop() {
        if (server != null) {
            server.close();
        }
        if (gateway != null) {
            gateway.close();
        }
        threads.shutdownNow();
        log.close();
    }

    static Pool pool(Endpoint endpoint) {
        var places = new Places.Limits(CHILDREN, 1024, Duration.ofSeconds(30), "a request", "wait");
        return new Pool(endpoint, new PoolSettings(places, Duration.ofSeconds(5), PoolSettings.PATIENCE, Duration.ofSeconds(10),
                Duration.ofHours(1)));
    }

    static GatewaySettings settings(Path root) {
        return GatewaySettings.defaults().withDocumentRoot(Optional.of(root));
    }

    RawClient connect() throws IOException {
        return RawClient.connect(server.port()).readTimeout(Duration.ofSeconds(60));
    }

    RawClient.Response get(String path) throws IOException {
        try (RawClient client = connect()) {
            return client.send("GET " + path + " HTTP/1.1\r\nHost: example.org\r\n\r\n").readResponse();
        }
    }

    void awaitLog(String... parts) {
        Awaitility.await().untilAsserted(() -> assertThat(log.lines()).anySatisfy(line -> assertThat(line).contains(parts)));
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    static Map<String, String> environment() {
        return Map.of("PATH", System.getenv("PATH"));
    }

    static FastCgiGateway startPhpCgi(ScriptResolver resolver, Path top, Path root) {
        var command = new ResponderCommand(List.of(Programs.require("php-cgi", "php-cgi").toString()), CHILDREN, 1000,
                environment(), top);
        return FastCgiGateway.start(resolver, true, command, PhpTesting::pool, true, settings(root));
    }

    /** Processes that the gateway has started and that have started the others. */
    List<Long> masters() {
        return log.lines().stream().map(STARTED::matcher).filter(Matcher::find).map(matcher -> Long.valueOf(matcher.group(1)))
                .toList();
    }
}

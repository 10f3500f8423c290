package dev.loomgate.http1;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

import dev.loomgate.testing.Ports;
import dev.loomgate.testing.Programs;
import dev.loomgate.testing.RawClient;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The same raw requests, put to a real nginx: that the table tells the truth where it says that nginx answers otherwise. */
class NginxTest {
    @TempDir
    private static Path directory;
    private static Process nginx;
    private static int port;

    @BeforeAll
    static void start() throws IOException {
        Path program = Programs.require("nginx", "nginx-light");
        assumeTheTableIsFor(program);
        port = Ports.free();
        Path configuration = Files.writeString(directory.resolve("nginx.conf"), """
                daemon off;
                master_process off;
                pid %1$s/nginx.pid;
                error_log %1$s/error.log;
                events { }
                http {
                    access_log off;
                    lingering_timeout 300ms;
                    client_body_temp_path %1$s/body;
                    proxy_temp_path %1$s/proxy;
                    fastcgi_temp_path %1$s/fastcgi;
                    uwsgi_temp_path %1$s/uwsgi;
                    scgi_temp_path %1$s/scgi;
                    server {
                        listen 127.0.0.1:%2$d;
                        location / { return 200 "seen\\n"; }
                        location = /probe { return 200 "probe\\n"; }
                    }
                }
                """.formatted(directory, port));
        nginx = new ProcessBuilder(program.toString(), "-p", directory.toString(), "-c", configuration.toString())
                .redirectErrorStream(true).redirectOutput(directory.resolve("output").toFile()).start();
        Awaitility.await().ignoreExceptions().until(() -> {
            RawClient.connect(port).close();
            return true;
        });
    }

    /** Later versions are stricter in some rows, and the table is about one. */
    private static void assumeTheTableIsFor(Path program) throws IOException {
        Process version = new ProcessBuilder(program.toString(), "-v").redirectErrorStream(true).start();
        String text = new String(version.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        Assumptions.assumeTrue(text.contains("nginx/1.22."),
                () -> "the table is about nginx 1.22, of Debian 12; this is " + text);
    }

    @AfterAll
    static void stop() throws InterruptedException {
        if (nginx != null) {
            nginx.destroy();
            nginx.waitFor();
        }
    }

    static Stream<RawRequest> rows() {
        return RawRequestTest.rows();
    }

    @ParameterizedTest
    @MethodSource("rows")
    void nginxAnswersAsTheTableSays(RawRequest row) throws IOException {
        RawExchange exchange = RawExchange.with(port, row.bytes(), row.nginx().statuses().size());
        assertThat(exchange.answer()).as(row + " " + exchange.bodies()).isEqualTo(row.nginx());
    }
}

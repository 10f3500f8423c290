package dev.loomgate.http1;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

import dev.loomgate.testing.Ports;
import dev.loomgate.testing.Programs;
import dev.loomgate.testing.RawClient;
import org.awaitility.Awaitility;

/**
 * A real proxy in front of a server, which keeps its connections to it for requests of any client. It gives each request that it
 * forwards an id, in {@code X-Front-Id}, and puts the id of the request into each answer, in {@code X-Front-Id} too, and its path in
 * {@code X-Front-Path}.
 */
final class FrontProxy implements AutoCloseable {
    private final Process process;
    private final int port;

    private FrontProxy(Process process, int port) {
        this.process = process;
        this.port = port;
    }

    /** Kinds of proxies. */
    enum Kind {
        NGINX("proxy_request_buffering on;"),
        NGINX_THAT_PASSES_BODIES_ON("proxy_request_buffering off;"),
        HAPROXY(""),
        HAPROXY_THAT_TAKES_ANYTHING("option accept-invalid-http-request");

        private final String extra;

        Kind(String extra) {
            this.extra = extra;
        }
    }

    static FrontProxy start(Kind kind, Path directory, int backPort) throws IOException {
        int port = Ports.free();
        List<String> command = switch (kind) {
            case NGINX, NGINX_THAT_PASSES_BODIES_ON -> nginx(kind, directory, port, backPort);
            case HAPROXY, HAPROXY_THAT_TAKES_ANYTHING -> haproxy(kind, directory, port, backPort);
        };
        Process process = new ProcessBuilder(command).redirectErrorStream(true)
                .redirectOutput(directory.resolve("output").toFile()).start();
        var proxy = new FrontProxy(process, port);
        Awaitility.await().until(() -> {
            if (!process.isAlive()) {
                throw new IllegalStateException(kind + " has ended: " + Files.readString(directory.resolve("output")));
            }
            try {
                RawClient.connect(port).close();
                return true;
            } catch (IOException e) {
                return false;
            }
        });
        return proxy;
    }

    private static List<String> nginx(Kind kind, Path directory, int port, int backPort) throws IOException {
        Path program = Programs.require("nginx", "nginx-light");
        Path file = Files.writeString(directory.resolve("nginx.conf"), """
                daemon off;
                master_process off;
                pid %1$s/nginx.pid;
                error_log %1$s/error.log;
                events { }
                http {
                    access_log off;
                    lingering_timeout 100ms;
                    lingering_time 300ms;
                    client_header_timeout 1s;
                    client_body_timeout 1s;
                    client_body_temp_path %1$s/body;
                    proxy_temp_path %1$s/proxy;
                    fastcgi_temp_path %1$s/fastcgi;
                    uwsgi_temp_path %1$s/uwsgi;
                    scgi_temp_path %1$s/scgi;
                    upstream back {
                        server 127.0.0.1:%3$d max_fails=0;
                        keepalive 4;
                    }
                    server {
                        listen 127.0.0.1:%2$d;
                        ignore_invalid_headers off;
                        underscores_in_headers on;
                        location / {
                            proxy_pass http://back;
                            proxy_http_version 1.1;
                            proxy_next_upstream off;
                            proxy_set_header Host $http_host;
                            proxy_set_header Connection "";
                            proxy_set_header X-Front-Id $request_id;
                            add_header X-Front-Id $request_id always;
                            add_header X-Front-Path $request_uri always;
                            %4$s
                        }
                    }
                }
                """.formatted(directory, port, backPort, kind.extra));
        return List.of(program.toString(), "-p", directory.toString(), "-c", file.toString());
    }

    private static List<String> haproxy(Kind kind, Path directory, int port, int backPort) throws IOException {
        Path program = Programs.require("haproxy", "haproxy");
        Path file = Files.writeString(directory.resolve("haproxy.cfg"), """
                defaults
                    mode http
                    timeout connect 5s
                    timeout client 1s
                    timeout http-request 1s
                    timeout server 5s
                frontend front
                    bind 127.0.0.1:%d
                    unique-id-format %%[uuid()]
                    unique-id-header X-Front-Id
                    http-request set-var(txn.path) path
                    http-after-response set-header X-Front-Id %%[unique-id]
                    http-after-response set-header X-Front-Path %%[var(txn.path)]
                    %s
                    default_backend back
                backend back
                    http-reuse always
                    server back 127.0.0.1:%d
                """.formatted(port, kind.extra, backPort));
        return List.of(program.toString(), "-db", "-f", file.toString());
    }

    int port() {
        return port;
    }

    @Override
    public void close() throws InterruptedException {
        process.destroy();
        process.waitFor();
    }
}

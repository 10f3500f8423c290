package dev.loomgate.files;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import dev.loomgate.testing.Ports;
import dev.loomgate.testing.RawClient;
import org.awaitility.Awaitility;

/** A real nginx on a directory, to compare with. */
final class Nginx implements AutoCloseable {
    private final Process process;
    private final int port;

    private Nginx(Process process, int port) {
        this.process = process;
        this.port = port;
    }

    /**
     * Starts one.
     *
     * @param work an empty directory for its own files
     */
    static Nginx start(Path program, Path work, Path root) throws IOException {
        int port = Ports.free();
        Path configuration = Files.writeString(work.resolve("nginx.conf"), """
                daemon off;
                master_process off;
                pid WORK/pid;
                error_log WORK/error.log;
                events {}
                http {
                    access_log off;
                    client_body_temp_path WORK/body;
                    proxy_temp_path WORK/proxy;
                    fastcgi_temp_path WORK/fastcgi;
                    uwsgi_temp_path WORK/uwsgi;
                    scgi_temp_path WORK/scgi;
                    types { text/plain txt; }
                    server {
                        listen 127.0.0.1:PORT;
                        root ROOT;
                    }
                }
                """.replace("WORK", work.toString()).replace("PORT", Integer.toString(port)).replace("ROOT", root.toString()));
        Process process = new ProcessBuilder(program.toString(), "-p", work.toString(), "-e", work + "/error.log",
                "-c", configuration.toString()).redirectErrorStream(true).redirectOutput(work.resolve("out").toFile()).start();
        Awaitility.await().ignoreExceptions().until(() -> {
            RawClient.connect(port).close();
            return true;
        });
        return new Nginx(process, port);
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

package dev.loomgate.gateway.fastcgi;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;

import dev.loomgate.gateway.Destination;
import dev.loomgate.gateway.ScriptResolver;
import dev.loomgate.testing.Programs;
import dev.loomgate.upstream.Endpoint;

/** PHP as php-fpm, which somebody else starts. */
class PhpFpmTest extends PhpTest {
    private Process fpm;

    @Override
    FastCgiGateway start(ScriptResolver resolver) throws Exception {
        Files.writeString(top.resolve("fpm.conf"), """
                [global]
                error_log = %1$s/fpm.log
                daemonize = no
                process_control_timeout = 2s
                [www]
                listen = %1$s/fpm.sock
                pm = static
                pm.max_children = %2$d
                catch_workers_output = no
                %3$s
                """.formatted(top, CHILDREN, isRoot() ? "user = nobody\ngroup = nogroup\nlisten.owner = root" : ""));
        if (isRoot()) {
            // php-fpm's children run as another user, who has to get at the scripts
            top.toFile().setExecutable(true, false);
            top.toFile().setReadable(true, false);
            top.toFile().setWritable(true, false);
        }
        startFpm();
        return FastCgiGateway.to(resolver, true, new Destination.One(pool(new Endpoint.Unix(top.resolve("fpm.sock")))), true,
                settings(scripts.path()));
    }

    private static boolean isRoot() {
        return System.getProperty("user.name").equals("root");
    }

    private void startFpm() throws IOException {
        Path socket = top.resolve("fpm.sock");
        Files.deleteIfExists(socket);
        var command = new ArrayList<>(List.of(fpmProgram().toString(), "-F", "-y", top.resolve("fpm.conf").toString()));
        fpm = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(top.resolve("fpm.out").toFile()).start();
        Awaitility.await().until(() -> Files.exists(socket));
    }

    private static Path fpmProgram() throws IOException {
        try (var files = Files.newDirectoryStream(Path.of("/usr/sbin"), "php-fpm*")) {
            for (Path file : files) {
                return file;
            }
        }
        return Programs.require("php-fpm", "php-fpm");
    }

    @Override
    void killMaster() throws Exception {
        List<ProcessHandle> children = fpm.descendants().toList();
        fpm.destroyForcibly().waitFor();
        // as systemd does it for all processes of a service
        children.forEach(ProcessHandle::destroyForcibly);
        startFpm();
    }

    @AfterEach
    void stopFpm() throws Exception {
        if (fpm != null) {
            fpm.destroy();
            if (!fpm.waitFor(5, TimeUnit.SECONDS)) {
                fpm.descendants().forEach(ProcessHandle::destroyForcibly);
                fpm.destroyForcibly().waitFor();
            }
        }
    }
}

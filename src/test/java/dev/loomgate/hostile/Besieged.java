package dev.loomgate.hostile;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import dev.loomgate.config.ConfigurationException;
import dev.loomgate.server.CompiledClasses;
import dev.loomgate.server.Plan;
import dev.loomgate.server.Server;

/** A whole server, and what there is on it for hostile clients to ask for. */
final class Besieged {
    private Besieged() {
    }

    /** Makes the files that servers of this directory serve; once. */
    static void prepare(Path directory) throws IOException {
        CompiledClasses.compile(directory.resolve("classes"), "Slow", """
                import dev.loomgate.handler.*;
                public final class Slow implements Handler {
                    public void handle(Request request, Response response) throws Exception {
                        if ("read".equals(request.queryString())) {
                            request.body().readAllBytes();
                        } else {
                            Thread.sleep("long".equals(request.queryString()) ? 60_000 : 50);
                        }
                        response.out().print("done");
                    }
                }
                """);
        CompiledClasses.compile(directory.resolve("classes"), "Whole", """
                import io.helidon.webserver.http.*;
                public final class Whole implements Handler {
                    public void handle(ServerRequest request, ServerResponse response) throws Exception {
                        response.send("" + request.content().as(byte[].class).length);
                    }
                }
                """);
        Files.write(Files.createDirectories(directory.resolve("files")).resolve("big"), new byte[4 << 20]);
        Files.writeString(directory.resolve("denied"), Attackers.ADDRESS + "\n");
        Files.writeString(directory.resolve("script.sh"), "#!/bin/sh\necho 'Content-Type: text/plain'\necho\nsleep 0.05\necho done\n")
                .toFile().setExecutable(true);
    }

    static Server start(Path directory, Attack.Target target) throws IOException, ConfigurationException {
        return Plan.read(Files.writeString(directory.resolve("test.yaml"), """
                listeners: [{port: 0%s}, {port: 0}]
                guard: {%s}
                routes:
                - {path: /**, handler: java, class: Slow, class-path: classes}
                - {path: /, handler: respond, body: x}
                - {path: /files/**, handler: static, root: files}
                - {path: /cgi, handler: cgi, script: script.sh, max-processes: 2, max-queue: 4}
                - {path: /whole, handler: java, class: Whole, class-path: classes}
                - {path: /slow, handler: java, class: Slow, class-path: classes%s}
                """.formatted(target.listener(), target.guard(), target.route().isEmpty() ? "" : ", " + target.route()))).start();
    }

    /** Port of the listener that is attacked. */
    static int port(Server server) {
        return server.ports().getFirst();
    }

    /** Port of the listener that others use. */
    static int otherPort(Server server, Attack.Target target) {
        return target.apart() ? server.ports().getLast() : port(server);
    }
}

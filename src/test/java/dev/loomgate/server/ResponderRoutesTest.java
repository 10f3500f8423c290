package dev.loomgate.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;

import dev.loomgate.testing.Programs;
import dev.loomgate.testing.Responder;
import dev.loomgate.testing.ScriptDirectory;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Routes to programs that listen on a socket, from the configuration to the program. */
class ResponderRoutesTest {
    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    @TempDir
    Path directory;

    private Plan plan(String routes) throws Exception {
        return Plan.read(Files.writeString(directory.resolve("test.yaml"), "listeners:\n- port: 0\nroutes:\n" + routes));
    }

    private static HttpResponse<String> get(Server server, String path) throws Exception {
        return CLIENT.send(HttpRequest.newBuilder(URI.create(server.addresses().getFirst() + path)).build(),
                HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void reachesAnScgiProgram() throws Exception {
        var scripts = new ScriptDirectory(directory.resolve("scripts"));
        scripts.sh("env.sh", "printf 'Content-Type: text/plain\\n\\n%s|%s|%s|%s' \"$SCRIPT_NAME\" \"$PATH_INFO\" \"$GREETING\" "
                + "\"$DOCUMENT_ROOT\"");
        scripts.plain("page.txt", "page");
        try (Responder responder = Responder.start("scgi", directory.resolve("scgi.sock"));
             Plan plan = plan("""
                - path: /run/**
                  handler: scgi
                  root: scripts
                  extensions: .sh
                  index: env.sh
                  socket: unix:scgi.sock
                  environment: {GREETING: hello}
                - {path: /run/**/*.txt, handler: static, root: scripts}
                """); Server server = plan.start()) {
            assertThat(plan.routes()).extracting(RouteLine::toString).anyMatch(line -> line.contains("scgi"));
            assertThat(get(server, "/run/env.sh/a%20b").body())
                    .isEqualTo("/run/env.sh|/a b|hello|" + directory.resolve("scripts"));
            assertThat(get(server, "/run/").body()).startsWith("/run/env.sh||");
            assertThat(get(server, "/run/page.txt").body()).isEqualTo("page");
            assertThat(get(server, "/run/absent.sh").statusCode()).isEqualTo(404);
        }
    }

    @Test
    void dividesRequestsAmongTheProgramsOfAGroup() throws Exception {
        var scripts = new ScriptDirectory(directory.resolve("scripts"));
        scripts.sh("who.sh", "printf 'Content-Type: text/plain\\n\\n%s' \"$GREETING\"");
        for (String protocol : new String[] {"scgi", "fastcgi"}) {
            Path one = directory.resolve(protocol + "1.sock");
            Path two = directory.resolve(protocol + "2.sock");
            try (Responder first = Responder.start(protocol, one); Responder second = Responder.start(protocol, two);
                 Server server = Plan.read(Files.writeString(directory.resolve(protocol + ".yaml"), """
                    listeners: [{port: 0}]
                    upstreams:
                      app: {servers: ['unix:%s', 'unix:%s'], max-connections: 4, ejection: {failures: 1, time: 60s}}
                    routes:
                    - {path: /run/**, handler: %s, root: scripts, extensions: .sh, upstream: app, environment: {GREETING: hi}}
                    """.formatted(one, two, protocol))).start()) {
                for (int i = 0; i < 8; i++) {
                    assertThat(get(server, "/run/who.sh").body()).isEqualTo("hi");
                }
                assertThat(server.upstreams().get("app").servers()).allSatisfy(program ->
                        assertThat(program.requests()).isEqualTo(4));
                first.close();
                for (int i = 0; i < 4; i++) {
                    assertThat(get(server, "/run/who.sh").body()).isEqualTo("hi");
                }
                second.close();
                assertThat(get(server, "/run/who.sh").statusCode()).isEqualTo(502);
                assertThat(server.upstreams().get("app").servers()).allSatisfy(program -> {
                    assertThat(program.active()).isZero();
                    assertThat(program.state()).isNotEqualTo("up");
                });
            }
        }
    }

    @Test
    void startsFastCgiPrograms() throws Exception {
        Programs.require("fcgiwrap", "fcgiwrap");
        Path fast = Path.of("/usr/share/perl5/CGI/Fast.pm");
        Assumptions.assumeTrue(Files.exists(fast), "skipped: Perl module CGI::Fast is missing; apt-get install libcgi-fast-perl");
        new ScriptDirectory(directory).executable("app.fcgi", """
                #!/usr/bin/perl
                use CGI::Fast;
                my $n;
                while (my $q = CGI::Fast->new) {
                    print $q->header('text/plain'), ++$n, ' ', $q->script_name, ' ', $q->path_info, ' ', $q->param('a');
                }
                """);
        new ScriptDirectory(directory.resolve("scripts")).sh("a.cgi", "echo Content-Type: text/plain; echo; echo wrapped $PATH_INFO");
        try (Server server = plan("""
                - {path: /app/**, handler: fastcgi, command: ./app.fcgi, children: 1}
                - {path: /run/**, handler: fastcgi, root: scripts, extensions: .cgi, command: fcgiwrap, children: 2}
                """).start()) {
            assertThat(get(server, "/app/x?a=b").body()).isEqualTo("1 /app /x b");
            assertThat(get(server, "/app?a=c").body()).isEqualTo("2 /app  c");
            assertThat(get(server, "/run/a.cgi/x").body()).isEqualTo("wrapped /x\n");
            assertThat(get(server, "/run/other.txt").statusCode()).isEqualTo(404);
        }
    }
}

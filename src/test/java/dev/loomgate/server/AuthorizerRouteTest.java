package dev.loomgate.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.Executors;

import dev.loomgate.testing.LogCapture;
import dev.loomgate.testing.Programs;
import dev.loomgate.testing.RawBackend;
import dev.loomgate.testing.RawClient;
import dev.loomgate.testing.ScriptDirectory;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Routes of every kind whose requests a FastCGI program in Perl has to allow. */
class AuthorizerRouteTest {
    private static final String WORD = "X-Word: sesame\r\n";
    private static final String AUTHORIZER = """
            #!/usr/bin/perl
            use strict;
            use warnings;
            use FCGI;
            use POSIX;
            my %env;
            my $count = 0;
            my $request = FCGI::Request(\\*STDIN, \\*STDOUT, \\*STDERR, \\%env);
            while ($request->Accept() >= 0) {
                my $body = join '', <STDIN>;
                my $how = $env{QUERY_STRING};
                $count++;
                if ($how eq 'dump') {
                    print "Status: 403 Forbidden\\r\\nContent-Type: text/plain\\r\\nX-Count: $count\\r\\n\\r\\n";
                    print "$_=$env{$_}\\n" for sort keys %env;
                    print "body=[$body]\\n";
                } elsif ($how eq 'late') {
                    sleep 3;
                } elsif ($how eq 'dies') {
                    print "Status: 200 OK\\r\\n\\r\\n";
                    $request->Flush();
                    POSIX::_exit(3);
                } elsif ($how eq 'mute') {
                    # says nothing
                } elsif ($how eq 'local') {
                    print "Location: /login?from=$env{DOCUMENT_URI}\\r\\n\\r\\n";
                } elsif ($how eq 'plain') {
                    print "Content-Type: text/plain\\r\\n\\r\\n";
                } elsif (($env{HTTP_X_WORD} // '') eq 'sesame') {
                    print "Status: 200 OK\\r\\nVariable-REMOTE_USER: ali\\r\\nvariable-AUTH_TYPE: Word\\r\\nVariable-Auth-Method: look up\\r\\n";
                    print "Variable-HTTP_X_GROUP: thieves\\r\\nVariable-SCRIPT_NAME: /other\\r\\nVariable-LD_PRELOAD: /evil.so\\r\\n";
                    print "Set-Cookie: a=b\\r\\nX-Ignored: yes\\r\\n\\r\\nnot for anyone";
                } else {
                    print "Status: 401 Say the word\\r\\nWWW-Authenticate: Word\\r\\nContent-Type: text/plain\\r\\n\\r\\nwho are you?";
                }
            }
            """;

    @TempDir
    Path directory;

    @BeforeEach
    void layOut() throws IOException {
        Programs.require("perl", "perl");
        Assumptions.assumeTrue(Files.exists(Path.of("/usr/share/doc/libfcgi-perl")),
                "skipped: Perl module FCGI is missing; apt-get install libcgi-fast-perl");
        new ScriptDirectory(directory).executable("auth.fcgi", AUTHORIZER);
        new ScriptDirectory(directory.resolve("cgi")).sh("env.sh", "printf 'Content-Type: text/plain\\n\\n'; env; printf 'body=['; "
                + "head -c \"${CONTENT_LENGTH:-0}\"; echo ]");
        Files.writeString(Files.createDirectories(directory.resolve("www")).resolve("a.txt"), "a file");
    }

    private Server start(String yaml) throws Exception {
        return Plan.read(Files.writeString(directory.resolve("test.yaml"), "listeners:\n- port: 0\n" + yaml)).start();
    }

    private static RawClient connect(Server server) throws IOException {
        return RawClient.connect(URI.create(server.addresses().getFirst()).getPort());
    }

    private static RawClient.Response get(Server server, String path, String fields) throws IOException {
        try (RawClient client = connect(server)) {
            return client.send("GET " + path + " HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n").readResponse();
        }
    }

    private static RawClient.Response post(RawClient client, String path, String fields, String body) throws IOException {
        return client.send("POST " + path + " HTTP/1.1\r\nHost: h\r\n" + fields + "Content-Type: text/x-test\r\nContent-Length: "
                + body.length() + "\r\n\r\n" + body).readResponse();
    }

    @Test
    void getsTheRequestWithoutItsBodyAndTheAnswerIsTheClients() throws Exception {
        try (Server server = start("""
                routes:
                - path: /cgi/**
                  handler: cgi
                  root: cgi
                  authorizer: {command: ./auth.fcgi, children: 1, environment: {GREETING: hi}}
                """); RawClient client = connect(server)) {
            RawClient.Response refused = get(server, "/cgi/env.sh?x", "");
            assertThat(refused.statusLine()).isEqualTo("HTTP/1.1 401 Say the word");
            assertThat(refused.header("WWW-Authenticate")).hasValue("Word");
            assertThat(refused.body()).isEqualTo("who are you?");

            RawClient.Response dump = post(client, "/x/../cgi/%65nv.sh/more?dump", "Authorization: Basic YTpi\r\n", "hello");
            assertThat(dump.status()).isEqualTo(403);
            assertThat(dump.body().lines()).contains("FCGI_ROLE=AUTHORIZER", "REQUEST_METHOD=POST", "DOCUMENT_URI=/cgi/env.sh/more",
                    "REQUEST_URI=/cgi/env.sh/more?dump", "QUERY_STRING=dump", "REMOTE_ADDR=127.0.0.1", "CONTENT_TYPE=text/x-test",
                    "HTTP_AUTHORIZATION=Basic YTpi", "GREETING=hi", "body=[]");
            assertThat(dump.body().lines().map(line -> line.split("=")[0])).doesNotContain("CONTENT_LENGTH", "PATH_INFO",
                    "PATH_TRANSLATED", "SCRIPT_NAME", "SCRIPT_FILENAME");
        }
    }

    @Test
    void keepsItsConnectionAndLeavesBodiesAndConnectionsOfClientsAlone() throws Exception {
        try (Server server = start("""
                routes:
                - {path: /cgi/**, handler: cgi, root: cgi, authorizer: {command: ./auth.fcgi, children: 1}}
                """); RawClient client = connect(server)) {
            String large = "0123456789".repeat(20_000);
            for (String body : List.of("hello", large, "")) {
                RawClient.Response response = post(client, "/cgi/env.sh", WORD, body);
                assertThat(response.status()).isEqualTo(200);
                assertThat(response.body()).endsWith("body=[" + body + "]\n");
            }
            RawClient.Response chunked = client.send("POST /cgi/env.sh HTTP/1.1\r\nHost: h\r\n" + WORD
                    + "Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n").readResponse();
            assertThat(chunked.status()).isEqualTo(100);
            assertThat(client.send("5\r\nhello\r\n0\r\n\r\n").readResponse().body()).contains("body=[hello]");
            // no connection of the client is used for another thing because of the authorizer, and none of the authorizer's is lost
            assertThat(client.send("GET /cgi/env.sh?dump HTTP/1.1\r\nHost: h\r\n\r\n").readResponse().header("X-Count")).hasValue("5");
            assertThat(client.send("HEAD /cgi/env.sh?dump HTTP/1.1\r\nHost: h\r\n\r\n").readHead().header("X-Count")).hasValue("6");
            // a body that was not asked for is not read
            RawClient.Response early = client.send("POST /cgi/env.sh HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n"
                    + "Expect: 100-continue\r\n\r\n").readResponse();
            assertThat(early.status()).isEqualTo(401);
        }
    }

    @Test
    void whatItGrantsIsInTheEnvironmentAndCannotBeForged() throws Exception {
        CompiledClasses.compile(directory.resolve("classes"), "Granted", """
                import dev.loomgate.handler.*;
                public final class Granted implements Handler {
                    public void handle(Request request, Response response) throws Exception {
                        response.out().print(request.variable("REMOTE_USER") + ' ' + request.variable("Auth_Method"));
                    }
                }
                """);
        CompiledClasses.compile(directory.resolve("servlets"), "GrantedServlet", """
                import jakarta.servlet.http.*;
                public final class GrantedServlet extends HttpServlet {
                    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws java.io.IOException {
                        response.getWriter().print(request.getRemoteUser() + ' ' + request.getAuthType() + ' '
                                + request.getAttribute("Auth_Method"));
                    }
                }
                """);
        var heads = new CopyOnWriteArrayList<String>();
        try (RawBackend backend = RawBackend.start(call -> {
            heads.add(call.head());
            call.respond("behind");
        }); Server server = start("""
                routes:
                - {path: /cgi/**, handler: cgi, root: cgi, authorizer: &who {command: ./auth.fcgi, children: 1}}
                - {path: /open/**, handler: cgi, root: cgi}
                - {path: /www/**, handler: static, root: www, authorizer: *who}
                - {path: /java, handler: java, class: Granted, class-path: classes, authorizer: *who}
                - {path: /servlet/**, handler: servlet, class: GrantedServlet, class-path: servlets, authorizer: *who}
                - {path: /proxy, handler: proxy, to: 'http://127.0.0.1:%d', authorizer: *who}
                """.formatted(backend.port()))) {
            String forged = WORD + "X-Group: kings\r\nVariable-REMOTE_USER: eve\r\nVariable-Auth-Method: guess\r\nRemote-User: eve\r\n";
            assertThat(get(server, "/cgi/env.sh", forged).body().lines()).contains("REMOTE_USER=ali", "AUTH_TYPE=Word",
                            "Auth_Method=look up", "HTTP_X_GROUP=thieves", "SCRIPT_NAME=/cgi/env.sh")
                    .noneMatch(line -> line.startsWith("LD_PRELOAD"));
            assertThat(get(server, "/open/env.sh", forged).body().lines()).contains("HTTP_VARIABLE_AUTH_METHOD=guess")
                    .noneMatch(line -> line.matches("(?i)(REMOTE_USER|AUTH_METHOD|AUTH_TYPE)=.*"));
            RawClient.Response file = get(server, "/www/a.txt", WORD);
            assertThat(file.body()).isEqualTo("a file");
            assertThat(file.header("X-Ignored").or(() -> file.header("Set-Cookie"))).isEmpty();
            assertThat(get(server, "/java", forged).body()).isEqualTo("ali look up");
            assertThat(get(server, "/servlet/", forged).body()).isEqualTo("ali Word look up");
            assertThat(get(server, "/proxy", WORD).body()).isEqualTo("behind");
            for (String path : List.of("/cgi/env.sh", "/www/a.txt", "/www/none", "/java", "/servlet/", "/proxy")) {
                assertThat(get(server, path, "").status()).as(path).isEqualTo(401);
            }
            assertThat(heads).hasSize(1).allSatisfy(head -> assertThat(head).doesNotContain("ali", "thieves"));
        }
    }

    @Test
    void isAskedAfterAddressesLimitsPreflightsAndPasswords() throws Exception {
        Files.writeString(directory.resolve("users"), "bea:$apr1$abcdefgh$82JubPF2dQkt1tVfvLnXS.\n");
        try (Server server = start("""
                routes:
                - {path: /denied, handler: respond, deny: [127.0.0.1], authorizer: &who {command: ./auth.fcgi, children: 1}}
                - {path: /rate, handler: respond, request-rate: {rate: 1, per: hour, burst: 1}, authorizer: *who}
                - {path: /users, handler: respond, basic-auth: {file: users}, authorizer: *who}
                - {path: /cors, handler: respond, cors: {origins: ["https://a.example"]}, authorizer: *who}
                """)) {
            assertThat(get(server, "/denied?dump", "").status()).isEqualTo(403);
            assertThat(get(server, "/denied?dump", "").header("X-Count")).isEmpty();
            assertThat(get(server, "/users?dump", "").status()).isEqualTo(401);
            try (RawClient client = connect(server)) {
                assertThat(client.send("OPTIONS /cors HTTP/1.1\r\nHost: h\r\nOrigin: https://a.example\r\n"
                        + "Access-Control-Request-Method: GET\r\n\r\n").readResponse().status()).isEqualTo(204);
            }
            assertThat(get(server, "/cors?dump", "").header("X-Count")).hasValue("1");
            assertThat(get(server, "/rate", "").status()).isEqualTo(401);
            assertThat(get(server, "/rate", "").status()).isEqualTo(429);
        }
    }

    @Test
    void nothingIsServedThatWasNotAllowed() throws Exception {
        var served = new CopyOnWriteArrayList<String>();
        try (LogCapture log = LogCapture.of("dev.loomgate");
             RawBackend backend = RawBackend.start(call -> {
                 served.add(call.head());
                 call.respond("served");
             }); Server server = start("""
                routes:
                - {path: /proxy, handler: proxy, to: 'http://127.0.0.1:%1$d', authorizer: {command: ./auth.fcgi, children: 1}}
                - {path: /late, handler: proxy, to: 'http://127.0.0.1:%1$d', authorizer: {command: ./auth.fcgi, children: 1, timeout: 1500ms}}
                - {path: /full, handler: respond, body: served, authorizer: {command: ./auth.fcgi, children: 1, max-queue: 0}}
                - {path: /gone, handler: respond, body: served, authorizer: {socket: 'unix:none.sock'}}
                - {path: /absent, handler: respond, body: served, authorizer: {command: ./none.fcgi}}
                - {path: /login, handler: respond, body: log in}
                """.formatted(backend.port())); var clients = Executors.newVirtualThreadPerTaskExecutor()) {
            assertThat(get(server, "/proxy?mute", WORD).status()).isEqualTo(502);
            assertThat(get(server, "/proxy?dies", WORD).status()).isEqualTo(502);
            assertThat(get(server, "/proxy?local", WORD).body()).isEqualTo("log in");
            assertThat(get(server, "/late?late", WORD).status()).isEqualTo(504);
            assertThat(get(server, "/gone", WORD).status()).isEqualTo(502);
            Awaitility.await().untilAsserted(() -> {
                RawClient.Response missing = get(server, "/absent", WORD);
                assertThat(missing.status()).isEqualTo(503);
                assertThat(missing.header("Retry-After")).isPresent();
            });
            assertThat(server.revisions().gateways()).anySatisfy(line -> {
                assertThat(line.route()).isEqualTo("/absent (authorizer)");
                assertThat(line.trouble()).isPresent();
            });

            // one of the two has the only process, whichever it is
            Awaitility.await().untilAsserted(() -> {
                try (RawClient one = connect(server); RawClient other = connect(server)) {
                    var first = new ExecutorCompletionService<RawClient.Response>(clients);
                    for (RawClient client : List.of(one, other)) {
                        first.submit(() -> client.send("GET /full?late HTTP/1.1\r\nHost: h\r\n\r\n").readResponse());
                    }
                    RawClient.Response refused = first.take().get();
                    assertThat(refused.status()).isEqualTo(503);
                    assertThat(refused.header("Retry-After")).isNotEqualTo(Optional.empty());
                }
            });
            assertThat(served).isEmpty();
            assertThat(log.lines()).anySatisfy(line -> assertThat(line).contains("WARN", "status=504", "path=/late"));
            // and an answer without a status is 200, as for any script
            Awaitility.await().until(() -> get(server, "/proxy?plain", "").status() == 200);
        }
    }
}

package dev.loomgate.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Routes whose programs listen on a socket. */
class ResponderReaderTest {
    @TempDir
    Path directory;

    @BeforeEach
    void layOut() throws IOException {
        Files.createDirectories(directory.resolve("www"));
    }

    private RouteConfig.Kind kind(String keys) throws Exception {
        return new ConfigurationReader(PlainRules::new).read(Files.writeString(directory.resolve("test.yaml"),
                "routes:\n- {path: /x/**, " + keys + "}\n")).routes().getFirst().kind();
    }

    private void assertProblem(String keys, String problem) {
        assertThatThrownBy(() -> kind(keys)).isInstanceOf(ConfigurationException.class)
                .hasMessageContaining(directory.resolve("test.yaml") + ":2: routes[0]." + problem);
    }

    @Test
    void readsScgi() throws Exception {
        assertThat(kind("handler: scgi, socket: 'localhost:4000'")).isEqualTo(new RouteConfig.Scgi(Optional.empty(),
                new RouteConfig.Responder.At(new RouteConfig.Socket.Tcp("localhost", 4000)),
                new RouteConfig.ResponderLimits(Map.of(), false, Duration.ofSeconds(60), Optional.empty(), 64, 1024,
                        Duration.ofSeconds(10), Duration.ofSeconds(5), 64 << 10, Optional.empty())));
        assertThat(kind("handler: scgi, root: www, extensions: py, index: index.py, symlinks: inside, socket: run/app.sock, "
                + "environment: {A: '${here}'}, pass-authorization: true, timeout: 5s, run-timeout: 6s, max-connections: 7, "
                + "max-queue: 8, queue-timeout: 9s, connect-timeout: 10s, body-memory: 1k, document-root: www"))
                .isEqualTo(new RouteConfig.Scgi(Optional.of(new RouteConfig.ScriptFiles(
                        new RouteConfig.Program.Root(directory.resolve("www")), List.of(".py"), Optional.of("index.py"),
                        RouteConfig.Symlinks.INSIDE)),
                        new RouteConfig.Responder.At(new RouteConfig.Socket.Unix(directory.resolve("run/app.sock"))),
                        new RouteConfig.ResponderLimits(Map.of("A", directory.toString()), true, Duration.ofSeconds(5),
                                Optional.of(Duration.ofSeconds(6)), 7, 8, Duration.ofSeconds(9), Duration.ofSeconds(10), 1024,
                                Optional.of(directory.resolve("www")))));
    }

    @ParameterizedTest
    @CsvSource({"/run/a.sock,/run/a.sock", "unix:/run/a.sock,/run/a.sock", "unix:a.sock,a.sock", "./a.sock,a.sock"})
    void readsPathsOfSockets(String text, String path) throws Exception {
        assertThat(((RouteConfig.Scgi) kind("handler: scgi, socket: '" + text + "'")).responder())
                .isEqualTo(new RouteConfig.Responder.At(new RouteConfig.Socket.Unix(directory.resolve(path))));
    }

    @Test
    void readsAddressesOfSockets() throws Exception {
        assertThat(((RouteConfig.Scgi) kind("handler: scgi, socket: '[::1]:4000'")).responder())
                .isEqualTo(new RouteConfig.Responder.At(new RouteConfig.Socket.Tcp("::1", 4000)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"4000", "localhost", "::1:4000", "a:0", "a:65536", "a:b", ":4000"})
    void reportsWhatIsNoSocket(String text) {
        assertProblem("handler: scgi, socket: '" + text + "'", "socket: found '" + text
                + "'; the path of a socket (unix:/run/app.sock) or a host with a port");
    }

    @Test
    void reportsWhatCannotBe() {
        assertProblem("handler: scgi", "socket: is missing; it must be there, as in socket: unix:/run/app.sock");
        assertProblem("handler: scgi, socket: 'a:1', index: a.py", "index: means nothing without 'root'");
        assertProblem("handler: scgi, socket: 'a:1', root: nix", "root: found 'nix'");
    }

    @Test
    void readsGroups() throws Exception {
        String group = "\nupstreams:\n  app: {servers: ['a:1']}\n  web: {servers: ['a:1'], health: {path: /health}}\n";
        for (String handler : List.of("scgi", "fastcgi")) {
            assertThat(readWith(group, "handler: " + handler + ", upstream: app").toString())
                    .contains(new RouteConfig.Responder.Upstream("app").toString());
            assertThatThrownBy(() -> readWith(group, "handler: " + handler + ", upstream: ap"))
                    .hasMessageContaining("upstream: found 'ap', which is not under 'upstreams'").hasMessageContaining("'app'");
            assertThatThrownBy(() -> readWith(group, "handler: " + handler + ", upstream: web"))
                    .hasMessageContaining("whose health is asked for by HTTP");
            assertThatThrownBy(() -> readWith(group, "handler: " + handler + ", upstream: app, socket: 'a:1', max-queue: 1"))
                    .hasMessageContaining("socket: a route's program is either").hasMessageContaining("max-queue: means nothing");
        }
    }

    private RouteConfig.Kind readWith(String upstreams, String keys) throws Exception {
        return new ConfigurationReader(PlainRules::new).read(Files.writeString(directory.resolve("test.yaml"),
                "routes:\n- {path: /x/**, " + keys + "}" + upstreams)).routes().getFirst().kind();
    }

    @Test
    void readsFastCgi() throws Exception {
        var limits = new RouteConfig.ResponderLimits(Map.of(), false, Duration.ofSeconds(60), Optional.empty(), 8, 1024,
                Duration.ofSeconds(10), Duration.ofSeconds(5), 64 << 10, Optional.empty());
        assertThat(kind("handler: fastcgi, root: www, command: php-cgi")).isEqualTo(new RouteConfig.FastCgi(
                Optional.of(new RouteConfig.ScriptFiles(new RouteConfig.Program.Root(directory.resolve("www")), List.of(".php"),
                        Optional.of("index.php"), RouteConfig.Symlinks.REFUSE)),
                new RouteConfig.Responder.Command(List.of("php-cgi"), 8, 10_000), Duration.ofSeconds(10), limits));
        Files.writeString(directory.resolve("one.php"), "");
        assertThat(kind("handler: fastcgi, script: one.php, socket: /run/php.sock, keep-alive: 0, max-connections: 8"))
                .isEqualTo(new RouteConfig.FastCgi(Optional.of(new RouteConfig.ScriptFiles(
                        new RouteConfig.Program.Script(directory.resolve("one.php")), List.of(), Optional.empty(),
                        RouteConfig.Symlinks.REFUSE)), new RouteConfig.Responder.At(new RouteConfig.Socket.Unix(Path.of("/run/php.sock"))),
                        Duration.ZERO, limits));
        assertThat(((RouteConfig.FastCgi) kind("handler: fastcgi, command: ./app.fcgi -v, children: 3, max-requests: 5")).responder())
                .isEqualTo(new RouteConfig.Responder.Command(List.of(directory + "/app.fcgi", "-v"), 3, 5));
        assertThat(((RouteConfig.FastCgi) kind("handler: fastcgi, command: [a b, c d]")).responder())
                .isEqualTo(new RouteConfig.Responder.Command(List.of("a b", "c d"), 8, 10_000));
        assertThat(((RouteConfig.FastCgi) kind("handler: fastcgi, root: www, extensions: .fcgi, socket: 'a:1'")).files().orElseThrow()
                .index()).isEmpty();
    }

    @Test
    void reportsFastCgiThatCannotBe() {
        assertProblem("handler: fastcgi, root: www", "command: a FastCGI program is either started, as in command: php-cgi, or "
                + "reached, as in socket: unix:/run/php/php-fpm.sock; write one");
        assertProblem("handler: fastcgi, root: www, command: php-cgi, socket: 'a:1'", "command: a FastCGI program is either");
        assertProblem("handler: fastcgi, command: php-cgi", "root: is missing; PHP runs files");
        assertProblem("handler: fastcgi, command: '', root: www", "command: ");
        assertProblem("handler: fastcgi, command: php-cgi, root: www, max-connections: 5", "max-connections: means nothing beside");
        assertProblem("handler: fastcgi, socket: 'a:1', children: 5", "children: means nothing beside 'socket'");
        assertProblem("handler: fastcgi, socket: 'a:1', script: nix.php", "script: found '");
        assertProblem("handler: fastcgi, socket: 'a:1', script: www", "script: found '");
        assertProblem("handler: fastcgi, socket: 'a:1', root: www, script: www", "script: a route has either");
    }

    private RouteConfig route(String keys) throws Exception {
        return new ConfigurationReader(PlainRules::new).read(Files.writeString(directory.resolve("test.yaml"),
                "routes:\n- {path: /x, handler: respond, " + keys + "}\nupstreams:\n  app: {servers: ['a:1']}\n")).routes().getFirst();
    }

    private void assertAuthorizerProblem(String keys, String problem) {
        assertThatThrownBy(() -> route("authorizer: " + keys)).as(keys).hasMessageContaining("routes[0]." + problem);
    }

    @Test
    void readsAuthorizers() throws Exception {
        Files.writeString(directory.resolve("may.php"), "");
        var limits = new RouteConfig.ResponderLimits(Map.of(), true, Duration.ofSeconds(60), Optional.empty(), 64, 1024,
                Duration.ofSeconds(10), Duration.ofSeconds(5), 0, Optional.empty());
        assertThat(route("authorizer: {socket: 'a:1', script: may.php, keep-alive: 1s}").web().authorizer()).hasValue(
                new RouteConfig.FastCgi(Optional.of(new RouteConfig.ScriptFiles(new RouteConfig.Program.Script(
                        directory.resolve("may.php")), List.of(), Optional.empty(), RouteConfig.Symlinks.REFUSE)),
                        new RouteConfig.Responder.At(new RouteConfig.Socket.Tcp("a", 1)), Duration.ofSeconds(1), limits));
        assertThat(route("authorizer: {command: ./may.fcgi, children: 3}").web().authorizer().orElseThrow().responder())
                .isEqualTo(new RouteConfig.Responder.Command(List.of(directory + "/may.fcgi"), 3, 10_000));
        assertThat(route("authorizer: {upstream: app}").web().authorizer().orElseThrow().responder())
                .isEqualTo(new RouteConfig.Responder.Upstream("app"));
    }

    @Test
    void reportsAuthorizersThatCannotBe() {
        assertAuthorizerProblem("may-i", "authorizer: must hold keys and values");
        assertAuthorizerProblem("{timeout: 1s}", "authorizer.command: a FastCGI program is either started");
        assertAuthorizerProblem("{command: php-cgi}", "authorizer.script: is missing; PHP runs files");
        assertAuthorizerProblem("{socket: 'a:1', script: none.php}", "authorizer.script: found '");
        assertAuthorizerProblem("{socket: 'a:1', tiemout: 1s}", "authorizer.tiemout: unknown key; did you mean 'timeout'?");
        assertAuthorizerProblem("{socket: 'a:1', root: www}", "authorizer.root: unknown key");
        assertAuthorizerProblem("{socket: 'a:1', body-memory: 1k}", "authorizer.body-memory: unknown key");
        assertAuthorizerProblem("{upstream: ap}", "authorizer.upstream: found 'ap', which is not under 'upstreams'");
        assertAuthorizerProblem("{upstream: app, max-queue: 1}", "authorizer.max-queue: means nothing beside 'upstream'");
        assertThatThrownBy(() -> route("authoriser: {socket: 'a:1'}")).hasMessageContaining("did you mean 'authorizer'?");
    }
}

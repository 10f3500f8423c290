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
        return new ConfigurationReader(new PlainRules()).read(Files.writeString(directory.resolve("test.yaml"),
                "routes:\n- {path: /x/**, " + keys + "}\n")).routes().getFirst().kind();
    }

    private void assertProblem(String keys, String problem) {
        assertThatThrownBy(() -> kind(keys)).isInstanceOf(ConfigurationException.class)
                .hasMessageContaining(directory.resolve("test.yaml") + ":2: routes[0]." + problem);
    }

    @Test
    void readsScgi() throws Exception {
        assertThat(kind("handler: scgi, socket: 'localhost:4000'")).isEqualTo(new RouteConfig.Scgi(Optional.empty(),
                new RouteConfig.Socket.Tcp("localhost", 4000),
                new RouteConfig.ResponderLimits(Map.of(), false, Duration.ofSeconds(60), Optional.empty(), 64, 1024,
                        Duration.ofSeconds(10), Duration.ofSeconds(5), 64 << 10, Optional.empty())));
        assertThat(kind("handler: scgi, root: www, extensions: py, index: index.py, symlinks: inside, socket: run/app.sock, "
                + "environment: {A: '${here}'}, pass-authorization: true, timeout: 5s, run-timeout: 6s, max-connections: 7, "
                + "max-queue: 8, queue-timeout: 9s, connect-timeout: 10s, body-memory: 1k, document-root: www"))
                .isEqualTo(new RouteConfig.Scgi(Optional.of(new RouteConfig.ScriptFiles(
                        new RouteConfig.Program.Root(directory.resolve("www")), List.of(".py"), Optional.of("index.py"),
                        RouteConfig.Symlinks.INSIDE)), new RouteConfig.Socket.Unix(directory.resolve("run/app.sock")),
                        new RouteConfig.ResponderLimits(Map.of("A", directory.toString()), true, Duration.ofSeconds(5),
                                Optional.of(Duration.ofSeconds(6)), 7, 8, Duration.ofSeconds(9), Duration.ofSeconds(10), 1024,
                                Optional.of(directory.resolve("www")))));
    }

    @ParameterizedTest
    @CsvSource({"/run/a.sock,/run/a.sock", "unix:/run/a.sock,/run/a.sock", "unix:a.sock,a.sock", "./a.sock,a.sock"})
    void readsPathsOfSockets(String text, String path) throws Exception {
        assertThat(((RouteConfig.Scgi) kind("handler: scgi, socket: '" + text + "'")).socket())
                .isEqualTo(new RouteConfig.Socket.Unix(directory.resolve(path)));
    }

    @Test
    void readsAddressesOfSockets() throws Exception {
        assertThat(((RouteConfig.Scgi) kind("handler: scgi, socket: '[::1]:4000'")).socket())
                .isEqualTo(new RouteConfig.Socket.Tcp("::1", 4000));
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
}

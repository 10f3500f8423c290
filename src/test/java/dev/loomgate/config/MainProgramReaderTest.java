package dev.loomgate.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Routes to Java programs with a main method. */
class MainProgramReaderTest {
    @TempDir
    Path directory;

    @BeforeEach
    void layOut() throws IOException {
        Files.createDirectories(directory.resolve("lib"));
        Files.createFile(directory.resolve("pets.jar"));
        Files.createFile(directory.resolve("lib/a.jar"));
    }

    private RouteConfig.Kind kind(String keys) throws Exception {
        return new ConfigurationReader(PlainRules::new).read(Files.writeString(directory.resolve("test.yaml"),
                "routes:\n- {path: /x/**, handler: main, " + keys + "}\n")).routes().getFirst().kind();
    }

    private void assertProblem(String keys, String problem) {
        assertThatThrownBy(() -> kind(keys)).isInstanceOf(ConfigurationException.class)
                .hasMessageContaining(directory.resolve("test.yaml") + ":2: routes[0]." + problem);
    }

    @Test
    void readsAProgram() throws Exception {
        assertThat(kind("jar: pets.jar")).isEqualTo(new RouteConfig.Main(List.of(directory.resolve("pets.jar")), Optional.empty(),
                List.of(), Map.of(), RouteConfig.Isolation.REQUEST, StandardCharsets.UTF_8, Map.of(), List.of(), false,
                Duration.ofSeconds(60), Optional.empty(), 64 << 10, Optional.empty()));
        assertThat(kind("jar: pets.jar, class-path: lib/*, class: pets.Main, arguments: [a, b], properties: {data: '${here}/d'}, "
                + "isolation: shared, charset: iso-8859-1, environment: {A: b}, pass-environment: LANG, pass-authorization: true, "
                + "timeout: 5s, run-timeout: 6s, body-memory: 1k, document-root: lib"))
                .isEqualTo(new RouteConfig.Main(List.of(directory.resolve("pets.jar"), directory.resolve("lib/*")),
                        Optional.of("pets.Main"), List.of("a", "b"), Map.of("data", directory + "/d"),
                        RouteConfig.Isolation.SHARED, StandardCharsets.ISO_8859_1, Map.of("A", "b"), List.of("LANG"), true,
                        Duration.ofSeconds(5), Optional.of(Duration.ofSeconds(6)), 1024, Optional.of(directory.resolve("lib"))));
    }

    @Test
    void reportsWhatCannotBe() {
        assertProblem("timeout: 5s", "jar: is missing; it must be there, as in jar: program.jar");
        assertProblem("jar: nix.jar", "jar: found '" + directory.resolve("nix.jar") + "', which does not exist");
        assertProblem("jar: lib", "jar: found '" + directory.resolve("lib") + "', which is not a file; a directory of classes "
                + "is a 'class-path'");
        assertProblem("jar: pets.jar, class: missing.Main", "class: found 'missing.Main'; no such class");
        assertProblem("jar: pets.jar, charset: utf-99", "charset: found 'utf-99'; the name of a charset");
        assertProblem("jar: pets.jar, isolation: none", "isolation: found 'none'; ");
    }
}

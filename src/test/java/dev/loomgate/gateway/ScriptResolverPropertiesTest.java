package dev.loomgate.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

import dev.loomgate.testing.ScriptDirectory;

class ScriptResolverPropertiesTest {
    private static Path top;
    private static ScriptResolver resolver;

    @BeforeContainer
    static void fillDirectory() throws IOException {
        top = Files.createTempDirectory("resolver-properties");
        new ScriptDirectory(top.resolve("root")).sh("a", "");
        new ScriptDirectory(top.resolve("root")).sh("sub/b", "");
        new ScriptDirectory(top).sh("out", "");
        new ScriptDirectory(top).sh("secret/a", "");
        Files.createSymbolicLink(top.resolve("root/link"), top);
        Files.createSymbolicLink(top.resolve("root/in"), top.resolve("root/sub"));
        resolver = ScriptResolver.ofDirectory("/cgi", top.resolve("root"), ScriptRules.defaults());
    }

    @AfterContainer
    static void removeDirectory() throws IOException {
        try (var files = Files.walk(top)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    @Property(tries = 5_000)
    void neverLeavesTheRoot(@ForAll("paths") String path) throws IOException {
        if (resolver.resolve(path) instanceof Script script) {
            assertThat(script.file().toRealPath()).startsWith(top.resolve("root").toRealPath());
        }
    }

    @Property(tries = 5_000)
    void scriptNameAndPathInfoAreThePathAgain(@ForAll("paths") String path) throws GatewayException {
        if (resolver.resolve(path) instanceof Script script) {
            assertThat(script.name() + script.pathInfo()).isEqualTo(UrlPath.decode(path));
            assertThat(script.name()).startsWith("/cgi/");
            assertThat(List.of("a", "b")).contains(script.file().getFileName().toString());
        }
    }

    @Property(tries = 2_000)
    void anyTextGetsAnAnswer(@ForAll String path) {
        assertThat(resolver.resolve(path)).isNotNull();
        assertThat(resolver.resolve("/cgi/" + path)).isNotNull();
    }

    @Property(tries = 2_000)
    void aRedirectStaysOnThisServer(@ForAll("paths") String path) {
        var rules = ScriptRules.defaults().withIndex(List.of("a", "b"));
        var withIndex = ScriptResolver.ofDirectory("", top.resolve("root"), rules);
        if (withIndex.resolve(path) instanceof Resolution.MissingSlash slash) {
            assertThat(slash.location()).startsWith("/").doesNotStartWith("//").doesNotContain("\\", "\r", "\n");
        }
    }

    @Provide
    Arbitrary<String> paths() {
        return Arbitraries.of("/cgi", "/", "/a", "/sub", "/b", "/..", "/.", "//", "/%2e%2e", "/.%2E", "/link", "/in", "/out",
                        "/secret", "%2f", "%00", "..", "\\", "%5c", ";", "/root", "/%c0%ae%c0%ae", "%", "%25", "?",
                        "\0", "\u00ff")
                .list().ofMaxSize(8).map(parts -> String.join("", parts));
    }
}

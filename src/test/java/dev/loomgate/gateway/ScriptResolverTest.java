package dev.loomgate.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import dev.loomgate.testing.ScriptDirectory;

class ScriptResolverTest {
    @TempDir
    Path top;
    private Path root;
    private ScriptDirectory scripts;
    private ScriptResolver resolver;

    @BeforeEach
    void fillDirectory() throws IOException {
        root = top.resolve("cgi");
        scripts = new ScriptDirectory(root);
        scripts.sh("a.cgi", "");
        scripts.sh("sub/b.cgi", "");
        scripts.sh("sub/caf\u00e9.cgi", "");
        scripts.sh("with blank.cgi", "");
        scripts.plain("data.txt", "");
        scripts.sh(".hidden/c.cgi", "");
        scripts.sh(".hidden.cgi", "");
        new ScriptDirectory(top).sh("outside.cgi", "");
        resolver = resolver(ScriptRules.defaults());
    }

    private ScriptResolver resolver(ScriptRules rules) {
        return ScriptResolver.ofDirectory("/cgi-bin", root, rules);
    }

    @ParameterizedTest
    @CsvSource({
        "/cgi-bin/a.cgi,/cgi-bin/a.cgi,'',a.cgi",
        "/cgi-bin/a.cgi/,/cgi-bin/a.cgi,/,a.cgi",
        "/cgi-bin/a.cgi/x/y,/cgi-bin/a.cgi,/x/y,a.cgi",
        "/cgi-bin/a.cgi//x//y/,/cgi-bin/a.cgi,//x//y/,a.cgi",
        "/cgi-bin/sub/b.cgi/p%20q%3Fr%25,/cgi-bin/sub/b.cgi,/p q?r%,sub/b.cgi",
        "/cgi-bin/./sub/../a.cgi/z,/cgi-bin/a.cgi,/z,a.cgi",
        "/cgi-bin/a.cgi/x/../y/./z,/cgi-bin/a.cgi,/y/z,a.cgi",
        "/cgi-bin/with%20blank.cgi,/cgi-bin/with blank.cgi,'',with blank.cgi",
        "/cgi-bin/%61.cgi;v=1,'','',",
        "/cgi-bin/a.cgi/x;v=1,/cgi-bin/a.cgi,/x;v=1,a.cgi",
        "/cgi-bin/a.cgi/.git/..x,/cgi-bin/a.cgi,/.git/..x,a.cgi",
        "/x/%2e%2E/cgi-bin/a.cgi,/cgi-bin/a.cgi,'',a.cgi"})
    void splitsThePath(String path, String name, String pathInfo, String file) {
        if (file == null) {
            assertThat(resolver.resolve(path)).isInstanceOf(Resolution.Refused.class);
        } else {
            assertThat(resolver.resolve(path)).isEqualTo(new Script(name, pathInfo, root.resolve(file), List.of()));
        }
    }

    @Test
    void findsFilesByTheirUtf8Names() {
        var expected = new Script("/cgi-bin/sub/caf\u00c3\u00a9.cgi", "/\u00c3\u00a9\u00ff",
                root.resolve("sub/caf\u00e9.cgi"), List.of());
        assertThat(resolver.resolve("/cgi-bin/sub/caf%C3%A9.cgi/%C3%A9%FF")).isEqualTo(expected);
        assertThat(statusOf("/cgi-bin/sub/caf%E9.cgi")).isEqualTo(404);
    }

    @ParameterizedTest
    @CsvSource({
        "/cgi-bin/nix.cgi,404", "/cgi-bin/a.cgix,404", "/cgi-bin-a.cgi,404", "/cgi-binx/a.cgi,404", "/other,404", "/,404",
        "/cgi-bin/../outside.cgi,404", "/cgi-bin/%2e%2e/outside.cgi,404", "/cgi-bin/sub/../../outside.cgi,404",
        "/cgi-bin/..%2foutside.cgi,404", "/cgi-bin/..%2Foutside.cgi,404", "/cgi-bin/a.cgi%2fx,404", "/cgi-bin/a.cgi/x%2Fy,404",
        "/cgi-bin/a.cgi%00,404", "/cgi-bin/a.cgi%00.txt,404", "/cgi-bin/a.cgi/%00,404",
        "/../cgi-bin/a.cgi,400", "/cgi-bin/../../outside.cgi,400", "/cgi-bin/%zz,400", "/cgi-bin/a.cgi/%,400",
        "/cgi-bin/a.cgi/%4,400", "cgi-bin/a.cgi,400",
        "/cgi-bin/.hidden.cgi,404", "/cgi-bin/.hidden/c.cgi,404", "/cgi-bin/%2ehidden/c.cgi,404",
        "/cgi-bin/data.txt,403", "/cgi-bin,403", "/cgi-bin/,403", "/cgi-bin/sub,403", "/cgi-bin/sub/,403"})
    void refuses(String path, int status) {
        assertThat(statusOf(path)).isEqualTo(status);
    }

    @Test
    void saysWhatToDoAboutAFileThatIsNotExecutable() {
        assertThat(((Resolution.Refused) resolver.resolve("/cgi-bin/data.txt")).reason())
                .contains("chmod +x '" + root.resolve("data.txt") + "'");
    }

    @Test
    void anEndlessNameIsNotFound() {
        assertThat(statusOf("/cgi-bin/" + "x".repeat(5_000))).isEqualTo(404);
    }

    @Test
    void refusesSpecialFiles() throws Exception {
        Path fifo = root.resolve("fifo.cgi");
        assertThat(new ProcessBuilder("mkfifo", "-m", "755", fifo.toString()).start().waitFor()).isZero();

        assertThat(statusOf("/cgi-bin/fifo.cgi")).isEqualTo(404);
    }

    @Test
    void followsLinksAsTheRulesSay() throws IOException {
        Files.createSymbolicLink(root.resolve("in.cgi"), Path.of("sub/b.cgi"));
        Files.createSymbolicLink(root.resolve("in"), root.resolve("sub"));
        Files.createSymbolicLink(root.resolve("out.cgi"), top.resolve("outside.cgi"));
        Files.createSymbolicLink(root.resolve("out"), top);
        Files.createSymbolicLink(root.resolve("dangling"), root.resolve("nowhere"));
        Files.createSymbolicLink(root.resolve("loop"), root.resolve("loop"));
        Files.createSymbolicLink(root.resolve("sub/back"), top);

        assertThat(statuses(Symlinks.REFUSE)).containsExactly(403, 403, 403, 403, 403, 403, 403);
        assertThat(statuses(Symlinks.INSIDE)).containsExactly(200, 200, 403, 403, 404, 404, 403);
        assertThat(statuses(Symlinks.FOLLOW)).containsExactly(200, 200, 200, 200, 404, 404, 200);
    }

    private List<Integer> statuses(Symlinks symlinks) {
        ScriptResolver other = resolver(ScriptRules.defaults().withSymlinks(symlinks));
        return List.of("in.cgi", "in/b.cgi/x", "out.cgi", "out/outside.cgi", "dangling", "loop", "in/back/outside.cgi").stream()
                .map(name -> other.resolve("/cgi-bin/" + name))
                .map(resolution -> resolution instanceof Resolution.Refused refused ? refused.status().code() : 200).toList();
    }

    @Test
    void theRootItselfMayBeALink() throws IOException {
        Path link = Files.createSymbolicLink(top.resolve("current"), root);
        var other = ScriptResolver.ofDirectory("", link, ScriptRules.defaults().withSymlinks(Symlinks.REFUSE));

        assertThat(other.resolve("/a.cgi")).isEqualTo(new Script("/a.cgi", "", link.resolve("a.cgi"), List.of()));
    }

    @Test
    void takesOnlyTheExtensionsOfTheRules() {
        ScriptResolver other = resolver(ScriptRules.defaults().withExtensions(Set.of(".cgi", ".pl")));

        assertThat(other.resolve("/cgi-bin/a.cgi/x.txt")).isInstanceOf(Script.class);
        assertThat(other.resolve("/cgi-bin/data.txt")).isInstanceOf(Resolution.NotAScript.class);
        assertThat(other.resolve("/cgi-bin/data.txt/x.cgi")).isInstanceOf(Resolution.NotAScript.class);
    }

    @Test
    void aFileWithAnInterpreterNeedNotBeExecutable() {
        ScriptResolver other = resolver(ScriptRules.defaults().withInterpreters(Map.of(".txt", List.of("/bin/cat", "-u"))));

        assertThat(other.resolve("/cgi-bin/data.txt/x")).isEqualTo(
                new Script("/cgi-bin/data.txt", "/x", root.resolve("data.txt"), List.of("/bin/cat", "-u")));
    }

    @Test
    void servesTheIndexOfADirectory() {
        ScriptResolver other = resolver(ScriptRules.defaults().withIndex(List.of("index.cgi", "b.cgi")));

        assertThat(other.resolve("/cgi-bin/sub/")).isEqualTo(
                new Script("/cgi-bin/sub/b.cgi", "", root.resolve("sub/b.cgi"), List.of()));
        assertThat(other.resolve("/cgi-bin//sub")).isEqualTo(new Resolution.MissingSlash("/cgi-bin//sub/"));
        assertThat(((Resolution.Refused) other.resolve("/cgi-bin/")).status().code()).isEqualTo(403);
    }

    @Test
    void aMissingSlashNeverLeadsToAnotherHost() throws IOException {
        scripts.sh("example.org/b.cgi", "");
        var other = ScriptResolver.ofDirectory("", root, ScriptRules.defaults().withIndex(List.of("b.cgi")));

        assertThat(other.resolve("//example.org")).isEqualTo(new Resolution.MissingSlash("/example.org/"));
        assertThat(other.resolve("/%5Cexample.org/..//sub")).isEqualTo(new Resolution.MissingSlash("/sub/"));
    }

    @Test
    void givesEverythingBelowAPrefixToASingleScript() {
        var single = ScriptResolver.ofScript("/git", top.resolve("outside.cgi"), List.of());

        assertThat(single.resolve("/git/my%20repo.git/info/refs")).isEqualTo(
                new Script("/git", "/my repo.git/info/refs", top.resolve("outside.cgi"), List.of()));
        assertThat(single.resolve("/git")).isEqualTo(new Script("/git", "", top.resolve("outside.cgi"), List.of()));
        assertThat(single.resolve("/gitx")).isInstanceOf(Resolution.Refused.class);
        assertThat(single.resolve("/git/a%2Fb")).isInstanceOf(Resolution.Refused.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "cgi-bin", "/cgi-bin/"})
    void prefixesHaveOneForm(String prefix) {
        assertThatThrownBy(() -> ScriptResolver.ofDirectory(prefix, root, ScriptRules.defaults()))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("'" + prefix + "'");
    }

    private int statusOf(String path) {
        return ((Resolution.Refused) resolver.resolve(path)).status().code();
    }
}

package dev.loomgate.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;

import dev.loomgate.files.StaticFilesSettings.DotFiles;
import dev.loomgate.files.StaticFilesSettings.Symlinks;
import dev.loomgate.testing.Concurrent;
import dev.loomgate.testing.LogCapture;
import dev.loomgate.testing.Programs;
import dev.loomgate.testing.RawClient;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@Concurrent
class PathSafetyTest {
    @TempDir
    Path directory;
    private Path root;

    @BeforeEach
    void create() throws IOException {
        root = Files.createDirectories(directory.resolve("www"));
        Site.put(directory, "secret.txt", "secret");
        Site.put(root, "a/b.txt", "public");
    }

    @ParameterizedTest
    @ValueSource(strings = {
            "/../secret.txt", "/a/../../secret.txt", "/%2e%2e/secret.txt", "/a/%2E%2E/%2e%2e/secret.txt", "/.%2e/secret.txt",
            "/..%2fsecret.txt", "/%2e%2e%2fsecret.txt", "/a/..%2f..%2fsecret.txt", "/..%5csecret.txt", "/..\\secret.txt",
            "/a/%252e%252e/%252e%252e/secret.txt", "/%c0%ae%c0%ae/secret.txt", "/%e0%80%ae%e0%80%ae/secret.txt",
            "/..;/secret.txt", "/a/..;x=1/../secret.txt", "//../secret.txt", "/a/b.txt%00.html", "/a/b.txt%00", "/a/b.txt%0a",
            "/a%2fb.txt", "/a/b.txt%2f", "/a/./b.txt", "/a/%2e/b.txt", "/%", "/%4", "/%zz", "/a/b.txt%ff", "/a/b.txt/.",
            "/a/b.txt/..", "/...", "/a/b.txt/../b.txt",
    })
    void answersNothingButErrorsToPathsThatAreNotPlain(String target) throws IOException {
        try (var site = new Site(root)) {
            assertThat(site.raw("/a/b.txt").body()).isEqualTo("public");
            RawClient.Response response = site.raw(target);
            assertThat(response.status()).isIn(400, 404);
            assertThat(response.body()).doesNotContain("secret", "public");
        }
    }

    @Test
    void answersNotFoundToNamesThatNoFileCanHave() throws IOException {
        try (var site = new Site(root)) {
            assertThat(site.raw("/" + "x".repeat(255)).status()).isEqualTo(404);
            assertThat(site.raw("/" + "x".repeat(256)).status()).isEqualTo(404);
            assertThat(site.raw("/a".repeat(1000)).status()).isEqualTo(404);
        }
    }

    @Test
    void servesNamesOfAnyOtherCharacter() throws IOException {
        try (var site = new Site(root)) {
            site.put("ä €/x;y=1 & 'z' \"q\" #?%.txt", "odd");
            assertThat(site.raw("/%C3%A4%20%E2%82%AC/x;y=1%20&%20'z'%20%22q%22%20%23%3F%25.txt").body()).isEqualTo("odd");
        }
    }

    @Test
    void servesOneFileUnderAllSpellingsOfItsPath() throws IOException {
        try (var site = new Site(root)) {
            for (int time = 0; time < 2; time++) {
                assertThat(site.raw("/a/b.txt").body()).isEqualTo("public");
                assertThat(site.raw("//a///b.txt").body()).isEqualTo("public");
                assertThat(site.raw("/%61/b%2Etxt").body()).isEqualTo("public");
            }
            site.put("a/%41.txt", "percent");
            site.put("a/A.txt", "letter");
            for (int time = 0; time < 2; time++) {
                assertThat(site.raw("/a/%2541.txt").body()).isEqualTo("percent");
                assertThat(site.raw("/a/%41.txt").body()).isEqualTo("letter");
            }
        }
    }

    @Test
    void hidesDotFilesButServesWellKnown() throws IOException {
        Site.put(root, ".env", "secret");
        Site.put(root, ".git/config", "secret");
        Site.put(root, "a/.htpasswd", "secret");
        Site.put(root, ".well-known/acme-challenge/token", "challenge");
        Site.put(root, ".well-known/.hidden", "secret");
        try (var site = new Site(root)) {
            for (String path : List.of("/.env", "/.git/config", "/.git/", "/.git", "/a/.htpasswd", "/.well-known/.hidden")) {
                assertThat(site.raw(path).status()).as(path).isEqualTo(404);
            }
            assertThat(site.raw("/.well-known/acme-challenge/token").body()).isEqualTo("challenge");
        }
        try (var site = new Site(root, settings -> settings.dotFiles(DotFiles.SERVE))) {
            assertThat(site.raw("/.git/config").body()).isEqualTo("secret");
            assertThat(site.raw("/..").status()).isIn(400, 404);
        }
    }

    @ParameterizedTest
    @CsvSource({
            // link, its target, status under refuse, inside, follow
            "file, a/b.txt, 403, 200, 200",
            "absolute, ROOT/a/b.txt, 403, 200, 200",
            "chain, file2, 403, 200, 200",
            "dir/b.txt, , 403, 200, 200",
            "dir/../a/b.txt, , 404, 404, 404",
            "out, ../secret.txt, 403, 403, 200",
            "outdir/secret.txt, , 403, 403, 200",
            "roundabout, ../www/a/b.txt, 403, 200, 200",
            "dangling, none, 403, 404, 404",
            "loop, loop, 403, 403, 403",
            "dot, .env, 403, 404, 200",
            "wholeroot/a/b.txt, , 403, 403, 200",
            "sibling, ../www-other/x.txt, 403, 403, 200",
    })
    void treatsLinksAsTheSettingsSay(String path, String target, int refuse, int inside, int follow) throws IOException {
        Site.put(root, ".env", "dot");
        Site.put(directory, "www-other/x.txt", "other");
        Files.createSymbolicLink(root.resolve("dir"), Path.of("a"));
        Files.createSymbolicLink(root.resolve("outdir"), directory);
        Files.createSymbolicLink(root.resolve("file2"), Path.of("a/b.txt"));
        Files.createSymbolicLink(root.resolve("wholeroot"), Path.of("."));
        if (target != null) {
            Files.createSymbolicLink(root.resolve(path), Path.of(target.replace("ROOT", root.toString())));
        }
        assertThat(statusOf(path, Symlinks.REFUSE)).as("refuse").isEqualTo(refuse);
        assertThat(statusOf(path, Symlinks.INSIDE)).as("inside").isEqualTo(inside);
        assertThat(statusOf(path, Symlinks.FOLLOW)).as("follow").isEqualTo(follow);
    }

    private int statusOf(String path, Symlinks rule) throws IOException {
        try (var site = new Site(root, settings -> settings.symlinks(rule))) {
            int first = site.raw("/" + path).status();
            assertThat(site.raw("/" + path).status()).as("from the cache").isEqualTo(first);
            return first;
        }
    }

    @Test
    void servesARootThatIsALinkAndSwitched() throws IOException {
        Path current = Files.createSymbolicLink(directory.resolve("current"), Path.of("www"));
        try (var site = new Site(current, settings -> settings.revalidateAfter(Duration.ZERO))) {
            assertThat(site.raw("/a/b.txt").body()).isEqualTo("public");
            Site.put(directory, "next/a/b.txt", "next");
            Path link = Files.createSymbolicLink(directory.resolve("link"), Path.of("next"));
            Files.move(link, current, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            assertThat(site.raw("/a/b.txt").body()).isEqualTo("next");
        }
    }

    @ParameterizedTest
    @EnumSource(value = Symlinks.class, names = {"REFUSE", "INSIDE"})
    void neverFollowsALinkThatTakesTheFilesPlaceMeanwhile(Symlinks rule) throws Exception {
        Path file = root.resolve("swapped.txt");
        Path plain = Files.writeString(directory.resolve("plain"), "public");
        var docroot = new Docroot(StaticFilesSettings.builder(root).symlinks(rule).build());
        int opened = 0;
        try (var attack = new Attack(() -> {
            Files.createLink(directory.resolve("next"), plain);
            Files.move(directory.resolve("next"), file, StandardCopyOption.ATOMIC_MOVE);
            Files.createSymbolicLink(directory.resolve("next"), Path.of("../secret.txt"));
            Files.move(directory.resolve("next"), file, StandardCopyOption.ATOMIC_MOVE);
        })) {
            while (attack.goesOn()) {
                opened += open(docroot, List.of(), "swapped.txt");
            }
        }
        assertThat(opened).isPositive();
    }

    @ParameterizedTest
    @EnumSource(value = Symlinks.class, names = {"REFUSE", "INSIDE"})
    void neverFollowsALinkThatTakesTheDirectorysPlaceMeanwhile(Symlinks rule) throws Exception {
        Path secrets = Files.createDirectories(directory.resolve("secrets"));
        Files.writeString(secrets.resolve("b.txt"), "secret");
        Files.writeString(Files.createDirectories(root.resolve("swapped")).resolve("b.txt"), "public");
        Path link = Files.createSymbolicLink(directory.resolve("link"), secrets);
        var docroot = new Docroot(StaticFilesSettings.builder(root).symlinks(rule).build());
        int opened = 0;
        try (var attack = new Attack(() -> {
            Files.move(root.resolve("swapped"), root.resolve("kept"), StandardCopyOption.ATOMIC_MOVE);
            Files.move(link, root.resolve("swapped"), StandardCopyOption.ATOMIC_MOVE);
            Files.move(root.resolve("swapped"), link, StandardCopyOption.ATOMIC_MOVE);
            Files.move(root.resolve("kept"), root.resolve("swapped"), StandardCopyOption.ATOMIC_MOVE);
        })) {
            while (attack.goesOn()) {
                opened += open(docroot, List.of("swapped"), "b.txt");
            }
        }
        assertThat(opened).isPositive();
    }

    private static int open(Docroot docroot, List<String> folder, String name) throws IOException {
        try (Folder open = docroot.open(folder); Folder.Place place = open.find(name); OpenFile file = place.open()) {
            assertThat(file.readAll()).isNotEqualTo("secret".getBytes(StandardCharsets.US_ASCII));
            return 1;
        } catch (IOException | Unservable e) {
            assertThat(e instanceof IOException failure ? Docroot.unservable(failure).status().code()
                    : ((Unservable) e).status().code()).isIn(403, 404);
            return 0;
        }
    }

    /** Someone who may write below the root, and does so all the time for a second and a half. */
    private static final class Attack implements AutoCloseable {
        private final long end = System.nanoTime() + 1_500_000_000L;
        private final Thread thread;

        Attack(Step step) {
            thread = Thread.ofPlatform().start(() -> {
                while (goesOn()) {
                    try {
                        step.run();
                    } catch (IOException e) {
                        throw new AssertionError(e);
                    }
                }
            });
        }

        private interface Step {
            void run() throws IOException;
        }

        boolean goesOn() {
            return System.nanoTime() < end;
        }

        @Override
        public void close() throws InterruptedException {
            thread.join();
        }
    }

    @ParameterizedTest
    @EnumSource(Symlinks.class)
    @Timeout(30)
    void neverOpensAFifoOrADevice(Symlinks rule) throws Exception {
        Path mkfifo = Programs.require("mkfifo", "coreutils");
        Path fifo = root.resolve("fifo");
        assertThat(new ProcessBuilder(mkfifo.toString(), fifo.toString()).start().waitFor()).isZero();
        Files.createSymbolicLink(root.resolve("zero"), Path.of("/dev/zero"));
        Files.createSymbolicLink(root.resolve("link"), Path.of("fifo"));
        try (var site = new Site(root, settings -> settings.symlinks(rule))) {
            assertThat(site.raw("/fifo").status()).isEqualTo(403);
            assertThat(site.raw("/zero").status()).isEqualTo(403);
            assertThat(site.raw("/link").status()).isEqualTo(403);
            assertThat(site.raw("/fifo/x").status()).isEqualTo(404);
            assertThat(site.raw("/fifo/").status()).isEqualTo(404);
        }
    }

    @Test
    void answersForbiddenToWhatItCanNotReadAndSaysSoOnce() throws Exception {
        assumeFalse("root".equals(System.getProperty("user.name")), "skipped: root may read everything");
        Path file = Site.put(root, "locked.txt", "locked");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("---------"));
        Site.put(root, "searchable/open.txt", "open");
        Files.setPosixFilePermissions(root.resolve("searchable"), PosixFilePermissions.fromString("--x------"));
        try (var site = new Site(root, settings -> settings.listing(true))) {
            assertThat(site.raw("/locked.txt").status()).isEqualTo(403);
            assertThat(site.raw("/searchable/open.txt").body()).isEqualTo("open");
            assertThat(site.raw("/searchable/").status()).isEqualTo(403);
        } finally {
            Files.setPosixFilePermissions(root.resolve("searchable"), PosixFilePermissions.fromString("rwx------"));
        }
    }

    @Test
    void logsARefusalOncePerPathAndNotTooManyInAll() throws IOException {
        try (var log = LogCapture.ofThisTest(StaticFiles.class.getName()); var site = new Site(root)) {
            for (int i = 0; i < 30; i++) {
                Files.createSymbolicLink(root.resolve("link" + i), Path.of("a/b.txt"));
            }
            for (int time = 0; time < 3; time++) {
                assertThat(site.raw("/link0").status()).isEqualTo(403);
            }
            assertThat(log.lines()).hasSize(1).first().asString().contains("path=/link0 ", "symbolic link");
            for (int i = 0; i < 30; i++) {
                assertThat(site.raw("/link" + i).status()).isEqualTo(403);
            }
            assertThat(log.lines()).hasSize(10);
            assertThat(site.raw("/missing").status()).isEqualTo(404);
            assertThat(log.lines()).as("a missing file is no fault").hasSize(10);
        }
    }

    @Test
    void tellsWhatTheFileSystemMeans() {
        assertThat(Docroot.unservable(new FileSystemException("x", null, "Too many open files")).status().code()).isEqualTo(503);
        assertThat(Docroot.unservable(new FileSystemException("x", null, "Input/output error")).status().code()).isEqualTo(500);
        assertThat(Docroot.unservable(new FileSystemException("x", null, "File name too long")).status().code()).isEqualTo(404);
        assertThat(Docroot.unservable(new InvalidPathException("x", "unmappable")).getMessage()).contains("LC_ALL=C.UTF-8");
    }

    @Test
    void refusesARootThatIsAFile() {
        assertThatThrownBy(() -> new Site(root.resolve("a/b.txt"))).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("is not a directory");
    }
}

package dev.loomgate.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;

import dev.loomgate.testing.ConcurrentClass;
import dev.loomgate.testing.RawClient;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What clients see when files change. */
@ConcurrentClass
class FreshnessTest {
    private static final UnaryOperator<StaticFilesSettings.Builder> ALWAYS =
            settings -> settings.revalidateAfter(Duration.ZERO);

    @TempDir
    Path root;

    @Test
    void showsAChangeAfterTheTimeThatTheSettingsSay() throws Exception {
        try (var site = new Site(root)) {
            site.put("a.txt", "old");
            assertThat(site.get("/a.txt").body()).isEqualTo("old");
            site.put("a.txt", "newer");
            await().until(() -> site.get("/a.txt").body().equals("newer"));
        }
        try (var site = new Site(root, settings -> settings.revalidateAfter(Duration.ofHours(1)))) {
            assertThat(site.get("/a.txt").body()).isEqualTo("newer");
            site.put("a.txt", "newest!");
            assertThat(site.get("/a.txt").body()).isEqualTo("newer");
        }
    }

    @Test
    void showsAChangeOfTheSameSizeInTheSameTick() throws Exception {
        try (var site = new Site(root, ALWAYS)) {
            Instant now = Instant.now();
            for (int i = 0; Instant.now().isBefore(now.plusMillis(1500)); i++) {
                Path file = Files.writeString(root.resolve("a.txt"), "version " + (i % 10));
                Files.setLastModifiedTime(file, FileTime.from(now));
                assertThat(site.get("/a.txt").body()).isEqualTo("version " + (i % 10));
            }
        }
    }

    @Test
    void givesAWeakTagToAFileThatWasModifiedJustNowAndAStrongOneLater() throws Exception {
        try (var site = new Site(root, ALWAYS)) {
            // again if this is not done before the file is old enough
            await().untilAsserted(() -> {
                Files.writeString(root.resolve("a.txt"), "a");
                HttpResponse<String> response = site.get("/a.txt");
                String weak = response.headers().firstValue("ETag").orElseThrow();
                assertThat(weak).startsWith("W/\"");
                assertThat(site.get("/a.txt", "If-None-Match", weak).statusCode()).isEqualTo(304);
                assertThat(site.get("/a.txt", "If-Match", weak).statusCode()).isEqualTo(412);
                assertThat(site.get("/a.txt", "Range", "bytes=0-0", "If-Range",
                        response.headers().firstValue("Last-Modified").orElseThrow()).statusCode()).isEqualTo(200);
            });
            String weak = site.get("/a.txt").headers().firstValue("ETag").orElseThrow();
            await().until(() -> site.get("/a.txt").headers().firstValue("ETag").orElseThrow()
                    .equals(weak.substring(weak.indexOf('"'))));
        }
    }

    @Test
    void doesNotClaimThatAFileWasModifiedInTheFuture() throws Exception {
        try (var site = new Site(root)) {
            Path file = Files.writeString(root.resolve("a.txt"), "a");
            Files.setLastModifiedTime(file, FileTime.from(Instant.now().plusSeconds(9999)));
            String modified = site.get("/a.txt").headers().firstValue("Last-Modified").orElseThrow();
            assertThat(HttpDate.parse(modified).orElseThrow()).isLessThanOrEqualTo(Instant.now().getEpochSecond());
        }
    }

    @Test
    void showsFilesThatAppearAndDisappear() throws Exception {
        try (var site = new Site(root, ALWAYS)) {
            assertThat(site.get("/a.txt").statusCode()).isEqualTo(404);
            site.put("a.txt", "here");
            assertThat(site.get("/a.txt").statusCode()).isEqualTo(200);
            Files.delete(root.resolve("a.txt"));
            assertThat(site.get("/a.txt").statusCode()).isEqualTo(404);
            Files.createDirectory(root.resolve("a.txt"));
            assertThat(site.ask("HEAD", "/a.txt").statusCode()).isEqualTo(301);
        }
    }

    @Test
    void showsSiblingsAndIndexFilesThatAppearAndDisappear() throws Exception {
        try (var site = new Site(root, settings -> ALWAYS.apply(settings).listing(true))) {
            site.put("index.html", "plain");
            assertThat(site.get("/", "Accept-Encoding", "gzip").body()).isEqualTo("plain");
            site.put("index.html.gz", "gzip");
            assertThat(site.get("/", "Accept-Encoding", "gzip").body()).isEqualTo("gzip");
            Files.delete(root.resolve("index.html.gz"));
            assertThat(site.get("/", "Accept-Encoding", "gzip").body()).isEqualTo("plain");
            Files.delete(root.resolve("index.html"));
            assertThat(site.get("/").body()).contains("<ul>");
        }
    }

    @Test
    void showsAFileThatWasReplacedByOneOfTheSameTimeAndSize() throws Exception {
        try (var site = new Site(root, ALWAYS)) {
            site.put("a.txt", "one");
            assertThat(site.get("/a.txt").body()).isEqualTo("one");
            site.put("b.txt", "two");
            Files.move(root.resolve("b.txt"), root.resolve("a.txt"), StandardCopyOption.REPLACE_EXISTING);
            assertThat(site.get("/a.txt").body()).isEqualTo("two");
        }
    }

    @Test
    void neverMixesTheHeaderOfOneVersionWithTheContentOfAnother() throws Exception {
        try (var site = new Site(root, settings -> settings.memoryCacheMaxFile(0))) {
            var stop = new AtomicBoolean();
            Files.writeString(root.resolve("a.txt"), "x");
            Thread writer = Thread.ofPlatform().start(() -> {
                for (int i = 0; !stop.get(); i = (i + 1) % 1000) {
                    try {
                        Files.writeString(root.resolve("new"), "x".repeat(1 + i));
                        Files.move(root.resolve("new"), root.resolve("a.txt"), StandardCopyOption.ATOMIC_MOVE);
                    } catch (IOException e) {
                        throw new AssertionError(e);
                    }
                }
            });
            try {
                for (int i = 0; i < 500; i++) {
                    HttpResponse<String> response = site.get("/a.txt");
                    if (response.statusCode() == 200) {
                        String tag = response.headers().firstValue("ETag").orElseThrow();
                        assertThat(tag).endsWith("-" + Integer.toHexString(response.body().length()) + "\"");
                    } else {
                        assertThat(response.statusCode()).isEqualTo(503);
                    }
                }
            } finally {
                stop.set(true);
                writer.join();
            }
        }
    }

    @Test
    void servesWhatItHasWhileThereAreNoDescriptorsToLookAgain() throws Exception {
        Site.put(root, "cached.txt", "cached");
        Site.put(root, "other.txt", "other");
        var idle = new ArrayList<RawClient>();
        try (var server = SiteProcess.start(root, "ulimit -n 160"); RawClient client = RawClient.connect(server.port())) {
            assertThat(ask(client, "/cached.txt").body()).isEqualTo("cached");
            await().atMost(Duration.ofSeconds(60)).until(() -> {
                idle.add(RawClient.connect(server.port()));
                return ask(client, "/other" + idle.size() + ".txt").status() == 503;
            });
            assertThat(ask(client, "/other.txt").header("Retry-After")).isPresent();
            // longer than what is known is served unasked
            await().during(Duration.ofMillis(1500)).atMost(Duration.ofSeconds(60))
                    .until(() -> ask(client, "/cached.txt").body().equals("cached"));
        } finally {
            for (RawClient connection : idle) {
                connection.close();
            }
        }
    }

    private static RawClient.Response ask(RawClient client, String path) throws IOException {
        return client.send("GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n").readResponse();
    }
}

package dev.loomgate.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

import dev.loomgate.files.StaticFilesSettings.CacheRule;
import dev.loomgate.testing.RawClient;
import io.restassured.RestAssured;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StaticFilesTest {
    @TempDir
    Path root;

    @ParameterizedTest
    @ValueSource(ints = {0, 32 << 20})
    void servesAFileFromMemoryAndFromDiskAlike(int memory) throws Exception {
        try (var site = new Site(root, settings -> settings.memoryCache(memory))) {
            site.put("dir/hello.txt", "hello");
            for (int time = 1; time <= 3; time++) {
                HttpResponse<String> response = site.get("/dir/hello.txt");
                assertThat(response.statusCode()).isEqualTo(200);
                assertThat(response.body()).isEqualTo("hello");
                assertThat(response.headers().firstValue("Content-Type")).contains("text/plain; charset=utf-8");
                assertThat(response.headers().firstValue("Content-Length")).contains("5");
                assertThat(response.headers().firstValue("Last-Modified")).contains(Site.LAST_MODIFIED);
                assertThat(response.headers().firstValue("Accept-Ranges")).contains("bytes");
                assertThat(response.headers().firstValue("ETag").orElseThrow()).matches("\"[0-9a-f]+-5\"");
                assertThat(response.headers().firstValue("Vary")).isEmpty();
            }
        }
    }

    @Test
    void answersHeadWithTheHeaderOfGet() throws Exception {
        try (var site = new Site(root, settings -> settings.listing(true))) {
            site.put("a.css", "a{}");
            for (String path : List.of("/a.css", "/", "/missing")) {
                HttpResponse<String> get = site.get(path);
                HttpResponse<String> head = site.ask("HEAD", path);
                assertThat(head.statusCode()).isEqualTo(get.statusCode());
                assertThat(head.body()).isEmpty();
                for (String name : List.of("Content-Type", "Content-Length", "ETag", "Last-Modified")) {
                    assertThat(head.headers().firstValue(name)).as(name).isEqualTo(get.headers().firstValue(name));
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"POST,405", "PUT,405", "DELETE,405", "PATCH,405", "OPTIONS,204"})
    void saysWhichMethodsItKnows(String method, int status) throws Exception {
        try (var site = new Site(root)) {
            site.put("a.txt", "a");
            HttpResponse<String> response = site.ask(method, "/a.txt");
            assertThat(response.statusCode()).isEqualTo(status);
            assertThat(response.headers().firstValue("Allow")).contains("GET, HEAD, OPTIONS");
        }
    }

    @Test
    void servesAnEmptyFile() throws Exception {
        try (var site = new Site(root)) {
            site.put("empty.txt", "");
            assertThat(site.get("/empty.txt").statusCode()).isEqualTo(200);
            assertThat(site.get("/empty.txt").headers().firstValue("Content-Length")).contains("0");
        }
    }

    @Test
    void servesTheFirstIndexFileThatThereIs() throws Exception {
        try (var site = new Site(root, settings -> settings.indexFiles(List.of("index.html", "index.htm")))) {
            site.put("a/index.htm", "second");
            assertThat(site.get("/a/").body()).isEqualTo("second");
            assertThat(site.get("/a/").headers().firstValue("Content-Type")).contains("text/html; charset=utf-8");
            site.put("b/index.html", "first");
            site.put("b/index.htm", "second");
            assertThat(site.get("/b/").body()).isEqualTo("first");
            assertThat(site.get("/").statusCode()).isEqualTo(403);
        }
    }

    @Test
    void servesUnderAPrefix() throws Exception {
        try (var site = new Site(root, "/docs/v 1/", settings -> settings)) {
            site.put("index.html", "start");
            site.put("a/b.txt", "b");
            assertThat(site.raw("/docs/v%201/").body()).isEqualTo("start");
            assertThat(site.raw("/docs/v%201/a/b.txt").body()).isEqualTo("b");
            assertThat(site.raw("/docs/v%201").header("Location")).contains("/docs/v%201/");
            assertThat(site.raw("/docs/v%202/a/b.txt").status()).isEqualTo(404);
            assertThat(site.raw("/").status()).isEqualTo(404);
            assertThat(site.raw("/index.html").status()).isEqualTo(404);
        }
    }

    @ParameterizedTest
    @CsvSource({
            "/dir,/dir/",
            "/dir?a=1&b=%2F%2f,/dir/?a=1&b=%2F%2f",
            "//dir,/dir/",
            "///dir//sub,/dir/sub/",
            "/%64ir,/dir/",
            "/d%20%C3%A4%3F%25,/d%20%C3%A4%3F%25/",
    })
    void redirectsToADirectorysSlashAndNowhereElse(String target, String location) throws Exception {
        try (var site = new Site(root)) {
            Files.createDirectories(root.resolve("dir/sub"));
            Files.createDirectories(root.resolve("d ä?%"));
            RawClient.Response response = site.raw(target);
            assertThat(response.status()).isEqualTo(301);
            assertThat(response.header("Location")).contains(location);
        }
    }

    @Test
    void doesNotTakeAFileForADirectory() throws Exception {
        try (var site = new Site(root)) {
            site.put("a.txt", "a");
            assertThat(site.get("/a.txt/").statusCode()).isEqualTo(404);
            assertThat(site.get("/a.txt/b").statusCode()).isEqualTo(404);
        }
    }

    @Test
    void setsCacheControlByTheFirstMatchingPattern() throws Exception {
        try (var site = new Site(root, settings -> settings.cacheControl(List.of(
                new CacheRule("/assets/**", "public, max-age=31536000, immutable"),
                new CacheRule("*.{html,htm}", "no-cache"),
                new CacheRule("/top.*", "max-age=60"))))) {
            site.put("assets/deep/er/a.html", "a");
            site.put("index.html", "start");
            site.put("sub/top.txt", "not at the top");
            site.put("top.txt", "top");
            assertThat(site.get("/assets/deep/er/a.html").headers().firstValue("Cache-Control"))
                    .contains("public, max-age=31536000, immutable");
            assertThat(site.get("/").headers().firstValue("Cache-Control")).contains("no-cache");
            assertThat(site.get("/top.txt").headers().firstValue("Cache-Control")).contains("max-age=60");
            assertThat(site.get("/sub/top.txt").headers().firstValue("Cache-Control")).isEmpty();
        }
    }

    @Test
    void namesTypesAsTheSettingsSay() throws Exception {
        try (var site = new Site(root, settings -> settings.charset("us-ascii")
                .types(Map.of("PET", "text/x-pet", "html", "text/html; charset=latin1")))) {
            site.put("a.pet", "a");
            site.put("a.html", "a");
            site.put("a.css", "a");
            assertThat(site.get("/a.pet").headers().firstValue("Content-Type")).contains("text/x-pet; charset=us-ascii");
            assertThat(site.get("/a.html").headers().firstValue("Content-Type")).contains("text/html; charset=latin1");
            assertThat(site.get("/a.css").headers().firstValue("Content-Type")).contains("text/css; charset=us-ascii");
        }
    }

    @Test
    void worksWithRestAssured() throws Exception {
        try (var site = new Site(root)) {
            site.put("data.json", "{\"pets\":[{\"name\":\"Rex\"}]}");
            RestAssured.given().port(site.port()).get("/data.json").then().statusCode(200)
                    .contentType("application/json").body("pets[0].name", org.hamcrest.Matchers.equalTo("Rex"));
        }
    }

    @Test
    void refusesWhatItCanNotServe() {
        assertThatThrownBy(() -> new StaticFiles("/", StaticFilesSettings.builder(root.resolve("none")).build()))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("none' is not a directory");
        assertThatThrownBy(() -> new StaticFiles("docs", StaticFilesSettings.builder(root).build()))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("prefix: 'docs'");
        assertThatThrownBy(() -> StaticFilesSettings.builder(root).indexFiles(List.of("../x")).build())
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("indexFiles: '../x'");
        assertThatThrownBy(() -> StaticFilesSettings.builder(root).memoryCache(-1).build())
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("memoryCache: '-1'");
        assertThatThrownBy(() -> StaticFilesSettings.builder(root).revalidateAfter(Duration.ofSeconds(-1)).build())
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("revalidateAfter");
        assertThatThrownBy(() -> new CacheRule("[", "no-cache"))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("'[' is not a glob");
        assertThatThrownBy(() -> new CacheRule("*", "no-cache\r\nX: y"))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> ContentCoding.of("deflate"))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("use br, zstd, gzip");
    }

    @Test
    void servesEveryHeaderFieldOnceOverOneConnection() throws IOException {
        try (var site = new Site(root)) {
            site.put("a.txt", "abc");
            try (RawClient client = RawClient.connect(site.port())) {
                for (int i = 0; i < 3; i++) {
                    RawClient.Response response = client.send("GET /a.txt HTTP/1.1\r\nHost: x\r\n\r\n").readResponse();
                    assertThat(response.body()).isEqualTo("abc");
                    assertThat(response.headers().stream().map(field -> field.name().toLowerCase())).doesNotHaveDuplicates();
                }
            }
        }
    }
}

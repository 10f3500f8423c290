package dev.loomgate.files;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Optional;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PrecompressedTest {
    private Site site;

    @BeforeAll
    void start(@TempDir Path root) throws IOException {
        site = new Site(root);
        site.put("both.js", "plain");
        site.put("both.js.br", "brotli");
        site.put("both.js.gz", "gzip");
        site.put("one.css", "plain");
        site.put("one.css.gz", "gzip");
        site.put("none.txt", "plain");
        site.put("sub/index.html", "plain");
        site.put("sub/index.html.br", "brotli");
    }

    @AfterAll
    void stop() {
        site.close();
    }

    @ParameterizedTest
    @CsvSource(nullValues = "-", delimiter = '|', value = {
            "-                                   | plain",
            "''                                  | plain",
            "gzip, deflate, br, zstd             | brotli",
            "gzip                                | gzip",
            "x-gzip                              | gzip",
            "GZIP                                | gzip",
            "br;q=0.5, gzip;q=0.8                | gzip",
            "br;q=0.8, gzip;q=0.8                | brotli",
            "br;q=0, gzip                        | gzip",
            "br;q=0, gzip;q=0                    | plain",
            "br;q=0.000, gzip; q=0.001           | gzip",
            "*                                   | brotli",
            "br;q=0, *                           | gzip",
            "*;q=0                               | plain",
            "*;q=0.1, gzip;q=0.2                 | gzip",
            "identity                            | plain",
            "identity;q=0.5, gzip                | gzip",
            "identity, gzip;q=0.5                | plain",
            "identity;q=0.5, br;q=0.5            | brotli",
            "identity;q=0                        | plain",
            "deflate, compress                   | plain",
            "gzip;q=2                            | plain",
            "gzip;q=x                            | plain",
            "gzip;level=9                        | plain",
            " ,, gzip ,                          | gzip",
            "brotli                              | plain",
    })
    void selectsTheRepresentationThatIsWantedMost(String accepted, String expected) throws Exception {
        HttpResponse<String> response = accepted == null ? site.get("/both.js")
                : site.get("/both.js", "Accept-Encoding", accepted);
        assertThat(response.body()).isEqualTo(expected);
        assertThat(response.headers().firstValue("Vary")).contains("Accept-Encoding");
        assertThat(response.headers().firstValue("Content-Type")).contains("text/javascript; charset=utf-8");
        assertThat(response.headers().firstValue("Content-Encoding")).isEqualTo(switch (expected) {
            case "brotli" -> Optional.of("br");
            case "gzip" -> Optional.of("gzip");
            default -> Optional.empty();
        });
    }

    @Test
    void namesVaryOnlyWhereThereIsAChoice() throws Exception {
        assertThat(site.get("/one.css", "Accept-Encoding", "br").headers().firstValue("Vary")).contains("Accept-Encoding");
        assertThat(site.get("/none.txt", "Accept-Encoding", "gzip").headers().firstValue("Vary")).isEmpty();
        assertThat(site.get("/none.txt", "Accept-Encoding", "gzip").headers().firstValue("Content-Encoding")).isEmpty();
    }

    @Test
    void givesEachRepresentationItsOwnTag() throws Exception {
        String plain = site.get("/both.js").headers().firstValue("ETag").orElseThrow();
        String brotli = site.get("/both.js", "Accept-Encoding", "br").headers().firstValue("ETag").orElseThrow();
        String gzip = site.get("/both.js", "Accept-Encoding", "gzip").headers().firstValue("ETag").orElseThrow();
        assertThat(List.of(plain, brotli, gzip)).doesNotHaveDuplicates();
        assertThat(site.get("/both.js", "Accept-Encoding", "br", "If-None-Match", brotli).statusCode()).isEqualTo(304);
        assertThat(site.get("/both.js", "Accept-Encoding", "br", "If-None-Match", plain).statusCode()).isEqualTo(200);
        assertThat(site.get("/both.js", "Accept-Encoding", "br", "If-None-Match", brotli).headers().firstValue("Vary"))
                .contains("Accept-Encoding");
    }

    @Test
    void answersRangesOfTheEncodedRepresentation() throws Exception {
        HttpResponse<String> response = site.get("/both.js", "Accept-Encoding", "br", "Range", "bytes=1-2");
        assertThat(response.statusCode()).isEqualTo(206);
        assertThat(response.body()).isEqualTo("ro");
        assertThat(response.headers().firstValue("Content-Encoding")).contains("br");
        assertThat(response.headers().firstValue("Content-Range")).contains("bytes 1-2/6");
    }

    @Test
    void findsTheSiblingOfAnIndexFile() throws Exception {
        HttpResponse<String> response = site.get("/sub/", "Accept-Encoding", "br");
        assertThat(response.body()).isEqualTo("brotli");
        assertThat(response.headers().firstValue("Content-Type")).contains("text/html; charset=utf-8");
    }

    @Test
    void servesASiblingThatIsAskedForAsTheFileThatItIs() throws Exception {
        HttpResponse<String> response = site.get("/both.js.gz");
        assertThat(response.headers().firstValue("Content-Encoding")).isEmpty();
        assertThat(response.headers().firstValue("Content-Type")).contains("application/gzip");
    }

    @Test
    void leavesOutSiblingsThatAreOlderThanTheOriginal(@TempDir Path root) throws Exception {
        try (var fresh = new Site(root)) {
            fresh.put("a.js", "plain");
            Path sibling = fresh.put("a.js.gz", "old");
            Files.setLastModifiedTime(sibling, FileTime.from(Site.MODIFIED.minusSeconds(1)));
            fresh.put("b.js", "plain");
            Path second = fresh.put("b.js.gz", "new");
            Files.setLastModifiedTime(second, FileTime.fromMillis(Site.MODIFIED.getEpochSecond() * 1000));
            assertThat(fresh.get("/a.js", "Accept-Encoding", "gzip").body()).isEqualTo("plain");
            assertThat(fresh.get("/b.js", "Accept-Encoding", "gzip").body()).as("same second").isEqualTo("new");
        }
    }

    @Test
    void looksForNoSiblingsWhenToldSo(@TempDir Path root) throws Exception {
        Site.put(root, "a.js", "plain");
        Site.put(root, "a.js.gz", "gzip");
        Site.put(root, "a.js.zst", "zstd");
        try (var without = new Site(root, settings -> settings.precompressed(List.of()))) {
            assertThat(without.get("/a.js", "Accept-Encoding", "gzip").body()).isEqualTo("plain");
        }
        try (var others = new Site(root, settings -> settings.precompressed(List.of(ContentCoding.ZSTANDARD)))) {
            assertThat(others.get("/a.js", "Accept-Encoding", "gzip, zstd").body()).isEqualTo("zstd");
        }
    }
}

package dev.loomgate.files;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

import dev.loomgate.files.StaticFilesSettings.DotFiles;
import dev.loomgate.files.StaticFilesSettings.Symlinks;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ListingTest {
    @TempDir
    Path root;

    @Test
    void namesDirectoriesFirstThenFilesWithSizeAndTime() throws Exception {
        try (var site = new Site(root, settings -> settings.listing(true))) {
            site.put("b.txt", "x".repeat(1536));
            site.put("A.txt", "x");
            Files.createDirectories(root.resolve("zoo"));
            HttpResponse<String> response = site.get("/");
            assertThat(response.headers().firstValue("Content-Type")).contains("text/html; charset=utf-8");
            assertThat(references(response.body())).containsExactly("./zoo/", "./A.txt", "./b.txt");
            assertThat(response.body()).contains("1.5 KiB", "1 B").doesNotContain("../")
                    .contains("<time datetime=\"2024-05-17T10:20Z\">2024-05-17 10:20</time>");
            assertThat(references(site.get("/zoo/").body())).containsExactly("../");
        }
    }

    @Test
    void escapesWhateverNamesContain() throws Exception {
        var names = List.of("<script>alert(1)</script>", "a\" onclick=\"x", "javascript:alert(1)", "&amp;", "100%", "a b?c#d",
                "'quoted'", "ünï");
        for (String name : names) {
            if (!name.contains("/")) {
                Site.put(root, name, name);
            }
        }
        Files.createDirectories(root.resolve("<b>"));
        try (var site = new Site(root, settings -> settings.listing(true))) {
            String page = new String(site.get("/").body().getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
            assertThat(page).doesNotContain("<script", "<b>/", "\" onclick").contains("a&quot; onclick=&quot;x", "ünï");
            for (String reference : references(page)) {
                assertThat(reference).startsWith("./");
                if (!reference.endsWith("/")) {
                    String target = reference.substring(1).replace("&#x27;", "'").replace("&amp;", "&");
                    assertThat(site.raw(target).status()).isEqualTo(200);
                }
            }
            assertThat(site.get("/%3Cb%3E/").body()).contains("<title>/&lt;b&gt;</title>");
        }
    }

    @Test
    void leavesOutWhatWouldNotBeServed() throws Exception {
        Site.put(root, "sub/real.txt", "x");
        Site.put(root, "sub/.hidden", "x");
        Site.put(root, "sub/back\\slash", "x");
        Site.put(root, "sub/new\nline", "x");
        Files.createSymbolicLink(root.resolve("sub/in"), Path.of("real.txt"));
        Files.createSymbolicLink(root.resolve("sub/out"), Path.of("/etc/passwd"));
        Files.createSymbolicLink(root.resolve("sub/dangling"), Path.of("none"));
        Files.createSymbolicLink(root.resolve("sub/device"), Path.of("/dev/zero"));
        assertThat(listed(Symlinks.REFUSE, DotFiles.REFUSE)).containsExactly("../", "./real.txt");
        assertThat(listed(Symlinks.INSIDE, DotFiles.REFUSE)).containsExactly("../", "./in", "./real.txt");
        assertThat(listed(Symlinks.FOLLOW, DotFiles.SERVE)).containsExactly("../", "./.hidden", "./in", "./out", "./real.txt");
    }

    private List<String> listed(Symlinks symlinks, DotFiles dotFiles) throws Exception {
        try (var site = new Site(root, settings -> settings.listing(true).symlinks(symlinks).dotFiles(dotFiles))) {
            return references(site.get("/sub/").body());
        }
    }

    @Test
    void leadsUpUnderAPrefixNoFurtherThanThePrefix() throws Exception {
        Files.createDirectories(root.resolve("sub"));
        try (var site = new Site(root, "/docs/", settings -> settings.listing(true))) {
            assertThat(references(site.get("/docs/").body())).containsExactly("./sub/");
            assertThat(references(site.get("/docs/sub/").body())).containsExactly("../");
            assertThat(site.get("/docs/sub/").body()).contains("<h1>/docs/sub</h1>");
        }
    }

    @Test
    void endsTheListOfAVeryLargeDirectory() throws Exception {
        for (int i = 0; i <= Listing.MOST; i++) {
            Files.createFile(root.resolve("file" + i));
        }
        try (var site = new Site(root, settings -> settings.listing(true))) {
            String page = site.get("/").body();
            assertThat(references(page)).hasSize(Listing.MOST);
            assertThat(page).contains("more than 10000 entries");
        }
    }

    @ParameterizedTest
    @CsvSource({"0,0 B", "1023,1023 B", "1024,1.0 KiB", "1048575,1.0 MiB", "1048576,1.0 MiB", "1536,1.5 KiB",
            "314572800,300.0 MiB", "9223372036854775807,8.0 EiB"})
    void writesSizesAsPeopleReadThem(long bytes, String text) {
        assertThat(Listing.size(bytes)).isEqualTo(text);
    }

    private static List<String> references(String page) {
        return Pattern.compile("href=\"([^\"]*)\"").matcher(page).results().map(result -> result.group(1)).toList();
    }
}

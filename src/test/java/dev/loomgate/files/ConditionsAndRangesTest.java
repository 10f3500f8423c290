package dev.loomgate.files;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import dev.loomgate.testing.Programs;
import dev.loomgate.testing.RawClient;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The right answer to each shape of conditional and range request, and what nginx answers to it: a difference is a row with a
 * reason. The file has 100 bytes, {@code 0123456789} ten times.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ConditionsAndRangesTest {
    private static final String EARLIER = "Thu, 16 May 2024 10:20:30 GMT";
    private static final String LATER = "Sat, 18 May 2024 10:20:30 GMT";

    private Site site;
    private Site fromDisk;
    private Path root;
    private Path nginxDirectory;
    private Nginx nginx;

    @BeforeAll
    void start(@TempDir Path root, @TempDir Path nginxDirectory) throws IOException {
        this.root = root;
        this.nginxDirectory = nginxDirectory;
        Site.put(root, "digits.txt", "0123456789".repeat(10));
        Site.put(root, "empty.txt", "");
        site = new Site(root);
        fromDisk = new Site(root, settings -> settings.memoryCache(0));
    }

    @AfterAll
    void stop() throws Exception {
        site.close();
        fromDisk.close();
        if (nginx != null) {
            nginx.close();
        }
    }

    /** What a server answers: status, Content-Range or null. */
    private record Answer(int status, String contentRange) {
    }

    /**
     * A row.
     *
     * @param fields header fields, each ending with CRLF; TAG and DATE stand for the file's
     * @param right  the right answer, which is ours
     * @param nginx  what nginx answers
     * @param why    why the two differ
     */
    private record Row(String method, String path, String fields, Answer right, Answer nginx, String why) {
        @Override
        public String toString() {
            return method + ' ' + path + ' ' + fields.replace("\r\n", " | ");
        }
    }

    private static Row row(int status, String... fields) {
        var answer = new Answer(status, null);
        return new Row("GET", "/digits.txt", lines(fields), answer, answer, null);
    }

    private static Row part(String contentRange, String... fields) {
        var answer = new Answer(206, contentRange);
        return new Row("GET", "/digits.txt", lines(fields), answer, answer, null);
    }

    private static Row beyond(String... fields) {
        var answer = new Answer(416, "bytes */100");
        return new Row("GET", "/digits.txt", lines(fields), answer, answer, null);
    }

    private static Row with(String method, String path, Row row) {
        return new Row(method, path, row.fields, row.right, row.nginx, row.why);
    }

    private static Row but(int nginxStatus, String nginxContentRange, String why, Row row) {
        return new Row(row.method, row.path, row.fields, row.right, new Answer(nginxStatus, nginxContentRange), why);
    }

    private static String lines(String... fields) {
        return Arrays.stream(fields).map(field -> field + "\r\n").collect(Collectors.joining());
    }

    static Stream<Row> conditions() {
        return Stream.of(
                row(304, "If-None-Match: TAG"),
                row(304, "If-None-Match: W/TAG"),
                row(304, "If-None-Match: *"),
                row(304, "If-None-Match: \"a\", W/\"b\",TAG"),
                row(304, "If-None-Match: \"a,b\", TAG"),
                but(400, null, "nginx refuses a second line, though RFC 9110 section 5.3 lets lists be split over lines",
                        row(304, "If-None-Match: \"a\"", "If-None-Match: TAG")),
                row(200, "If-None-Match: \"other\""),
                row(200, "If-None-Match: other"),
                row(200, "If-None-Match:"),
                row(200, "If-None-Match: \"other\"", "If-Modified-Since: DATE"),
                but(200, null, "nginx evaluates both; RFC 9110 section 13.1.3: the date is ignored",
                        row(304, "If-None-Match: TAG", "If-Modified-Since: " + EARLIER)),
                with("HEAD", "/digits.txt", row(304, "If-None-Match: TAG")),
                row(304, "If-Modified-Since: DATE"),
                but(200, null, "nginx takes only the very date that it has sent (if_modified_since exact)",
                        row(304, "If-Modified-Since: " + LATER)),
                row(200, "If-Modified-Since: " + EARLIER),
                row(304, "If-Modified-Since: Friday, 17-May-24 10:20:30 GMT"),
                row(304, "If-Modified-Since: Fri May 17 10:20:30 2024"),
                row(200, "If-Modified-Since: yesterday"),
                row(200, "If-Modified-Since: "),
                with("HEAD", "/digits.txt", row(304, "If-Modified-Since: DATE")),
                row(200, "If-Match: TAG"),
                row(200, "If-Match: *"),
                row(200, "If-Match: \"a\", TAG"),
                row(412, "If-Match: \"other\""),
                row(412, "If-Match: W/TAG"),
                row(412, "If-Match: other"),
                row(200, "If-Unmodified-Since: DATE"),
                row(200, "If-Unmodified-Since: " + LATER),
                row(412, "If-Unmodified-Since: " + EARLIER),
                but(412, null, "nginx takes an invalid date for one before all others; RFC 9110 section 13.1.4: must ignore",
                        row(200, "If-Unmodified-Since: yesterday")),
                but(412, null, "nginx evaluates both; RFC 9110 section 13.2.2: only If-Match counts",
                        row(200, "If-Match: TAG", "If-Unmodified-Since: " + EARLIER)),
                row(412, "If-Match: \"other\"", "If-None-Match: TAG"),
                row(304, "If-Match: TAG", "If-None-Match: TAG"),
                row(412, "If-Unmodified-Since: " + EARLIER, "If-None-Match: TAG"));
    }

    static Stream<Row> ranges() {
        return Stream.of(
                part("bytes 0-9/100", "Range: bytes=0-9"),
                part("bytes 99-99/100", "Range: bytes=99-99"),
                part("bytes 90-99/100", "Range: bytes=90-"),
                part("bytes 0-99/100", "Range: bytes=0-"),
                part("bytes 90-99/100", "Range: bytes=-10"),
                part("bytes 0-99/100", "Range: bytes=-1000"),
                part("bytes 50-99/100", "Range: bytes=50-1000"),
                part("bytes 0-9/100", "Range: BYTES=0-9"),
                part("bytes 0-9/100", "Range: bytes= 0-9 "),
                but(416, "bytes */100", "nginx knows no empty elements of lists (RFC 9110 section 5.6.1.2)",
                        part("bytes 0-9/100", "Range: bytes=,0-9,")),
                but(416, "bytes */100", "nginx takes a number that is too large for a mistake; it is just beyond the end",
                        part("bytes 0-99/100", "Range: bytes=0-99999999999999999999999")),
                beyond("Range: bytes=100-"),
                beyond("Range: bytes=100-200"),
                beyond("Range: bytes=-0"),
                beyond("Range: bytes=99999999999999999999999-"),
                beyond("Range: bytes=200-,300-400"),
                part("bytes 0-0/100", "Range: bytes=200-300,0-0"),
                row(200, "Range: lines=0-9"),
                row(200, "Range: 0-9"),
                row(200, "Range: bytes 0-9"),
                row(200, "Range: bytes="),
                but(416, "bytes */100", INVALID, row(200, "Range: bytes=a-b")),
                but(416, "bytes */100", INVALID, row(200, "Range: bytes=9-0")),
                but(416, "bytes */100", INVALID, row(200, "Range: bytes=-")),
                but(416, "bytes */100", INVALID, row(200, "Range: bytes=+1-2")),
                but(416, "bytes */100", INVALID, row(200, "Range: bytes=1 - 2x")),
                but(416, "bytes */100", INVALID, row(200, "Range: bytes=0-1,2-3,x")),
                but(206, "bytes 0-9/100", "RFC 9110 section 14.2: GET is the only method that ranges are defined for",
                        with("HEAD", "/digits.txt", row(200, "Range: bytes=0-9"))),
                row(206, "Range: bytes=0-0,99-99"),
                but(206, null, "nginx sends overlapping parts as they were asked for",
                        part("bytes 0-15/100", "Range: bytes=0-9,5-15")),
                but(206, null, "nginx sends parts however close they are; the header of a part takes more than what is between",
                        part("bytes 0-30/100", "Range: bytes=0-9,20-30")),
                row(200, "Range: bytes=0-,0-,0-,0-"),
                but(206, null, "nginx limits the bytes in all only; RFC 9110 section 14.2: more than two overlaps",
                        row(200, "Range: bytes=0-9,1-9,2-9,3-9")),
                but(206, null, "nginx has no limit unless max_ranges is set", row(200, "Range: bytes="
                        + IntStream.range(0, 65).mapToObj(i -> i + "-" + i).collect(Collectors.joining(",")))),
                part("bytes 0-9/100", "Range: bytes=0-9", "If-Range: TAG"),
                part("bytes 0-9/100", "Range: bytes=0-9", "If-Range: DATE"),
                row(200, "Range: bytes=0-9", "If-Range: W/TAG"),
                row(200, "Range: bytes=0-9", "If-Range: \"other\""),
                row(200, "Range: bytes=0-9", "If-Range: " + LATER),
                row(200, "Range: bytes=0-9", "If-Range: " + EARLIER),
                row(200, "Range: bytes=0-9", "If-Range: x"),
                row(200, "Range: bytes=200-", "If-Range: \"other\""),
                row(304, "Range: bytes=0-9", "If-None-Match: TAG"),
                row(412, "Range: bytes=0-9", "If-Match: \"other\""),
                but(200, null, "nginx answers a range of an empty file with the file; nothing lies at or beyond position 0",
                        with("GET", "/empty.txt", new Row(null, null, "Range: bytes=0-\r\n",
                                new Answer(416, "bytes */0"), null, null))),
                with("GET", "/empty.txt", row(200, "Range: bytes=-1")));
    }

    private static final String INVALID = "nginx refuses what is not valid; RFC 9110 section 14.2: an invalid range is ignored";

    @ParameterizedTest
    @MethodSource({"conditions", "ranges"})
    void answersRightFromMemory(Row row) throws IOException {
        assertThat(ask(site.port(), row)).isEqualTo(row.right);
    }

    @ParameterizedTest
    @MethodSource({"conditions", "ranges"})
    void answersRightFromDisk(Row row) throws IOException {
        assertThat(ask(fromDisk.port(), row)).isEqualTo(row.right);
    }

    @ParameterizedTest
    @MethodSource({"conditions", "ranges"})
    void knowsWhatNginxAnswers(Row row) throws IOException {
        if (nginx == null) {
            nginx = Nginx.start(Programs.require("nginx", "nginx"), nginxDirectory, root);
        }
        assertThat(ask(nginx.port(), row)).isEqualTo(row.nginx);
        assertThat(row.right.equals(row.nginx)).as("a difference has a reason").isEqualTo(row.why == null);
    }

    private static Answer ask(int port, Row row) throws IOException {
        try (RawClient client = RawClient.connect(port)) {
            String start = " " + row.path + " HTTP/1.1\r\nHost: x\r\n";
            String tag = client.send("GET" + start + "\r\n").readResponse().header("ETag").orElseThrow();
            client.send(row.method + start + row.fields.replace("TAG", tag).replace("DATE", Site.LAST_MODIFIED) + "\r\n");
            RawClient.Response response = row.method.equals("HEAD") ? client.readHead() : client.readResponse();
            if (row.method.equals("GET")) {
                checkContent(response);
            }
            return new Answer(response.status(), response.header("Content-Range").orElse(null));
        }
    }

    private static void checkContent(RawClient.Response response) {
        String range = response.header("Content-Range").orElse("");
        if (response.status() == 206 && !range.isEmpty()) {
            String[] ends = range.substring("bytes ".length(), range.indexOf('/')).split("-");
            assertThat(response.body()).isEqualTo("0123456789".repeat(10)
                    .substring(Integer.parseInt(ends[0]), Integer.parseInt(ends[1]) + 1));
        } else if (response.status() == 304) {
            assertThat(response.header("ETag")).isPresent();
            assertThat(response.header("Content-Type")).isEmpty();
        }
    }
}

package dev.loomgate.handler;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;

import dev.loomgate.testing.RawClient;
import dev.loomgate.testing.TestServer;
import io.helidon.webserver.http.HttpRouting;
import io.restassured.builder.MultiPartSpecBuilder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Forms with files. */
class UploadTest {
    @TempDir
    Path directory;
    private TestServer server;
    private final AtomicReference<Path> temporary = new AtomicReference<>();

    @AfterEach
    void stop() {
        server.close();
    }

    private void serve(FormSettings settings) {
        Handler handler = (request, response) -> {
            response.contentType("text/plain; charset=utf-8");
            for (Upload upload : request.uploads()) {
                temporary.set(upload.file());
                if (upload.name().equals("keep")) {
                    upload.moveTo(directory.resolve("kept"));
                }
                response.out().print(upload.name() + "|" + upload.fileName() + "|" + upload.contentType() + "|" + upload.size() + ";");
            }
            response.out().print(request.parameter("title") + "|" + request.parameters("tag") + "|" + (request.upload("nix") == null));
        };
        server = TestServer.start(HttpRouting.builder().any(HostedHandler.start(handler, "/", Map.of(), settings)));
    }

    @Test
    void filesBecomeTemporaryFilesAndTextsParameters() throws Exception {
        serve(FormSettings.DEFAULTS);
        byte[] large = new byte[3_000_000];
        new Random(7).nextBytes(large);

        given().multiPart(new MultiPartSpecBuilder("Grüße").controlName("title").charset(StandardCharsets.UTF_8).build())
                .multiPart("tag", "a").multiPart("file", "C:\\pets\\cat \"x\".png", "hello".getBytes(),
                        "image/png").multiPart("tag", "b").multiPart("keep", "large.bin", large).post(server.uri("/x?tag=q"))
                .then().statusCode(200).body(containsString("|image/png|5;keep|large.bin|application/octet-stream|3000000;"))
                .body(containsString("Grüße|[q, a, b]|true"));
        assertThat(Files.readAllBytes(directory.resolve("kept"))).isEqualTo(large);
    }

    @Test
    void filesAreGoneWhenTheHandlerHasReturned() throws Exception {
        serve(FormSettings.DEFAULTS);
        given().multiPart("file", "a.txt", "hello".getBytes()).post(server.uri("/x")).then().statusCode(200);

        org.awaitility.Awaitility.await().until(() -> !Files.exists(temporary.get()));
    }

    private RawClient.Response post(String boundary, String body) throws IOException {
        try (RawClient client = RawClient.connect(server.port())) {
            return client.send("POST /x HTTP/1.1\r\nHost: h\r\nContent-Type: multipart/form-data; boundary=" + boundary
                    + "\r\nContent-Length: " + body.length() + "\r\n\r\n" + body).readResponse();
        }
    }

    @Test
    void readsWhatBrowsersAndOthersSend() throws Exception {
        serve(FormSettings.DEFAULTS);
        // a preamble, an epilogue, blanks behind a boundary, a boundary in the content, a file that was not chosen
        assertThat(post("\"b c\"", "before\r\n--b c  \r\nContent-Disposition: form-data; name=\"title\"\r\n\r\none\r\n--b\r\ntwo\r\n--b c\r\n"
                + "content-disposition: form-data; filename=\"\"; name=file\r\n\r\n\r\n--b c--\r\nafter").body())
                .isEqualTo("file||null|0;one\r\n--b\r\ntwo|[]|true");
        assertThat(post("x", "--x--\r\n").body()).isEqualTo("null|[]|true");
        assertThat(post("x", "--x\r\nContent-Disposition: form-data; name=title\r\nContent-Type: text/plain; charset=iso-8859-1\r\n\r\n\u00fc\r\n"
                + "--x--").body()).isEqualTo(new String("ü|[]|true".getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1));
    }

    @ParameterizedTest
    @CsvSource({"'--x\r\nContent-Disposition: form-data; name=a\r\n\r\ntext', 400", "'', 400",
        "'--x\r\nContent-Type: text/plain\r\n\r\ntext\r\n--x--', 400", "'--x junk\r\n\r\ntext\r\n--x--', 400",
        "'--x\r\nContent-Disposition: form-data; name=a\r\nContent-Type: text/plain; charset=nix\r\n\r\ntext\r\n--x--', 415"})
    void refusesWhatIsMalformed(String body, int status) throws Exception {
        serve(FormSettings.DEFAULTS);
        assertThat(post("x", body.isEmpty() ? " " : body).status()).isEqualTo(status);
    }

    @Test
    void keepsItsLimits() throws Exception {
        serve(new FormSettings(10, 2, StandardCharsets.UTF_8));
        String part = "--x\r\nContent-Disposition: form-data; name=a\r\n\r\n%s\r\n";
        String file = "--x\r\nContent-Disposition: form-data; name=a; filename=b\r\n\r\n" + "z".repeat(5_000) + "\r\n";

        assertThat(post("x", part.formatted("12345") + part.formatted("12345") + "--x--").status()).isEqualTo(200);
        assertThat(post("x", part.formatted("12345") + part.formatted("123456") + "--x--").status()).isEqualTo(413);
        assertThat(post("x", file + file + "--x--").status()).isEqualTo(200);
        assertThat(post("x", file + file + file + "--x--").status()).isEqualTo(400);
        assertThat(post("x", "--x\r\nContent-Disposition: form-data; name=" + "n".repeat(9_000) + "\r\n\r\n\r\n--x--").status())
                .isEqualTo(400);
        assertThat(post("x".repeat(71), "--").status()).isEqualTo(400);
    }
}

package dev.loomgate.files;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.nio.file.Path;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MultipartTest {
    @TempDir
    Path root;

    @ParameterizedTest
    @ValueSource(ints = {0, 64 << 10})
    void sendsEachRangeAsAPartInTheOrderOfTheRequest(int inMemory) throws Exception {
        try (var site = new Site(root, settings -> settings.memoryCacheMaxFile(inMemory))) {
            site.put("a.txt", "0123456789".repeat(1000));
            HttpResponse<String> response = site.get("/a.txt", "Range", "bytes=9000-9004,0-3,20000-,-2");
            assertThat(response.statusCode()).isEqualTo(206);
            String type = response.headers().firstValue("Content-Type").orElseThrow();
            assertThat(type).startsWith("multipart/byteranges; boundary=");
            String boundary = type.substring(type.indexOf('=') + 1);
            String head = "\r\n--" + boundary + "\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Range: bytes ";
            assertThat(response.body()).isEqualTo(head + "9000-9004/10000\r\n\r\n01234" + head + "0-3/10000\r\n\r\n0123"
                    + head + "9998-9999/10000\r\n\r\n89\r\n--" + boundary + "--\r\n");
            assertThat(response.headers().firstValueAsLong("Content-Length")).hasValue(response.body().length());
            assertThat(response.headers().firstValue("Content-Range")).isEmpty();
            assertThat(response.headers().firstValue("ETag")).isPresent();
        }
    }

    @Test
    void choosesAnotherBoundaryEachTime() throws Exception {
        try (var site = new Site(root)) {
            site.put("a.txt", "0123456789".repeat(100));
            assertThat(site.get("/a.txt", "Range", "bytes=0-0,-1").headers().firstValue("Content-Type"))
                    .isNotEqualTo(site.get("/a.txt", "Range", "bytes=0-0,-1").headers().firstValue("Content-Type"));
        }
    }
}

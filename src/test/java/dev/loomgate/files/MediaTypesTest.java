package dev.loomgate.files;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MediaTypesTest {
    @ParameterizedTest
    @CsvSource({
            "index.html, text/html; charset=utf-8", "INDEX.HTML, text/html; charset=utf-8", "a.css, text/css; charset=utf-8",
            "a.js, text/javascript; charset=utf-8", "a.mjs, text/javascript; charset=utf-8", "a.json, application/json",
            "a.min.js.map, application/json", "a.wasm, application/wasm", "a.webmanifest, application/manifest+json",
            "a.txt, text/plain; charset=utf-8", "a.log, text/plain; charset=utf-8", "a.md, text/markdown; charset=utf-8",
            "a.csv, text/csv; charset=utf-8", "a.xml, application/xml", "a.svg, image/svg+xml", "a.png, image/png",
            "a.jpg, image/jpeg", "a.jpeg, image/jpeg", "a.gif, image/gif", "a.webp, image/webp", "a.avif, image/avif",
            "a.ico, image/vnd.microsoft.icon", "a.woff, font/woff", "a.woff2, font/woff2", "a.ttf, font/ttf", "a.otf, font/otf",
            "a.mp4, video/mp4", "a.webm, video/webm", "a.mp3, audio/mpeg", "a.m4a, audio/mp4", "a.ogg, audio/ogg",
            "a.wav, audio/wav", "a.m3u8, application/vnd.apple.mpegurl", "a.vtt, text/vtt; charset=utf-8",
            "a.pdf, application/pdf", "a.zip, application/zip", "a.tar.gz, application/gzip",
            "a.7z, application/x-7z-compressed",
            "a.rar, application/vnd.rar", "a.epub, application/epub+zip", "a.ics, text/calendar; charset=utf-8",
            "a.geojson, application/geo+json", "a.glb, model/gltf-binary", "a.exe, application/octet-stream",
            "a.docx, application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            "README, application/octet-stream", "a.unheard-of, application/octet-stream", "a., application/octet-stream",
            ".html, text/html; charset=utf-8",
    })
    void knowsTheTypesOfToday(String name, String type) {
        assertThat(new MediaTypes(Map.of(), "utf-8").of(name)).isEqualTo(type);
    }

    @ParameterizedTest
    @CsvSource({"a.css, text/css", "a.png, image/png"})
    void addsNoCharsetWhenThereIsNone(String name, String type) {
        assertThat(new MediaTypes(Map.of(), "").of(name)).isEqualTo(type);
    }
}

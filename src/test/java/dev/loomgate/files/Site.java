package dev.loomgate.files;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.function.UnaryOperator;

import dev.loomgate.testing.RawClient;
import dev.loomgate.testing.TestServer;
import io.helidon.webserver.http.HttpRouting;

/** A directory, a server of it, and ways to ask that server. */
final class Site implements AutoCloseable {
    /** When the files of a site were modified, unless a test says otherwise: long ago, so that validators are strong. */
    static final Instant MODIFIED = Instant.parse("2024-05-17T10:20:30.123456Z");
    static final String LAST_MODIFIED = "Fri, 17 May 2024 10:20:30 GMT";

    private final Path root;
    private final StaticFiles files;
    private final TestServer server;
    private final HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    Site(Path root) {
        this(root, "/", settings -> settings);
    }

    Site(Path root, UnaryOperator<StaticFilesSettings.Builder> settings) {
        this(root, "/", settings);
    }

    Site(Path root, String prefix, UnaryOperator<StaticFilesSettings.Builder> settings) {
        this.root = root;
        files = new StaticFiles(prefix, settings.apply(StaticFilesSettings.builder(root)).build());
        server = TestServer.start(HttpRouting.builder().any(files));
    }

    /** Writes a file of the site, and its directories. */
    Path put(String name, String content) throws IOException {
        return put(root, name, content);
    }

    static Path put(Path root, String name, String content) throws IOException {
        Path file = root.resolve(name);
        Files.createDirectories(file.getParent());
        Files.write(file, content.getBytes(StandardCharsets.UTF_8));
        Files.setLastModifiedTime(file, FileTime.from(MODIFIED));
        return file;
    }

    int port() {
        return server.port();
    }

    String uri(String path) {
        return server.uri(path);
    }

    /** Gets a path, with these header fields (name, value, name, value ...). */
    HttpResponse<String> get(String path, String... fields) throws IOException, InterruptedException {
        return ask("GET", path, fields);
    }

    HttpResponse<String> ask(String method, String path, String... fields) throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(URI.create(uri(path))).method(method, HttpRequest.BodyPublishers.noBody());
        if (fields.length > 0) {
            request.headers(fields);
        }
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString(StandardCharsets.ISO_8859_1));
    }

    /** Gets a request target exactly as it is given. */
    RawClient.Response raw(String target) throws IOException {
        try (RawClient client = RawClient.connect(port())) {
            return client.send("GET " + target + " HTTP/1.1\r\nHost: x\r\n\r\n").readResponse();
        }
    }

    @Override
    public void close() {
        client.close();
        server.close();
        files.close();
    }
}

package dev.loomgate.gateway.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPOutputStream;

import io.helidon.webserver.http.HttpRouting;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import dev.loomgate.gateway.ScriptResolver;
import dev.loomgate.testing.Concurrent;
import dev.loomgate.testing.Programs;
import dev.loomgate.testing.TestServer;

/** git as a real client of a real CGI program: its own {@code git-http-backend}, one script for everything below /git. */
@Concurrent
class GitHttpBackendTest {
    @TempDir
    Path top;
    private Path git;
    private ProcessGateway gateway;
    private TestServer server;

    @BeforeEach
    void start() throws Exception {
        git = Programs.require("git", "git");
        Path backend = Programs.require(run(top, git.toString(), "--exec-path").strip() + "/git-http-backend", "git");
        run(top, "git", "init", "--quiet", "--bare", "repositories/pets.git");
        run(top, "git", "-C", "repositories/pets.git", "config", "http.receivepack", "true");
        gateway = new ProcessGateway(ScriptResolver.ofScript("/git", backend, List.of()), ProcessSettings.builder()
                .environment(Map.of("GIT_PROJECT_ROOT", top.resolve("repositories").toString(), "GIT_HTTP_EXPORT_ALL", "1",
                        "HOME", top.toString(), "GIT_CONFIG_NOSYSTEM", "1"))
                .build());
        server = TestServer.start(HttpRouting.builder().any("/git/*", gateway));
    }

    @AfterEach
    void stop() {
        if (server != null) {
            server.close();
            gateway.close();
        }
    }

    private static String run(Path directory, String... words) throws IOException, InterruptedException {
        var builder = new ProcessBuilder(words).directory(directory.toFile()).redirectErrorStream(true);
        builder.environment().putAll(Map.of("HOME", directory.toString(), "GIT_CONFIG_NOSYSTEM", "1",
                "GIT_TERMINAL_PROMPT", "0", "GIT_AUTHOR_NAME", "a", "GIT_AUTHOR_EMAIL", "a@example.org",
                "GIT_COMMITTER_NAME", "a", "GIT_COMMITTER_EMAIL", "a@example.org"));
        Process process = builder.start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(output).isZero();
        return output;
    }

    private String git(String directory, String... words) throws IOException, InterruptedException {
        var command = new ArrayList<>(List.of(git.toString(), "-c", "protocol.version=2", "-c", "gc.auto=0"));
        command.addAll(List.of(words));
        return run(top.resolve(directory), command.toArray(String[]::new));
    }

    private void commit(String file, byte[] content) throws IOException, InterruptedException {
        Files.write(top.resolve("work").resolve(file), content);
        git("work", "add", file);
        git("work", "commit", "--quiet", "-m", "Add " + file);
    }

    @Test
    void clonesAndPushes() throws Exception {
        git(".", "clone", "--quiet", server.uri("/git/pets.git"), "work");
        commit("pet.txt", "a cat\n".getBytes(StandardCharsets.UTF_8));
        git("work", "push", "--quiet", "origin", "HEAD:refs/heads/main");
        commit("other.txt", "a dog\n".getBytes(StandardCharsets.UTF_8));
        git("work", "push", "--quiet", "origin", "HEAD:refs/heads/main");

        git(".", "clone", "--quiet", "--branch", "main", server.uri("/git/pets.git"), "copy");

        assertThat(Files.readString(top.resolve("copy/pet.txt"))).isEqualTo("a cat\n");
        assertThat(git("copy", "log", "--format=%s")).isEqualTo("Add other.txt\nAdd pet.txt\n");
    }

    @Test
    void pushesAndClonesFiftyMegabytes() throws Exception {
        byte[] content = new byte[50_000_000];
        new Random(1).nextBytes(content);
        git(".", "clone", "--quiet", server.uri("/git/pets.git"), "work");
        git("work", "config", "core.compression", "0");
        commit("big.bin", content);

        git("work", "push", "--quiet", "origin", "HEAD:refs/heads/main");

        git(".", "clone", "--quiet", "--branch", "main", server.uri("/git/pets.git"), "copy");
        assertThat(Files.mismatch(top.resolve("work/big.bin"), top.resolve("copy/big.bin"))).isEqualTo(-1);
    }

    @Test
    void aPushThatFitsItsBufferComesWithItsLength() throws Exception {
        byte[] content = new byte[5_000_000];
        new Random(2).nextBytes(content);
        git(".", "clone", "--quiet", server.uri("/git/pets.git"), "work");
        git("work", "config", "http.postBuffer", "100000000");
        commit("middle.bin", content);

        git("work", "push", "--quiet", "origin", "HEAD:refs/heads/main");

        assertThat(git("repositories/pets.git", "cat-file", "-s", "main:middle.bin").strip()).isEqualTo("5000000");
    }

    @Tag("wire")
    @Test
    void takesRequestsThatGitHasCompressed() throws Exception {
        git(".", "clone", "--quiet", server.uri("/git/pets.git"), "work");
        for (int i = 0; i < 60; i++) {
            commit("pet" + i + ".txt", ("pet " + i).getBytes(StandardCharsets.UTF_8));
        }
        git("work", "push", "--quiet", "origin", "HEAD:refs/heads/main");
        git(".", "clone", "--quiet", "--branch", "main", server.uri("/git/pets.git"), "copy");
        commit("last.txt", "last".getBytes(StandardCharsets.UTF_8));
        git("work", "push", "--quiet", "origin", "HEAD:refs/heads/main");

        // names the many commits that it has, more than git sends uncompressed
        git("copy", "-c", "protocol.version=0", "pull", "--quiet");

        assertThat(top.resolve("copy/last.txt")).exists();
    }

    @Tag("wire")
    @Test
    void aCompressedRequestReachesTheProgramAsItIs() throws Exception {
        var body = new ByteArrayOutputStream();
        try (var gzip = new GZIPOutputStream(body)) {
            gzip.write("0014command=ls-refs\n0000".getBytes(StandardCharsets.UTF_8));
        }
        HttpResponse<String> response = HttpClient.newHttpClient().send(
                HttpRequest.newBuilder(URI.create(server.uri("/git/pets.git/git-upload-pack")))
                        .header("Content-Type", "application/x-git-upload-pack-request").header("Content-Encoding", "gzip")
                        .header("Git-Protocol", "version=2")
                        .POST(HttpRequest.BodyPublishers.ofByteArray(body.toByteArray())).build(),
                HttpResponse.BodyHandlers.ofString());

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body()).isEqualTo("0000");
    }
}

package dev.loomgate.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;

import dev.loomgate.config.ConfigurationException;
import dev.loomgate.server.Plan;
import dev.loomgate.server.Server;
import dev.loomgate.testing.RawBackend;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A handler that asks three servers at once, with one deadline. */
class OverviewTest {
    @TempDir
    Path directory;

    private Plan plan(String upstreams, String names) throws Exception {
        return Plan.read(Files.writeString(directory.resolve("test.yaml"), """
                listeners: [{port: 0}]
                upstreams: {%s}
                routes:
                - path: /overview
                  handler: java
                  class: pets.Overview
                  class-path: %s
                  settings: {upstreams: "%s", path: "/what?x=1", deadline: "8000"}
                """.formatted(upstreams, Path.of("legacy-handlers/java/classes").toAbsolutePath(), names)));
    }

    @Test
    void answersWithWhatCameInTime() throws Exception {
        var held = new CountDownLatch(1);
        try (RawBackend one = RawBackend.start(call -> call.respond("one " + call.head().split(" ")[1]));
             RawBackend slow = RawBackend.start(call -> held.await());
             RawBackend gone = RawBackend.start(call -> {
                 throw new java.io.EOFException();
             });
             Plan plan = plan("a: {servers: ['127.0.0.1:%d']}, b: {servers: ['127.0.0.1:%d']}, c: {servers: ['127.0.0.1:%d']}"
                     .formatted(one.port(), slow.port(), gone.port()), "a, b, c"); Server server = plan.start()) {
            String answer = HttpClient.newHttpClient().send(HttpRequest.newBuilder(URI.create(server.addresses().getFirst()
                    + "/overview")).build(), HttpResponse.BodyHandlers.ofString()).body();
            assertThat(answer.lines().toList()).first().isEqualTo("one /what?x=1");
            assertThat(answer.lines().skip(1)).allMatch(line -> line.startsWith("(no answer"));
            assertThat(answer.lines()).hasSize(3);
            held.countDown();
        }
    }

    @Test
    void doesNotStartWithAGroupThatIsNotThere() throws Exception {
        try (Plan plan = plan("a: {servers: ['127.0.0.1:1']}", "b")) {
            assertThatThrownBy(plan::start).isInstanceOf(ConfigurationException.class).hasMessageContaining("upstream 'b'");
        }
    }
}

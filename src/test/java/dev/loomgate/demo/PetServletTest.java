package dev.loomgate.demo;

import static dev.loomgate.demo.PetDemo.form;
import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.jar.JarFile;
import java.util.stream.IntStream;

import dev.loomgate.server.Plan;
import dev.loomgate.server.Server;
import io.restassured.specification.RequestSpecification;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The demo's WAR, which was compiled against javax.servlet. */
class PetServletTest {
    private static final Path WAR = Path.of("legacy-handlers/war/pets.war").toAbsolutePath();

    @TempDir
    private Path directory;
    private PetDemo demo;
    private Server server;
    private String uri;

    @BeforeEach
    void start() throws Exception {
        demo = PetDemo.in(directory);
        Path file = Files.writeString(directory.resolve("loomgate.yaml"), """
                listeners: [{port: 0}]
                routes:
                - path: /pet-servlet/**
                  handler: servlet
                  war: %s
                  cache: migrated
                  settings: {pets.data: %s}
                """.formatted(WAR, demo.data()));
        server = Plan.read(file).start();
        uri = server.addresses().getFirst() + "/pet-servlet/";
    }

    @AfterEach
    void stop() {
        server.close();
        demo.close();
    }

    private static RequestSpecification posting(String form) {
        return given().redirects().follow(false)
                .header("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8").body(form);
    }

    @Test
    void showsAddsAndFeedsPets() throws Exception {
        given().get(uri).then().statusCode(200).header("Content-Type", "text/html;charset=utf-8")
                .body(containsString("<h2>4 pets</h2>")).body(containsString("<a href=\"/pet-servlet/\" aria-current=\"page\">"));
        posting(form("action", "add", "name", "Bär <b>", "species", "bear", "note", "")).post(uri)
                .then().statusCode(303).header("Location", "/pet-servlet/#pet-5").body(equalTo(""));
        posting(form("action", "feed", "id", "5")).post(uri).then().statusCode(303);
        assertThat(demo.rows().getLast()).startsWith("5", "Bär <b>", "bear", "", "1");
        posting(form("action", "add", "name", "", "species", "bear")).post(uri)
                .then().statusCode(400).body(containsString("The name is missing.")).body(containsString("value=\"bear\""));
        given().redirects().follow(false).get(uri.substring(0, uri.length() - 1)).then().statusCode(302)
                .header("Location", "/pet-servlet/");
        given().delete(uri).then().statusCode(405);
    }

    @Test
    void showsThePageOfTheOtherPrograms() throws Exception {
        String other = given().get(demo.server().uri("/pets")).asString();
        assertThat(normal(given().get(uri).asString(), "/pet-servlet/")).isEqualTo(normal(other, "/pets"));
    }

    private static String normal(String page, String script) {
        return page.replace(" aria-current=\"page\"", "").replaceFirst("<p>Served by .*</p>", "")
                .replace("action=\"" + script + "\"", "action=\"\"");
    }

    @Test
    void losesNothingWhenOthersWriteAtTheSameTime() throws Exception {
        List<Callable<Void>> writers = IntStream.range(0, 40).<Callable<Void>>mapToObj(i -> () -> {
            String target = i % 2 == 0 ? uri : demo.server().uri("/pets");
            posting(form("action", "add", "name", "pet " + i, "species", "cat", "note", "")).post(target).then().statusCode(303);
            return null;
        }).toList();
        try (var threads = Executors.newFixedThreadPool(8)) {
            for (Future<Void> result : threads.invokeAll(writers)) {
                result.get();
            }
        }
        assertThat(demo.rows()).hasSize(44);
    }

    @Test
    void wasWrittenForJavaxAndKnowsNothingOfTheServer() throws Exception {
        try (var war = new JarFile(WAR.toFile())) {
            assertThat(new String(war.getInputStream(war.getEntry("WEB-INF/classes/pets/PetServlet.class")).readAllBytes(),
                    StandardCharsets.ISO_8859_1)).contains("javax/servlet/http/HttpServlet").doesNotContain("jakarta", "loomgate/");
        }
        try (var kept = Files.list(directory.resolve("migrated"))) {
            assertThat(kept).hasSize(1);
        }
    }
}

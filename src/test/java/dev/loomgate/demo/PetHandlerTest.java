package dev.loomgate.demo;

import static dev.loomgate.demo.PetDemo.form;
import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;

import java.nio.file.Path;

import io.restassured.specification.RequestSpecification;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PetHandlerTest {
    @TempDir
    private Path directory;
    private PetDemo demo;

    @BeforeEach
    void start() throws Exception {
        demo = PetDemo.in(directory);
    }

    @AfterEach
    void stop() {
        demo.close();
    }

    private RequestSpecification posting(String form) {
        return given().redirects().follow(false).header("Content-Type", "application/x-www-form-urlencoded").body(form);
    }

    @Test
    void showsAddsAndFeedsPets() throws Exception {
        String uri = demo.server().uri("/pets");
        given().get(uri).then().statusCode(200).header("Content-Type", "text/html; charset=utf-8")
                .body(containsString("<h2>4 pets</h2>")).body(containsString("<a href=\"/pets\" aria-current=\"page\">"));
        posting(form("action", "add", "name", "Bär <b>", "species", "bear", "note", "")).post(uri)
                .then().statusCode(303).header("Location", "/pets#pet-5").body(equalTo(""));
        posting(form("action", "feed", "id", "5")).post(uri).then().statusCode(303);
        assertThat(demo.rows().getLast()).startsWith("5", "Bär <b>", "bear", "", "1");
        given().get(uri).then().body(containsString("<h3>Bär &lt;b&gt; <small>bear</small></h3>"))
                .body(containsString("fed 1 time,"));
    }

    @Test
    void saysWhatIsWrong() {
        String uri = demo.server().uri("/pets");
        posting(form("action", "add", "name", "", "species", "bear")).post(uri)
                .then().statusCode(400).body(containsString("The name is missing.")).body(containsString("value=\"bear\""));
        posting("").post(uri).then().statusCode(400);
        posting("name=%zz&x").post(uri).then().statusCode(400);
        given().delete(uri).then().statusCode(405).header("Allow", "GET, HEAD, POST");
    }

    @Test
    void showsThePageOfTheProgramThatItWasPortedFrom() throws Exception {
        PetDemo.require("pet-java.cgi");
        String page = demo.run("pet-java.cgi", "GET", "").body();
        String ported = given().get(demo.server().uri("/pets")).asString();
        assertThat(normal(ported, "/pets")).isEqualTo(normal(page, "/cgi-bin/pet-java.cgi"));
    }

    @Test
    void showsThePageOfTheProgramThatRunsInTheServer() throws Exception {
        PetDemo.require("pet-java.cgi");
        String page = demo.run("pet-java.cgi", "GET", "").body();
        String hosted = given().get(demo.server().uri("/cgi-bin/pet")).asString();
        assertThat(normal(hosted, "/cgi-bin/pet")).isEqualTo(normal(page, "/cgi-bin/pet-java.cgi"));
        posting(form("action", "add", "name", "Bär <b>", "species", "bear", "note", "")).post(demo.server().uri("/cgi-bin/pet"))
                .then().statusCode(303).header("Location", "/cgi-bin/pet#pet-5").body(equalTo(""));
        posting("").post(demo.server().uri("/cgi-bin/pet")).then().statusCode(400).body(containsString("The name is missing."));
        given().delete(demo.server().uri("/cgi-bin/pet")).then().statusCode(405).header("Allow", "GET, HEAD, POST");
        assertThat(demo.rows().getLast()).startsWith("5", "Bär <b>", "bear", "", "0");
    }

    private static String normal(String page, String script) {
        return page.replace(" aria-current=\"page\"", "").replaceFirst("<p>Served by .*</p>", "")
                .replace("\r\n", "\n").replace("action=\"" + script + "\"", "action=\"\"");
    }
}

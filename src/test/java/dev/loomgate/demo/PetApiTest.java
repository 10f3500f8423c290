package dev.loomgate.demo;

import static dev.loomgate.demo.PetDemo.form;
import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.hasSize;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import io.restassured.http.ContentType;
import io.restassured.response.ValidatableResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

class PetApiTest {
    static final Iterable<String> SCRIPTS = PetDemo.SCRIPTS;

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

    private String uri(String rest) {
        return demo.server().uri("/api/pets" + rest);
    }

    private ValidatableResponse post(String json) {
        return given().contentType(ContentType.JSON).body(json).post(uri("")).then();
    }

    private ValidatableResponse get(String rest) {
        return given().get(uri(rest)).then();
    }

    @Test
    void listsNewestFirst() {
        get("").statusCode(200).contentType(ContentType.JSON).body("count", equalTo(4))
                .body("pets.id", equalTo(List.of(4, 3, 2, 1)))
                .body("pets[3].name", equalTo("Mimi")).body("pets[3].fed", equalTo(12))
                .body("pets[3].added", equalTo("1999-04-12T08:30:00Z"));
    }

    @Test
    void findsBySpeciesAndText() {
        get("?species=CAT").body("pets.name", equalTo(List.of("Mimi")));
        get("?q=BÄR").body("pets.name", equalTo(List.of("Blau-Bär")));
        get("?q=marathon").body("pets", hasSize(1));
        get("?q=%25").body("pets", hasSize(0));
        get("?species=cat&q=ball").body("count", equalTo(0));
        get("?species=&q=").body("count", equalTo(4));
        get("?q=' or 1=1 --").body("count", equalTo(0));
        get("?limit=2&offset=1").body("count", equalTo(4)).body("pets.id", equalTo(List.of(3, 2)));
    }

    @Test
    void addsFeedsAndRemovesAPet() throws Exception {
        post("{\"name\": \" Süße\\n\", \"species\": \"cat\", \"note\": \"<i>\"}").statusCode(201)
                .header("Location", "/api/pets/5").body("id", equalTo(5))
                .body("name", equalTo("Süße")).body("note", equalTo("<i>"));
        get("/5").statusCode(200).body("fed", equalTo(0));
        given().post(uri("/5/feed")).then().statusCode(200).body("fed", equalTo(1));
        get("/5").body("fed", equalTo(1));
        assertThat(demo.rows().getLast()).startsWith("5", "Süße", "cat", "<i>", "1");
        given().delete(uri("/5")).then().statusCode(204);
        get("/5").statusCode(404);
        get("").body("count", equalTo(4));
        // an id is never used twice: somebody may still hold a link to the pet that is gone
        post("{\"name\": \"Next\", \"species\": \"cat\"}").statusCode(201).header("Location", "/api/pets/6");
    }

    @Test
    void explainsWhatIsWrong() {
        post("{\"name\": \"\", \"species\": \"" + "x".repeat(21) + "\", \"note\": 7}").statusCode(400)
                .contentType("application/problem+json").body("status", equalTo(400)).body("title", equalTo("Bad Request"))
                .body("errors.note", equalTo("The note must be a string."));
        post("{\"species\": \"" + "x".repeat(21) + "\", \"note\": null}").statusCode(400)
                .body("errors.name", equalTo("The name is missing."))
                .body("errors.species", equalTo("The species has 21 characters, at most 20 are allowed."));
        get("?limit=1001").statusCode(400).body("errors.limit", containsString("0 to 1000"));
        get("?limit=-1").statusCode(400);
        get("?offset=x").statusCode(400);
        get("/99").statusCode(404).body("detail", equalTo("There is no pet 99."));
        get("/abc").statusCode(404);
        get("/99999999999").statusCode(404);
        given().post(uri("/99/feed")).then().statusCode(404);
        given().delete(uri("/99")).then().statusCode(404);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "[]", "7", "\"x\"", "{\"name\": }", "\u0000"})
    void refusesABodyThatIsNoJsonObject(String body) {
        post(body).statusCode(400).contentType("application/problem+json").body("detail", containsString("JSON object"));
    }

    @Test
    void refusesABodyThatIsTooLargeOrOfAnotherType() {
        post("{\"name\": \"" + "x".repeat(20_000) + "\"}").statusCode(413).contentType("application/problem+json");
        given().contentType("text/plain").body("{}").post(uri(""))
                .then().statusCode(415).body("detail", containsString("text/plain"));
        get("").statusCode(200);
    }

    @ParameterizedTest
    @FieldSource("SCRIPTS")
    void seesAtOnceWhatScriptsDoAndIsSeenByThem(String script) throws Exception {
        PetDemo.require(script);
        get("").body("count", equalTo(4));
        demo.run(script, "POST", form("action", "add", "name", "From " + script, "species", "cat"));
        get("?q=From").body("pets.name", hasItem("From " + script));
        demo.run(script, "POST", form("action", "feed", "id", "5"));
        get("/5").body("fed", equalTo(1));
        post("{\"name\": \"From REST\", \"species\": \"fish\"}").statusCode(201);
        assertThat(demo.run(script, "GET", "").body()).contains("From REST");
    }

    @Test
    void recoversWhenADamagedFileIsMended() throws Exception {
        get("").statusCode(200);
        Files.writeString(demo.data().resolve("pets.tsv"), "#pets\t2\n");
        get("").statusCode(500).contentType("application/problem+json");
        Files.writeString(demo.data().resolve("pets.tsv"), "#pets\t3\t2\n1\tMimi\tcat\t\t0\t1999-04-12T08:30:00Z\n");
        get("").statusCode(200).body("count", equalTo(1));
    }
}

package dev.loomgate.demo;

import static dev.loomgate.demo.PetDemo.form;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;

import dev.loomgate.testing.Concurrent;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

@Concurrent
class CgiScriptsTest {
    static final Iterable<String> SCRIPTS = PetDemo.SCRIPTS;

    @TempDir
    private Path directory;
    private PetDemo demo;

    @BeforeEach
    void copyDemo() throws Exception {
        demo = PetDemo.in(directory);
    }

    @AfterEach
    void stop() {
        demo.close();
    }

    private PetDemo.CgiAnswer run(String script, String method, String form) throws Exception {
        PetDemo.require(script);
        var answer = demo.run(script, method, form);
        assertThat(answer.errors()).isEmpty();
        assertThat(answer.exit()).isZero();
        return answer;
    }

    @ParameterizedTest
    @FieldSource("SCRIPTS")
    void showsTheSeedAndLeavesItAlone(String script) throws Exception {
        var page = run(script, "GET", "");
        assertThat(page.fields().get("content-type")).isEqualToIgnoringCase("text/html; charset=utf-8");
        assertThat(page.body()).contains("<h2>4 pets</h2>", "Blau-Bär", "金魚 Kin", "🐟", "fed 12 times, here since 1999-04-12",
                "<a href=\"/cgi-bin/" + script + "\" aria-current=\"page\">");
        assertThat(demo.data()).isDirectoryNotContaining(file -> file.endsWith("pets.tsv"));
    }

    @ParameterizedTest
    @FieldSource("SCRIPTS")
    void addsAPetAndSendsTheBrowserToIt(String script) throws Exception {
        var answer = run(script, "POST",
                form("action", "add", "name", " Ärger\t\r\n& Co ", "species", "cat", "note", "a+b=c 🐈"));
        assertThat(answer.status()).isEqualTo(303);
        assertThat(answer.fields()).containsEntry("location", "/cgi-bin/" + script + "#pet-5");
        assertThat(demo.head()).isEqualTo("#pets\t2\t6");
        assertThat(demo.rows()).hasSize(5);
        assertThat(demo.rows().getLast()).startsWith("5", "Ärger & Co", "cat", "a+b=c 🐈", "0")
                .satisfies(fields -> assertThat(fields[5]).matches("20\\d\\d-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ"));
        assertThat(run(script, "GET", "").body()).contains("<li id=\"pet-5\">\n<h3>Ärger &amp; Co <small>cat</small></h3>");
    }

    @ParameterizedTest
    @FieldSource("SCRIPTS")
    void countsEveryFeed(String script) throws Exception {
        assertThat(run(script, "POST", form("action", "feed", "id", "1")).fields())
                .containsEntry("location", "/cgi-bin/" + script + "#pet-1");
        assertThat(demo.rows().getFirst()).contains("Mimi", "13");
        var missing = run(script, "POST", form("action", "feed", "id", "9"));
        assertThat(missing.status()).isEqualTo(400);
        assertThat(missing.body()).contains("There is no such pet.");
        assertThat(demo.head()).isEqualTo("#pets\t2\t5");
    }

    @ParameterizedTest
    @FieldSource("SCRIPTS")
    void letsNoHtmlThrough(String script) throws Exception {
        String evil = "\"><script>alert('1')</script>&";
        run(script, "POST", form("action", "add", "name", evil, "species", "<b>'\"", "note", evil));
        assertThat(demo.rows().getLast()[1]).isEqualTo(evil);
        assertThat(run(script, "GET", "").body()).contains("&lt;script&gt;").doesNotContain("<script", "<b>", "\">\"");
        var form = run(script, "POST", form("action", "add", "name", "", "species", "x\" autofocus onfocus=\"alert(1)"));
        assertThat(form.body()).contains("value=\"x&quot; autofocus onfocus=&quot;alert(1)\"");
    }

    @ParameterizedTest
    @FieldSource("SCRIPTS")
    void saysWhatIsWrongWithAFormAndKeepsWhatWasTyped(String script) throws Exception {
        var answer = run(script, "POST", form("action", "add", "name", " \t ", "species", "ä".repeat(21), "note", "kept <"));
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.body()).contains("<p class=\"problem\" role=\"alert\">The name is missing.</p>",
                "The species has 21 characters, at most 20 are allowed.", "value=\"kept &lt;\"", "<h2>4 pets</h2>");
        assertThat(demo.data()).isDirectoryNotContaining(file -> file.endsWith("pets.tsv"));
    }

    @ParameterizedTest
    @FieldSource("SCRIPTS")
    void refusesOtherMethodsAndFormsThatAreTooLarge(String script) throws Exception {
        var put = run(script, "PUT", "");
        assertThat(put.status()).isEqualTo(405);
        assertThat(put.fields()).containsEntry("allow", "GET, HEAD, POST");
        var large = run(script, "POST", form("action", "add", "name", "x", "species", "x", "note", "x".repeat(70_000)));
        assertThat(large.status()).isIn(400, 413);
    }

    @Test
    void showsTheSamePageInEveryLanguage() throws Exception {
        for (int i = 0; i < 50; i++) {
            String note = i % 3 == 0 ? "" : "note " + i;
            run("pet.py", "POST", form("action", "add", "name", "Pet " + i, "species", "fish", "note", note));
        }
        String expected = null;
        for (String script : PetDemo.SCRIPTS) {
            String page = run(script, "GET", "").body().replace(" aria-current=\"page\"", "").replace(script, "SCRIPT")
                    .replaceAll("<a href=\"/cgi-bin/[^\"]*\"", "<a").replaceFirst("<p>Served by .*</p>", "");
            expected = expected == null ? page : expected;
            assertThat(page).as(script).isEqualTo(expected).contains("These are the newest 50.");
        }
    }

    @Test
    void showsTheStatusWithoutSecrets() throws Exception {
        PetDemo.require("status.sh");
        assertThat(run("status.sh", "GET", "").body())
                .contains("<tr><th scope=\"row\">Pets</th><td>4</td></tr>",
                        "<tr><th scope=\"row\">Times fed</th><td>27</td></tr>",
                        "<td>&lt;script&gt;alert(&#39;agent&#39;)&lt;/script&gt;</td>", "</html>")
                .doesNotContain("<script");
        assertThat(run("status.sh", "POST", "a=b").status()).isEqualTo(405);
    }

    @ParameterizedTest
    @FieldSource("SCRIPTS")
    void failsLoudlyOnADamagedFile(String script) throws Exception {
        PetDemo.require(script);
        String damaged = "#pets\t1\t3\n1\tMimi\tcat\n";
        Files.writeString(demo.data().resolve("pets.tsv"), damaged);
        String errors;
        try {
            errors = demo.run(script, "POST", form("action", "feed", "id", "1")).errors();
        } catch (AssertionError noHeader) {
            errors = noHeader.getMessage();
        }
        assertThat(errors).contains("line 2: 3 fields, expected 6");
        assertThat(demo.data().resolve("pets.tsv")).hasContent(damaged);
    }
}

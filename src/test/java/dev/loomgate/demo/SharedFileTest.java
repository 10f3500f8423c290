package dev.loomgate.demo;

import static dev.loomgate.demo.PetDemo.form;
import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;

import dev.loomgate.testing.Concurrent;
import io.restassured.http.ContentType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Perl, Python and Java processes, and two class loaders of one JVM, write one file at the same time. */
@Concurrent
class SharedFileTest {
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

    /** Adds a pet of this name, then feeds pet 1. */
    private interface Writer {
        void addAndFeed(String name) throws Exception;
    }

    private void script(String script, String name) throws Exception {
        assertThat(demo.run(script, "POST", form("action", "add", "name", name, "species", "cat")).status()).isEqualTo(303);
        assertThat(demo.run(script, "POST", form("action", "feed", "id", "1")).status()).isEqualTo(303);
    }

    private void handler(String name) {
        for (String form : List.of(form("action", "add", "name", name, "species", "cat"), form("action", "feed", "id", "1"))) {
            given().redirects().follow(false).header("Content-Type", "application/x-www-form-urlencoded").body(form)
                    .post(demo.server().uri("/pets")).then().statusCode(303);
        }
    }

    private void rest(String name) {
        given().contentType(ContentType.JSON).body("{\"name\": \"" + name + "\", \"species\": \"cat\"}")
                .post(demo.server().uri("/api/pets")).then().statusCode(201);
        given().post(demo.server().uri("/api/pets/1/feed")).then().statusCode(200);
    }

    @Test
    void losesNothingWhenAllWriteAtOnce() throws Exception {
        PetDemo.SCRIPTS.forEach(PetDemo::require);
        var tasks = new ArrayList<Callable<Integer>>();
        tasks.add(writing("perl", 15, name -> script("pet.pl", name)));
        tasks.add(writing("python", 15, name -> script("pet.py", name)));
        tasks.add(writing("java", 5, name -> script("pet-java.cgi", name)));
        for (int i = 0; i < 2; i++) {
            tasks.add(writing("handler" + i, 40, this::handler));
            tasks.add(writing("rest" + i, 40, this::rest));
        }
        var writing = new AtomicBoolean(true);
        int added = 0;
        try (var threads = Executors.newThreadPerTaskExecutor(Thread.ofPlatform().factory())) {
            var reader = threads.submit(() -> readWhile(writing));
            List<Future<Integer>> results = threads.invokeAll(tasks, 5, TimeUnit.MINUTES);
            // before a failure of theirs is thrown, or the reader would go on for ever
            writing.set(false);
            for (var result : results) {
                added += result.get();
            }
            assertThat(reader.get()).isPositive();
        }
        var rows = demo.rows();
        assertThat(added).isEqualTo(195);
        assertThat(rows).hasSize(4 + added);
        assertThat(rows.stream().map(row -> row[0])).containsExactlyElementsOf(
                IntStream.rangeClosed(1, 4 + added).mapToObj(Integer::toString).toList());
        assertThat(rows.stream().map(row -> row[1])).doesNotHaveDuplicates();
        assertThat(rows.getFirst()[4]).isEqualTo(Integer.toString(12 + added));
        assertThat(demo.head()).isEqualTo("#pets\t" + (1 + 2 * added) + "\t" + (5 + added));
        given().get(demo.server().uri("/api/pets")).then().body("count", equalTo(4 + added));
        given().get(demo.server().uri("/api/pets/1")).then().body("fed", equalTo(12 + added));
    }

    private Callable<Integer> writing(String who, int times, Writer writer) {
        return () -> {
            for (int i = 0; i < times; i++) {
                writer.addAndFeed(who + " " + i);
            }
            return times;
        };
    }

    /** Whoever reads meanwhile, without a lock, sees a whole file each time. */
    private int readWhile(AtomicBoolean writing) throws Exception {
        Path file = demo.data().resolve("pets.tsv");
        int reads = 0;
        while (writing.get()) {
            if (Files.exists(file)) {
                List<String> lines = Files.readAllLines(file);
                int next = Integer.parseInt(lines.getFirst().split("\t")[2]);
                assertThat(lines).hasSize(next);
                assertThat(lines.getLast().split("\t", -1)).hasSize(6).startsWith(Integer.toString(next - 1));
                reads++;
            }
            // leaves the processors to those who write
            Thread.sleep(5);
        }
        return reads;
    }
}

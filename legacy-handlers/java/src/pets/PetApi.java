package pets;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

import io.helidon.http.HeaderNames;
import io.helidon.http.HttpMediaType;
import io.helidon.http.Status;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import jakarta.json.Json;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonException;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import jakarta.json.JsonString;
import jakarta.json.JsonValue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The pet community as a REST service, what one would write today: JSON in and out, {@link Problem} where something is wrong.
 *
 * <pre>
 * GET    /api/pets?species=cat&amp;q=text&amp;limit=100&amp;offset=0   {"count": 1, "pets": [...]}, newest first
 * POST   /api/pets                {"name": ..., "species": ..., "note": ...}: 201, Location and the pet
 * GET    /api/pets/{id}           the pet
 * POST   /api/pets/{id}/feed      the pet, fed once more
 * DELETE /api/pets/{id}           204
 * </pre>
 */
public final class PetApi implements HttpService {
    private static final Logger LOGGER = LoggerFactory.getLogger(PetApi.class);
    private static final int MOST_BYTES = 16 * 1024;
    private static final int MOST_LISTED = 1000;

    private final PetFile file;
    private final ReentrantLock starting = new ReentrantLock();
    private volatile PetIndex index;

    /** Made by the server: the setting {@code data} is the directory of the data file. */
    public PetApi(Map<String, String> settings) {
        file = new PetFile(Path.of(settings.getOrDefault("data", "../data")));
    }

    @Override
    public void routing(HttpRules rules) {
        rules.get("/", answer(this::list))
                .post("/", answer(this::add))
                .get("/{id}", answer(this::get))
                .delete("/{id}", answer(this::remove))
                .post("/{id}/feed", answer(this::feed));
    }

    private void list(ServerRequest request, ServerResponse response) throws IOException, SQLException {
        String species = request.query().first("species").filter(text -> !text.isBlank()).orElse(null);
        String text = request.query().first("q").filter(part -> !part.isBlank()).orElse(null);
        int limit = number(request, "limit", 100, MOST_LISTED);
        int offset = number(request, "offset", 0, Integer.MAX_VALUE);
        PetIndex.Found found = index().find(species, text, limit, offset);
        JsonArrayBuilder pets = Json.createArrayBuilder();
        found.pets().forEach(pet -> pets.add(json(pet)));
        response.send(Json.createObjectBuilder().add("count", found.count()).add("pets", pets).build());
    }

    private void add(ServerRequest request, ServerResponse response) throws IOException {
        JsonObject body = body(request);
        String name = text(body, "name");
        String species = text(body, "species");
        String note = text(body, "note");
        Map<String, String> errors = Pet.problems(name, species, note);
        if (!errors.isEmpty()) {
            throw new Problem(400, "The pet can't be added.", errors);
        }
        Pet pet = file.add(name, species, note);
        LOGGER.atInfo().addKeyValue("id", pet.id()).log("pet added");
        String path = request.prologue().uriPath().rawPath();
        response.status(Status.CREATED_201)
                .header(HeaderNames.LOCATION, (path.endsWith("/") ? path : path + "/") + pet.id())
                .send(json(pet));
    }

    private void get(ServerRequest request, ServerResponse response) throws IOException, SQLException {
        response.send(json(found(request, index().get(id(request)))));
    }

    private void feed(ServerRequest request, ServerResponse response) throws IOException {
        response.send(json(found(request, file.feed(id(request)))));
    }

    private void remove(ServerRequest request, ServerResponse response) throws IOException {
        if (!file.remove(id(request))) {
            throw missing(request);
        }
        LOGGER.atInfo().addKeyValue("id", id(request)).log("pet removed");
        response.status(Status.NO_CONTENT_204).send();
    }

    private PetIndex index() {
        if (index == null) {
            starting.lock();
            try {
                // on first use, so that the server doesn't start later for a database that perhaps nobody asks
                index = index == null ? new PetIndex(file) : index;
            } finally {
                starting.unlock();
            }
        }
        return index;
    }

    /** Closes the database. */
    @Override
    public void afterStop() {
        if (index != null) {
            index.close();
        }
    }

    private static Pet found(ServerRequest request, Optional<Pet> pet) {
        return pet.orElseThrow(() -> missing(request));
    }

    private static Problem missing(ServerRequest request) {
        return new Problem(404, "There is no pet " + request.path().pathParameters().get("id") + ".");
    }

    private static int id(ServerRequest request) {
        String text = request.path().pathParameters().get("id");
        if (!text.matches("[0-9]{1,9}")) {
            throw missing(request);
        }
        return Integer.parseInt(text);
    }

    private static int number(ServerRequest request, String name, int fallback, int most) {
        String text = request.query().first(name).orElse(Integer.toString(fallback));
        if (!text.matches("[0-9]{1,9}") || Integer.parseInt(text) > most) {
            String sentence = "'" + text + "' is not a number from 0 to " + most + ".";
            throw new Problem(400, "The query is wrong.", Map.of(name, sentence));
        }
        return Integer.parseInt(text);
    }

    private static JsonObject body(ServerRequest request) {
        String type = request.headers().contentType().map(HttpMediaType::text).orElse("none");
        if (!type.matches("application/json( *;.*)?")) {
            throw new Problem(415, "The Content-Type must be application/json; it is " + type + ".");
        }
        // before content(): a filter set later would not be used
        request.streamFilter(in -> new LimitedStream(in, MOST_BYTES));
        if (!request.content().hasEntity()) {
            throw new Problem(400, "The body must be a JSON object: there is no body.");
        }
        try {
            return request.content().as(JsonObject.class);
        } catch (JsonException | ClassCastException e) {
            throw new Problem(400, "The body must be a JSON object: " + e.getMessage().lines().findFirst().orElse(""));
        }
    }

    private static String text(JsonObject body, String name) {
        JsonValue value = body.getOrDefault(name, JsonValue.NULL);
        if (value instanceof JsonString string) {
            return Pet.clean(string.getString());
        }
        if (value == JsonValue.NULL) {
            return "";
        }
        throw new Problem(400, "The pet can't be added.", Map.of(name, "The " + name + " must be a string."));
    }

    private static JsonObject json(Pet pet) {
        return Json.createObjectBuilder().add("id", pet.id()).add("name", pet.name()).add("species", pet.species())
                .add("note", pet.note()).add("fed", pet.fed()).add("added", pet.added()).build();
    }

    private static Handler answer(Handler handler) {
        return (request, response) -> {
            response.header(HeaderNames.CACHE_CONTROL, "no-store");
            try {
                handler.handle(request, response);
            } catch (Problem problem) {
                send(problem, response);
            } catch (IOException | SQLException e) {
                LOGGER.atError().addKeyValue("method", request.prologue().method().text())
                        .addKeyValue("path", request.prologue().uriPath().rawPath()).setCause(e).log("pet file not at hand");
                send(new Problem(500, "The pets are not at hand, the server's log says why."), response);
            }
        };
    }

    private static void send(Problem problem, ServerResponse response) {
        Status status = Status.create(problem.status());
        JsonObjectBuilder body = Json.createObjectBuilder().add("type", "about:blank").add("title", status.reasonPhrase())
                .add("status", problem.status()).add("detail", problem.getMessage());
        if (!problem.errors().isEmpty()) {
            JsonObjectBuilder errors = Json.createObjectBuilder();
            problem.errors().forEach(errors::add);
            body.add("errors", errors);
        }
        // as bytes: Helidon's JSON support knows application/json only
        response.status(status).header(HeaderNames.CONTENT_TYPE, "application/problem+json")
                .send(body.build().toString().getBytes(StandardCharsets.UTF_8));
    }
}

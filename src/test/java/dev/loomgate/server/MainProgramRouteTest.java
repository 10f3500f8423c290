package dev.loomgate.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;

import dev.loomgate.config.ConfigurationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Routes to Java programs with a main method. */
class MainProgramRouteTest {
    private static final HttpClient CLIENT = HttpClient.newHttpClient();
    private static final String PROGRAM = """
            public class Greeting {
                static int count;
                public static void main(String[] args) {
                    System.out.print("Content-Type: text/plain\\n\\n" + System.getenv("SCRIPT_NAME") + "|" + System.getenv("PATH_INFO")
                            + "|" + System.getProperty("word") + args[0] + ++count);
                }
            }
            """;

    @TempDir
    Path directory;

    private Plan plan(String routes) throws Exception {
        return Plan.read(Files.writeString(directory.resolve("test.yaml"), "listeners:\n- port: 0\nroutes:\n" + routes));
    }

    private static String get(Server server, String path) throws Exception {
        return CLIENT.send(HttpRequest.newBuilder(URI.create(server.addresses().getFirst() + path)).build(),
                HttpResponse.BodyHandlers.ofString()).body();
    }

    @Test
    void runsAProgram() throws Exception {
        CompiledClasses.compile(directory.resolve("classes"), "Greeting", PROGRAM);
        try (Plan plan = plan("""
                - {path: /fresh/**, handler: main, class-path: classes, class: Greeting, arguments: [a], properties: {word: b}}
                - {path: /one, handler: main, class-path: classes, class: Greeting, arguments: x, isolation: shared}
                """); Server server = plan.start()) {
            assertThat(plan.routes()).extracting(RouteLine::toString)
                    .anyMatch(line -> line.contains("main") && line.contains("classes Greeting"));
            assertThat(get(server, "/fresh/a%20b")).isEqualTo("/fresh|/a b|ba1");
            assertThat(get(server, "/fresh")).isEqualTo("/fresh|null|ba1");
            assertThat(get(server, "/one")).isEqualTo("/one|null|nullx1");
            assertThat(get(server, "/one")).isEqualTo("/one|null|nullx2");
        }
    }

    @Test
    void reportsWhatIsNoProgram() throws Exception {
        CompiledClasses.compile(directory.resolve("classes"), "Greeting", PROGRAM.replace("main", "start"));

        assertThatThrownBy(() -> plan("- {path: /a, handler: main, class-path: classes, class: Greeting}"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("test.yaml:4: routes[0].class: found 'Greeting'; class Greeting has no main method");
        assertThatThrownBy(() -> plan("- {path: /a, handler: main, class-path: classes}"))
                .hasMessageContaining("routes[0].class-path: no manifest of").hasMessageContaining("names a Main-Class");
    }
}

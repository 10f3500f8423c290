package dev.loomgate.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.CookieManager;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import dev.loomgate.testing.Concurrent;
import dev.loomgate.testing.Programs;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** PHP applications, from the configuration to their pages: the demo's, and one that people use. */
@Concurrent
class PhpApplicationsTest {
    @TempDir
    Path directory;
    private final HttpClient client = HttpClient.newBuilder().cookieHandler(new CookieManager()).build();

    @BeforeEach
    void requirePhp() {
        Programs.require("php-cgi", "php-cgi");
    }

    private Server start(String routes) throws Exception {
        return Plan.read(Files.writeString(directory.resolve("test.yaml"),
                "listeners:\n- port: 0\nroutes:\n" + routes)).start();
    }

    private HttpResponse<String> get(Server server, String path) throws Exception {
        return client.send(HttpRequest.newBuilder(URI.create(server.addresses().getFirst() + path)).build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private HttpResponse<String> post(Server server, String path, String form) throws Exception {
        return client.send(HttpRequest.newBuilder(URI.create(server.addresses().getFirst() + path))
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(HttpRequest.BodyPublishers.ofString(form)).build(), HttpResponse.BodyHandlers.ofString());
    }

    private Path demo() throws IOException {
        for (String name : List.of("php/pet.php", "cgi-bin/pet.py", "data/pets.seed.tsv")) {
            Path copy = directory.resolve(name);
            Files.createDirectories(copy.getParent());
            Files.copy(Path.of("legacy-handlers").resolve(name), copy, StandardCopyOption.COPY_ATTRIBUTES);
        }
        return directory.resolve("data/pets.tsv");
    }

    private static final String DEMO = """
            - {path: /php/**, handler: fastcgi, root: php, command: php-cgi -d ffi.enable=1, children: 4}
            - {path: /cgi-bin/**, handler: cgi, root: cgi-bin}
            """;

    @Test
    void thePetsInPhpAreThoseOfTheOtherLanguages() throws Exception {
        Programs.require("/usr/bin/python3", "python3");
        Path file = demo();
        try (Server server = start(DEMO)) {
            String seed = get(server, "/php/pet.php").body();
            assertThat(seed).contains("<h2>4 pets</h2>", "金魚 Kin", "fed 12 times, here since 1999-04-12",
                    "<a href=\"/php/pet.php\" aria-current=\"page\">PHP</a>");
            assertThat(file).doesNotExist();

            HttpResponse<String> added = post(server, "/php/pet.php", "action=add&name=%C3%84rger+%26%09Co&species=cat&note=a%2Bb");
            assertThat(added.statusCode()).isEqualTo(303);
            assertThat(added.headers().firstValue("Location")).hasValue("/php/pet.php#pet-5");
            assertThat(post(server, "/php/pet.php", "action=feed&id=1").statusCode()).isEqualTo(303);
            assertThat(post(server, "/php/pet.php", "action=feed&id=9").body()).contains("There is no such pet.");
            HttpResponse<String> wrong = post(server, "/php/pet.php", "action=add&name=&species=%22%3E%3Cb%3E&note=%ff");
            assertThat(wrong.statusCode()).isEqualTo(400);
            assertThat(wrong.body()).contains("<p class=\"problem\" role=\"alert\">The name is missing.</p>",
                    "value=\"&quot;&gt;&lt;b&gt;\"").doesNotContain("<b>");

            Pattern pets = Pattern.compile("<h2>.*</ul>", Pattern.DOTALL);
            assertThat(found(pets, get(server, "/php/pet.php").body()).replace("/php/pet.php", "X"))
                    .isEqualTo(found(pets, get(server, "/cgi-bin/pet.py").body()).replace("/cgi-bin/pet.py", "X"));
            assertThat(Files.readAllLines(file).getFirst()).isEqualTo("#pets\t3\t6");
        }
    }

    private static String found(Pattern pattern, String text) {
        Matcher matcher = pattern.matcher(text);
        assertThat(matcher.find()).isTrue();
        return matcher.group();
    }

    @Test
    void nothingIsLostWhenPhpAndPythonWriteAtOnce() throws Exception {
        Programs.require("/usr/bin/python3", "python3");
        Path file = demo();
        try (Server server = start(DEMO); var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var writers = new ArrayList<Callable<Void>>();
            for (String script : List.of("/php/pet.php", "/php/pet.php", "/php/pet.php", "/cgi-bin/pet.py")) {
                int times = script.startsWith("/php") ? 20 : 8;
                writers.add(() -> {
                    for (int i = 0; i < times; i++) {
                        assertThat(post(server, script, "action=add&name=x&species=cat").statusCode()).isEqualTo(303);
                    }
                    return null;
                });
            }
            for (Future<Void> writer : threads.invokeAll(writers)) {
                writer.get();
            }
            assertThat(Files.readAllLines(file)).hasSize(1 + 4 + 68).first().isEqualTo("#pets\t69\t73");
        }
    }

    @Test
    void withoutPhpTheRestIsServed() throws Exception {
        demo();
        try (Server server = start("""
                - {path: /php/**, handler: fastcgi, root: php, command: /nowhere/php-cgi}
                - {path: /hello, handler: respond, body: hello}
                """)) {
            assertThat(get(server, "/hello").body()).isEqualTo("hello");
            Awaitility.await().until(() -> get(server, "/php/pet.php").statusCode() == 503);
        }
        try (Plan plan = Plan.read(directory.resolve("test.yaml"))) {
            assertThat(plan.missing()).singleElement().asString().contains("/nowhere/php-cgi is missing, needed by route /php/**");
        }
    }

    /** The hidden field that protects the application's forms. */
    private static String form(HttpResponse<String> page) {
        Matcher token = Pattern.compile("name=\"token\" value=\"([^\"]*)\"").matcher(page.body());
        return token.find() ? "token=" + token.group(1) + "&" : "";
    }

    @Test
    void phpLiteAdminRunsByPhpCgi() throws Exception {
        phpLiteAdminRuns("command: php-cgi");
    }

    @Test
    void phpLiteAdminRunsByPhpFpm() throws Exception {
        Path socket = directory.resolve("fpm.sock");
        Path configuration = Files.writeString(directory.resolve("fpm.conf"), """
                [global]
                error_log = %1$s/fpm.log
                daemonize = no
                [www]
                listen = %1$s/fpm.sock
                pm = static
                pm.max_children = 2
                %2$s
                """.formatted(directory, System.getProperty("user.name").equals("root") ? "user = root\ngroup = root" : ""));
        // -R: a test's directory is for its own user alone, who may be root
        Process fpm = new ProcessBuilder(fpmProgram().toString(), "-R", "-F", "-y", configuration.toString())
                .redirectErrorStream(true).redirectOutput(directory.resolve("fpm.out").toFile()).start();
        try {
            Awaitility.await().until(() -> Files.exists(socket));
            phpLiteAdminRuns("socket: 'unix:" + socket + "'");
        } finally {
            fpm.descendants().forEach(ProcessHandle::destroy);
            fpm.destroy();
            fpm.waitFor();
        }
    }

    private static Path fpmProgram() throws IOException {
        try (var programs = Files.newDirectoryStream(Path.of("/usr/sbin"), "php-fpm*")) {
            for (Path program : programs) {
                return program;
            }
        }
        return Programs.require("php-fpm", "php-fpm");
    }

    /** phpLiteAdmin, a file of 6,000 lines that manages SQLite databases: logs in and makes one. */
    private void phpLiteAdminRuns(String php) throws Exception {
        Path application = Path.of("/usr/share/phpliteadmin/phpliteadmin.php");
        org.junit.jupiter.api.Assumptions.assumeTrue(Files.isReadable(application),
                "skipped: program phpliteadmin is missing; apt-get install phpliteadmin");
        Path www = Files.createDirectories(directory.resolve("www"));
        Files.copy(application, www.resolve("index.php"));
        Files.writeString(www.resolve("phpliteadmin.config.php"), """
                <?php $password = 'secret'; $directory = '%s'; $subdirectories = false; $theme = 'x'; $language = 'en';
                $rowsNum = 30; $charsNum = 300; $maxSavedQueries = 10; $custom_functions = []; $cookie_name = 'pla'; $debug = false;
                $allowed_extensions = ['db'];
                """.formatted(directory));
        try (Server server = start("- {path: /**, handler: fastcgi, root: www, " + php + "}\n")) {
            Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> get(server, "/").statusCode() == 200);
            HttpResponse<String> login = get(server, "/");
            assertThat(login.body()).contains("phpLiteAdmin", "type='password'");
            assertThat(post(server, "/index.php", form(login) + "password=wrong&login=true").statusCode()).isEqualTo(302);
            assertThat(get(server, "/").body()).contains("type='password'");
            assertThat(post(server, "/index.php", form(login) + "password=secret&login=true").statusCode()).isEqualTo(302);

            HttpResponse<String> home = get(server, "/");
            assertThat(home.body()).contains("Create New Database").doesNotContain("type='password'");
            post(server, "/index.php", form(home) + "new_dbname=pets.db");
            assertThat(directory.resolve("pets.db")).exists();
            assertThat(get(server, "/?database=" + directory.resolve("pets.db")).body()).contains("pets.db", "SQLite version");
        }
    }
}

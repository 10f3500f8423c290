package dev.loomgate.demo;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import dev.loomgate.gateway.mainprogram.MainProgramGateway;
import dev.loomgate.gateway.mainprogram.ProgramSettings;
import dev.loomgate.handler.ClassPath;
import dev.loomgate.handler.Handler;
import dev.loomgate.handler.HostedHandler;
import dev.loomgate.testing.Programs;
import dev.loomgate.testing.TestServer;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.HttpService;
import org.junit.jupiter.api.Assumptions;

/** A copy of the demo in a directory of its own, with data of its own. */
final class PetDemo implements AutoCloseable {
    static final List<String> SCRIPTS = List.of("pet.pl", "pet.py", "pet-java.cgi");

    private static final Path SOURCE = Path.of("legacy-handlers");

    private final Path directory;
    private final ClassPath handlerClasses;
    private final ClassPath apiClasses;
    private final MainProgramGateway program;
    private final TestServer server;

    private PetDemo(Path directory) {
        this.directory = directory;
        // two class loaders, as the server gives each route its own: what the classes share must not be a static field
        this.handlerClasses = ClassPath.of(List.of(directory.resolve("java/classes")));
        this.apiClasses = ClassPath.of(List.of(directory.resolve("java/classes")));
        Map<String, String> settings = Map.of("data", data().toString());
        this.program = new MainProgramGateway("/cgi-bin/pet", ProgramSettings.of(SOURCE.resolve("java/pet-cgi.jar"))
                .withProperties(Map.of("pets.data", data().toString())));
        Handler handler = handlerClasses.newInstance("pets.PetHandler", Handler.class, Map.of());
        this.server = TestServer.start(HttpRouting.builder()
                .any("/cgi-bin/pet", program)
                .any("/pets", HostedHandler.start(handler, "/pets", settings))
                .register("/api/pets", apiClasses.newInstance("pets.PetApi", HttpService.class, settings)));
    }

    /** Copies the demo and serves its Java handlers. */
    static PetDemo in(Path directory) throws IOException {
        copy("cgi-bin", directory);
        copy("java/classes", directory);
        Path data = Files.createDirectories(directory.resolve("data"));
        Files.copy(SOURCE.resolve("data/pets.seed.tsv"), data.resolve("pets.seed.tsv"));
        return new PetDemo(directory);
    }

    private static void copy(String name, Path to) throws IOException {
        try (var files = Files.walk(SOURCE.resolve(name))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Path copy = to.resolve(SOURCE.relativize(file).toString());
                Files.createDirectories(copy.getParent());
                Files.copy(file, copy, StandardCopyOption.COPY_ATTRIBUTES);
            }
        }
    }

    Path data() {
        return directory.resolve("data");
    }

    TestServer server() {
        return server;
    }

    /** Lines of the data file after the first, split into fields. */
    List<String[]> rows() throws IOException {
        return Files.readAllLines(data().resolve("pets.tsv")).stream().skip(1).map(line -> line.split("\t", -1)).toList();
    }

    /** First line of the data file. */
    String head() throws IOException {
        return Files.readAllLines(data().resolve("pets.tsv")).getFirst();
    }

    /** Skips the test, with the line that CI looks for, if the machine can't run a script. */
    static void require(String script) {
        switch (script) {
            case "pet.pl" -> {
                Path perl = Programs.require("perl", "perl");
                Assumptions.assumeTrue(exits(perl.toString(), "-MCGI", "-e", "1"),
                        "skipped: Perl module CGI is missing; apt-get install libcgi-pm-perl");
            }
            case "pet.py" -> Programs.require("/usr/bin/python3", "python3");
            default -> Programs.require("/bin/sh", "dash");
        }
    }

    private static boolean exits(String... command) {
        try {
            return new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start()
                    .waitFor() == 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Runs a script of cgi-bin in the environment of RFC 3875 and nothing else. */
    CgiAnswer run(String script, String method, String form) throws IOException, InterruptedException {
        byte[] body = form.getBytes(StandardCharsets.UTF_8);
        Path file = directory.resolve("cgi-bin").resolve(script).toAbsolutePath();
        Path errors = Files.createTempFile(directory, script, ".stderr");
        ProcessBuilder builder = new ProcessBuilder(file.toString()).directory(file.getParent().toFile());
        builder.redirectError(errors.toFile());
        Map<String, String> environment = builder.environment();
        environment.clear();
        environment.putAll(Map.of("PATH", "/usr/local/bin:/usr/bin:/bin", "GATEWAY_INTERFACE", "CGI/1.1",
                "REQUEST_METHOD", method, "SCRIPT_NAME", "/cgi-bin/" + script, "QUERY_STRING", "",
                "SERVER_PROTOCOL", "HTTP/1.1", "SERVER_NAME", "localhost", "SERVER_PORT", "80", "REMOTE_ADDR", "127.0.0.1",
                "HTTP_USER_AGENT", "<script>alert('agent')</script>"));
        // a JDK that is in none of the places where the script looks
        environment.put("JAVA_HOME", System.getProperty("java.home"));
        if (body.length > 0) {
            environment.put("CONTENT_TYPE", "application/x-www-form-urlencoded");
            environment.put("CONTENT_LENGTH", Integer.toString(body.length));
        }
        Process process = builder.start();
        try (var stdin = process.getOutputStream()) {
            stdin.write(body);
        } catch (IOException e) {
            // a script needn't read a form that is too large
        }
        byte[] output = process.getInputStream().readAllBytes();
        if (!process.waitFor(30, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new IOException(script + " doesn't end");
        }
        return CgiAnswer.parse(output, process.exitValue(), Files.readString(errors));
    }

    /** A form in its encoding. */
    static String form(String... namesAndValues) {
        var form = new StringBuilder();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            form.append(form.isEmpty() ? "" : "&").append(namesAndValues[i]).append('=')
                    .append(URLEncoder.encode(namesAndValues[i + 1], StandardCharsets.UTF_8));
        }
        return form.toString();
    }

    @Override
    public void close() {
        server.close();
        program.close();
        handlerClasses.close();
        apiClasses.close();
    }

    /** What a script wrote: status (200 if it named none), fields by lower-case name, body, exit code and standard error. */
    record CgiAnswer(int status, Map<String, String> fields, String body, int exit, String errors) {
        private static CgiAnswer parse(byte[] output, int exit, String errors) {
            String text = new String(output, StandardCharsets.UTF_8);
            int end = text.indexOf("\r\n\r\n");
            if (end < 0) {
                throw new AssertionError("no end of the header in: " + text + " " + errors);
            }
            var fields = new LinkedHashMap<String, String>();
            Arrays.stream(text.substring(0, end).split("\r\n")).map(line -> line.split(": *", 2))
                    .forEach(field -> fields.put(field[0].toLowerCase(Locale.ROOT), field[1]));
            String status = fields.getOrDefault("status", "200 OK");
            return new CgiAnswer(Integer.parseInt(status.substring(0, 3)), fields, text.substring(end + 4), exit, errors);
        }
    }
}

package dev.loomgate.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.lang.ref.WeakReference;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.jar.JarOutputStream;
import java.util.zip.ZipEntry;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import dev.loomgate.deploy.Deployment;
import dev.loomgate.testing.ConcurrentClass;
import dev.loomgate.testing.LogCapture;
import dev.loomgate.testing.RawClient;

/** Handlers and programs whose classes change while they serve. */
@ConcurrentClass
public class HotDeploymentTest {
    private static final int REDEPLOYMENTS = 50;
    private static final List<WeakReference<Class<?>>> LOADED = new ArrayList<>();

    @TempDir
    Path directory;

    /** For the handlers of this test: the class of each version. */
    public static void loaded(Class<?> type) {
        LOADED.add(new WeakReference<>(type));
    }

    /** Compiles elsewhere: a compiler that takes long must not be seen half way. */
    private void compile(String place, String name, String source) throws Exception {
        Path built = CompiledClasses.compile(directory.resolve("build").resolve(place), name, source);
        Files.createDirectories(directory.resolve(place));
        for (String file : List.of(name + ".class", "Later.class")) {
            Files.copy(built.resolve(file), directory.resolve(place).resolve(file), StandardCopyOption.REPLACE_EXISTING);
        }
    }

    private void writeHandler(String version) throws Exception {
        compile("handler", "Greeting", """
                import dev.loomgate.handler.*;
                public class Greeting implements Handler {
                    static int count;
                    @Override public void init(java.util.Map<String, String> settings) {
                        if ("VERSION".startsWith("broken")) { throw new IllegalStateException("this version is broken"); }
                        dev.loomgate.server.HotDeploymentTest.loaded(Greeting.class);
                    }
                    @Override public void handle(Request request, Response response) throws Exception {
                        if (request.queryString().equals("wait")) {
                            response.out().println("begun"); response.flush();
                            request.body().readNBytes(2);
                            response.out().print(new Later());
                        }
                        response.out().print("VERSION " + (Thread.currentThread().getContextClassLoader() == Greeting.class.getClassLoader()));
                    }
                    @Override public void close() { System.setProperty("greeting.closed.TEST", "VERSION"); }
                }
                class Later { @Override public String toString() { return "later VERSION "; } }
                """.replace("VERSION", version).replace("TEST", directory.getFileName().toString()));
    }

    private void writeProgram(String version) throws Exception {
        compile("program", "Program", """
                public class Program {
                    static String text = "VERSION";
                    static void MAIN(String[] args) throws Exception {
                        System.out.print("Content-Type: text/plain\\n\\n");
                        if ("wait".equals(System.getenv("QUERY_STRING"))) {
                            System.out.println("begun");
                            System.in.readNBytes(2);
                            System.out.print(new Later());
                        }
                        System.out.print(text);
                    }
                }
                class Later { @Override public String toString() { return "later VERSION "; } }
                """.replace("VERSION", version).replace("MAIN", version.startsWith("broken") ? "start" : "main"));
    }

    private Server start() throws Exception {
        return Plan.read(Files.writeString(directory.resolve("test.yaml"), """
                listeners: [{port: 0}]
                guard: {body-timeout: 10m}
                routes:
                - {path: /handler, handler: java, class: Greeting, class-path: handler}
                - {path: /program, handler: main, class: Program, class-path: program}
                """)).start();
    }

    private static RawClient connect(Server server) throws Exception {
        return RawClient.connect(URI.create(server.addresses().getFirst()).getPort());
    }

    private static String get(Server server, String path) throws Exception {
        try (RawClient client = connect(server)) {
            return client.send("GET " + path + " HTTP/1.1\r\nHost: h\r\n\r\n").readResponse().body();
        }
    }

    private static RawClient begin(Server server, String path) throws Exception {
        RawClient client = connect(server);
        client.send("POST " + path + "?wait HTTP/1.1\r\nHost: h\r\nContent-Length: 70000\r\n\r\nx");
        while (!client.readLine().equals("begun")) {
            // the header
        }
        return client;
    }

    private static String end(RawClient client) throws Exception {
        client.send("x".repeat(69_999));
        var text = new StringBuilder();
        for (String line = client.readLine(); !line.equals("0"); line = client.readLine()) {
            text.append(line).append('\n');
        }
        return text.toString();
    }

    @Test
    void newRequestsRunOnTheNewVersionWhileOldOnesEndOnTheOld() throws Exception {
        // of this test: what another had loaded may be closed later
        String closed = "greeting.closed." + directory.getFileName();
        writeHandler("one");
        writeProgram("uno");
        try (Server server = start(); RawClient handler = begin(server, "/handler"); RawClient program = begin(server, "/program")) {
            writeHandler("two");
            writeProgram("due");
            await().until(() -> get(server, "/handler").equals("two true"));
            await().until(() -> get(server, "/program").equals("due"));

            assertThat(System.getProperty(closed)).isNull();
            // a class that the old version had not loaded yet, although its file is another now
            assertThat(end(handler)).contains("later one", "one true");
            assertThat(end(program)).contains("later uno", "uno");
            await().until(() -> "one".equals(System.getProperty(closed)));
            assertThat(server.deployments()).allSatisfy(status -> {
                assertThat(status.version()).isEqualTo(2);
                assertThat(status.failure()).isEmpty();
            });
        }
    }

    @Test
    void aVersionThatCanNotBeLoadedLeavesTheOldOne() throws Exception {
        writeHandler("one");
        writeProgram("uno");
        try (LogCapture log = LogCapture.ofThisTest("dev.loomgate.deploy"); Server server = start()) {
            writeHandler("broken");
            writeProgram("broken");
            await().untilAsserted(() -> assertThat(server.deployments()).extracting(Deployment.Status::failure)
                    .allSatisfy(failure -> assertThat(failure).isPresent()));
            assertThat(server.deployments()).anySatisfy(status ->
                    assertThat(status.failure()).hasValueSatisfying(reason -> assertThat(reason).contains("this version is broken")));
            assertThat(server.deployments()).anySatisfy(status ->
                    assertThat(status.failure()).hasValueSatisfying(reason -> assertThat(reason).contains("has no main method")));
            // the state first, then the log
            await().untilAsserted(() -> assertThat(log.lines()).anySatisfy(line -> assertThat(line)
                    .contains("ERROR the new version can't be loaded, the old one goes on", "this version is broken")));
            assertThat(get(server, "/handler")).isEqualTo("one true");
            assertThat(get(server, "/program")).isEqualTo("uno");

            writeHandler("three");
            await().until(() -> get(server, "/handler").equals("three true"));
        }
    }

    private void jar(String place, String name) throws Exception {
        Path next = directory.resolve(name + ".next");
        try (var out = new JarOutputStream(Files.newOutputStream(next)); var files = Files.list(directory.resolve(place))) {
            for (Path file : files.toList()) {
                out.putNextEntry(new ZipEntry(file.getFileName().toString()));
                Files.copy(file, out);
            }
        }
        Files.move(next, directory.resolve(name), StandardCopyOption.ATOMIC_MOVE);
    }

    private void writeServlet(String version) throws Exception {
        compile("servlet", "Tell", """
                import jakarta.servlet.http.*;
                public class Tell extends HttpServlet {
                    static { if ("VERSION".equals("broken")) { check(); } }
                    private static void check() { throw new AssertionError("this servlet is broken"); }
                    @Override protected void doGet(HttpServletRequest request, HttpServletResponse response) throws java.io.IOException {
                        response.getWriter().print("VERSION" + new Later());
                    }
                }
                class Later { @Override public String toString() { return "!"; } }
                """.replace("VERSION", version));
    }

    /** Of each kind: a jar that is none, a jar of which half is there, and a class whose initialiser fails with an error. */
    @Test
    void aBrokenJarOrClassLeavesTheOldVersion() throws Exception {
        writeHandler("one");
        writeProgram("uno");
        writeServlet("un");
        jar("handler", "handler.jar");
        jar("program", "program.jar");
        jar("servlet", "servlet.jar");
        try (LogCapture log = LogCapture.ofThisTest("dev.loomgate.deploy");
             Server server = Plan.read(Files.writeString(directory.resolve("test.yaml"), """
                listeners: [{port: 0}]
                routes:
                - {path: /handler, handler: java, class: Greeting, class-path: handler.jar}
                - {path: /program, handler: main, class: Program, class-path: program.jar}
                - {path: /servlet/**, handler: servlet, class: Tell, class-path: [servlet.jar]}
                - {path: /classes/**, handler: servlet, class: Tell, class-path: [servlet]}
                """)).start()) {
            byte[] half = Files.readAllBytes(directory.resolve("handler.jar"));
            Files.write(directory.resolve("handler.jar"), Arrays.copyOf(half, half.length / 2));
            Files.writeString(directory.resolve("program.jar"), "no jar");
            Files.writeString(directory.resolve("servlet.jar"), "no jar");
            writeServlet("broken");
            await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> assertThat(server.deployments()).hasSize(4)
                    .allSatisfy(status -> assertThat(status.failure()).as(status.name()).isPresent()));
            for (String path : List.of("/handler:one true", "/program:uno", "/servlet/:un!", "/classes/:un!")) {
                String[] parts = path.split(":");
                assertThat(get(server, parts[0])).isEqualTo(parts[1]);
            }
            await().untilAsserted(() -> assertThat(log.lines())
                    .filteredOn(line -> line.startsWith("ERROR the new version can't be loaded, the old one goes on")).hasSize(4));
            assertThat(server.status().json()).contains("this servlet is broken", "program.jar can't be read as a jar");

            writeServlet("deux");
            jar("servlet", "servlet.jar");
            writeProgram("due");
            jar("program", "program.jar");
            writeHandler("two");
            jar("handler", "handler.jar");
            await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> {
                assertThat(get(server, "/handler")).isEqualTo("two true");
                assertThat(get(server, "/program")).isEqualTo("due");
                assertThat(get(server, "/servlet/")).isEqualTo("deux!");
                assertThat(get(server, "/classes/")).isEqualTo("deux!");
            });
            assertThat(server.deployments()).allSatisfy(status -> assertThat(status.failure()).isEmpty());
        }
    }

    /** As releases come: a jar with the new number is put there, that with the old one is taken away. */
    @Test
    void jarsOfADirectoryMayComeAndGo() throws Exception {
        writeHandler("one");
        writeProgram("uno");
        writeServlet("un");
        for (String name : List.of("handler", "program", "servlet")) {
            Files.createDirectories(directory.resolve(name + "-lib"));
            jar(name, name + "-lib/app-1.jar");
        }
        try (Server server = Plan.read(Files.writeString(directory.resolve("test.yaml"), """
                listeners: [{port: 0}]
                routes:
                - {path: /handler, handler: java, class: Greeting, class-path: handler-lib/*}
                - {path: /program, handler: main, class: Program, class-path: program-lib/*}
                - {path: /servlet/**, handler: servlet, class: Tell, class-path: servlet-lib/*}
                """)).start()) {
            writeHandler("two");
            writeProgram("due");
            writeServlet("deux");
            for (String name : List.of("handler", "program", "servlet")) {
                Files.delete(directory.resolve(name + "-lib/app-1.jar"));
                jar(name, name + "-lib/app-2.jar");
            }
            await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> {
                assertThat(get(server, "/handler")).isEqualTo("two true");
                assertThat(get(server, "/program")).isEqualTo("due");
                assertThat(get(server, "/servlet/")).isEqualTo("deux!");
            });
        }
    }

    @Test
    void nothingIsLeftOfFiftyVersions() throws Exception {
        writeHandler("one");
        LOADED.clear();
        var settings = List.of(directory.resolve("handler"));
        try (var application = new JavaApplication(settings)) {
            var handler = application.add(classes -> dev.loomgate.handler.HostedHandler.start(
                    classes.newInstance("Greeting", dev.loomgate.handler.Handler.class, java.util.Map.of()), "/x", java.util.Map.of()));
            try (var server = dev.loomgate.testing.TestServer.start(
                    io.helidon.webserver.http.HttpRouting.builder().any(handler))) {
                for (int i = 0; i < REDEPLOYMENTS; i++) {
                    try (RawClient client = RawClient.connect(server.port())) {
                        assertThat(client.send("GET /x HTTP/1.1\r\nHost: h\r\n\r\n").readResponse().body()).isEqualTo("one true");
                    }
                    application.deployment().replace();
                }
                await().until(() -> {
                    System.gc();
                    return LOADED.stream().filter(type -> type.get() != null).count() == 1;
                });
                assertThat(LOADED).hasSize(REDEPLOYMENTS + 1);
            }
        }
    }
}

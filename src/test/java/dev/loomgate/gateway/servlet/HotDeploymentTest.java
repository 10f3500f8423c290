package dev.loomgate.gateway.servlet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.lang.ref.WeakReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

import javax.tools.ToolProvider;

import dev.loomgate.testing.ConcurrentClass;
import dev.loomgate.testing.LogCapture;
import dev.loomgate.testing.RawClient;
import dev.loomgate.testing.TestServer;
import io.helidon.webserver.http.HttpRouting;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@ConcurrentClass
class HotDeploymentTest {
    @TempDir
    Path directory;
    private Path application;

    @BeforeEach
    void compileFirstVersion() throws Exception {
        application = Files.createDirectories(directory.resolve("application"));
        compile("one");
    }

    /** Compiling and starting takes its time on a machine that has more to do. */
    private static ConditionFactory eventually() {
        return await().atMost(Duration.ofMinutes(1));
    }

    /** Compiles a version of the application into its directory. */
    private void compile(String version) throws Exception {
        Path source = Files.createDirectories(directory.resolve("source")).resolve("Versioned.java");
        Files.writeString(source, """
                import jakarta.servlet.*;
                import jakarta.servlet.annotation.*;
                import jakarta.servlet.http.*;

                @WebServlet(value = {"/version", "/wait"}, loadOnStartup = 1)
                public class Versioned extends HttpServlet implements ServletContextListener {
                    public record Count(int count) implements java.io.Serializable { }
                    private static final ThreadLocal<Object> HELD = new ThreadLocal<>();
                    @Override
                    public void init() throws ServletException {
                        if ("VERSION".startsWith("broken")) {
                            throw new ServletException("this version is broken");
                        }
                    }
                    @Override
                    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws java.io.IOException {
                        HELD.set(this);
                        request.getSession();
                        if (request.getServletPath().equals("/wait")) {
                            response.getWriter().print("begun ");
                            response.flushBuffer();
                            System.setProperty("versioned.begun", "VERSION");
                            request.getInputStream().read();
                        }
                        Count count = (Count) request.getSession().getAttribute("count");
                        count = new Count(count == null ? 1 : count.count() + 1);
                        request.getSession().setAttribute("count", count);
                        request.getSession().setAttribute("transient", new Object());
                        response.getWriter().print("VERSION " + count.count());
                    }
                    @Override
                    public void destroy() {
                        System.setProperty("versioned.destroyed", "VERSION");
                    }
                }
                """.replace("VERSION", version));
        Path classes = Files.createDirectories(application.resolve("WEB-INF/classes"));
        int status = ToolProvider.getSystemJavaCompiler().run(null, null, null, "-d", classes.toString(), "-proc:none",
                "-cp", System.getProperty("java.class.path"), source.toString());
        assertThat(status).isZero();
    }

    private static String ask(RawClient client, String path, String cookie) throws Exception {
        return client.send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n" + cookie + "\r\n").readResponse().body();
    }

    @Test
    void runsNewRequestsOnTheNewVersionWhileOldOnesEndOnTheOld() throws Exception {
        try (ServletServer server = ServletServer.start(directory, "- {path: /app/**, handler: servlet, war: application}\n",
                "guard: {body-timeout: 10m}"); RawClient waiting = server.connect()) {
            RawClient.Response first = server.get("/app/version");
            assertThat(first.body()).isEqualTo("one 1");
            String cookie = "Cookie: " + first.header("Set-Cookie").orElseThrow().replaceAll(";.*", "") + "\r\n";
            System.clearProperty("versioned.begun");
            System.clearProperty("versioned.destroyed");
            waiting.send("GET /app/wait HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\n");
            eventually().until(() -> "one".equals(System.getProperty("versioned.begun")));

            compile("two");
            eventually().until(() -> server.get("/app/version").body().equals("two 1"));
            try (RawClient client = server.connect()) {
                // the session came along, as far as it can be serialized
                assertThat(ask(client, "/app/version", cookie)).isEqualTo("two 2");
            }
            assertThat(System.getProperty("versioned.destroyed")).isNull();
            assertThat(waiting.send("x").readResponse().body()).startsWith("begun one ");
            eventually().until(() -> "one".equals(System.getProperty("versioned.destroyed")));
        }
        assertThat(System.getProperty("versioned.destroyed")).isEqualTo("two");
    }

    @Test
    void keepsTheOldVersionWhileTheNewOneIsBroken() throws Exception {
        Path war = WebArchives.pack(application, directory.resolve("application.war"));
        try (LogCapture log = LogCapture.ofThisTest("dev.loomgate.deploy");
                ServletServer server = ServletServer.start(directory, "- {path: /app/**, handler: servlet, war: application.war}\n")) {
            assertThat(server.get("/app/version").body()).isEqualTo("one 1");
            compile("broken");
            WebArchives.pack(application, directory.resolve("next.war"));
            Files.move(directory.resolve("next.war"), war, StandardCopyOption.REPLACE_EXISTING);
            eventually().until(() -> log.lines().stream().anyMatch(line -> line.startsWith("ERROR the new version can't be "
                    + "loaded, the old one goes on") && line.contains("/app: ") && line.contains("this version is broken")));
            assertThat(server.get("/app/version").body()).isEqualTo("one 1");
            assertThat(server.server().status().json()).contains("\"name\":\"/app: " + war, "\"version\":1", "this version is broken");

            Files.writeString(war, "not an archive");
            eventually().until(() -> log.lines().stream().anyMatch(line -> line.contains("zip")));
            assertThat(server.get("/app/version").body()).isEqualTo("one 1");

            compile("three");
            WebArchives.pack(application, directory.resolve("next.war"));
            Files.move(directory.resolve("next.war"), war, StandardCopyOption.REPLACE_EXISTING);
            eventually().until(() -> server.get("/app/version").body().equals("three 1"));
            assertThat(server.server().deployments()).singleElement().satisfies(status -> {
                assertThat(status.version()).isEqualTo(2);
                assertThat(status.failure()).isEmpty();
            });
        }
    }

    @Test
    void leavesNothingBehindOfFiftyVersions() throws Exception {
        var settings = new ServletSettings("/app", new ServletApplication.War(application), Map.of(),
                ServletSettings.Migration.AUTO, Optional.empty(), 1 << 20, 1000, false, false);
        try (ServletContainer container = ServletContainer.open();
                ServletGateway gateway = ServletGateway.start(container, settings);
                TestServer server = TestServer.start(HttpRouting.builder().any("/app/*", gateway))) {
            var loaders = new ArrayList<WeakReference<ClassLoader>>();
            RawClient client = RawClient.connect(server.port());
            for (int i = 0; i < 50; i++) {
                assertThat(ask(client, "/app/version", "")).isEqualTo("one 1");
                loaders.add(new WeakReference<>(gateway.loader()));
                gateway.deployment().replace();
                // the thread of the connection has an object of the version before in a ThreadLocal, so it must end
                RawClient.Response last = client.send("GET /app/version HTTP/1.1\r\nHost: localhost\r\n\r\n").readResponse();
                assertThat(last.header("Connection")).contains("close");
                client.close();
                client = RawClient.connect(server.port());
            }
            assertThat(ask(client, "/app/version", "")).isEqualTo("one 1");
            eventually().until(() -> {
                System.gc();
                return loaders.stream().allMatch(loader -> loader.get() == null);
            });
            eventually().until(() -> directories(container).size() == 1);
            client.close();
        }
    }

    @Test
    void startsInTheBackgroundIfItMay() throws Exception {
        compile("broken");
        try (LogCapture log = LogCapture.ofThisTest("dev.loomgate.deploy");
                ServletServer server = ServletServer.start(directory, """
                        - {path: /app/**, handler: servlet, war: application, background: true}
                        """)) {
            assertThat(server.get("/app/version").status()).isEqualTo(503);
            // who waits for it is told first
            eventually().until(() -> log.lines().stream().anyMatch(line -> line.startsWith("ERROR can't be loaded")
                    && line.contains("/app: ") && line.contains("this version is broken")));
            compile("mended");
            eventually().until(() -> server.get("/app/version").body().equals("mended 1"));
        }
        try (ServletServer server = ServletServer.start(directory.resolve("again"), """
                - {path: /app/**, handler: servlet, war: %s, background: true}
                """.formatted(application))) {
            assertThat(server.get("/app/version").body()).isEqualTo("mended 1");
        }
        // stopped before it has started
        ServletServer.start(directory, "- {path: /app/**, handler: servlet, war: application, background: true}\n").close();
    }

    private static List<Path> directories(ServletContainer container) throws Exception {
        try (Stream<Path> files = Files.list(container.directory())) {
            return files.filter(file -> file.getFileName().toString().startsWith("application-")).toList();
        }
    }

    @Test
    void removesItsFilesAtTheEnd() throws Exception {
        Path temporary;
        var settings = new ServletSettings("", new ServletApplication.War(application), Map.of(), ServletSettings.Migration.AUTO,
                Optional.empty(), 1 << 20, 1000, false, false);
        System.clearProperty("versioned.destroyed");
        try (ServletContainer container = ServletContainer.open()) {
            ServletGateway.start(container, settings);
            temporary = container.directory();
            assertThat(temporary).isDirectory();
        }
        assertThat(temporary).doesNotExist();
        assertThat(System.getProperty("versioned.destroyed")).isEqualTo("one");
    }
}

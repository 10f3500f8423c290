package dev.loomgate.gateway.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import javax.tools.ToolProvider;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Servlets of others, as they come from Maven Central. */
class LibrariesTest {
    private static final Path LIBRARIES = Path.of("target/servlet-libraries").toAbsolutePath();
    private static final HttpClient CLIENT = HttpClient.newBuilder().followRedirects(HttpClient.Redirect.NORMAL).build();

    @TempDir
    Path directory;

    private static List<Path> jars(String name) throws IOException {
        try (Stream<Path> files = Files.list(LIBRARIES.resolve(name))) {
            return files.filter(file -> file.toString().endsWith(".jar")).sorted().toList();
        }
    }

    private static HttpResponse<String> get(URI uri) throws Exception {
        return CLIENT.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());
    }

    private static HttpResponse<String> post(URI uri, String type, String body) throws Exception {
        return CLIENT.send(HttpRequest.newBuilder(uri).header("Content-Type", type).POST(BodyPublishers.ofString(body)).build(),
                BodyHandlers.ofString());
    }

    @Test
    void runsAnApplicationOfSpringMvc() throws Exception {
        Path war = directory.resolve("spring");
        Path lib = Files.createDirectories(war.resolve("WEB-INF/lib"));
        List<Path> jars = jars("spring");
        for (Path jar : jars) {
            Files.copy(jar, lib.resolve(jar.getFileName()));
        }
        Path source = Files.writeString(directory.resolve("Shop.java"), """
                import java.util.*;
                import java.util.concurrent.*;
                import org.springframework.context.annotation.*;
                import org.springframework.http.*;
                import org.springframework.web.bind.annotation.*;
                import org.springframework.web.multipart.MultipartFile;
                import org.springframework.web.context.request.async.DeferredResult;
                import org.springframework.web.servlet.config.annotation.EnableWebMvc;
                import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;
                import org.springframework.web.servlet.support.AbstractAnnotationConfigDispatcherServletInitializer;

                public class Shop extends AbstractAnnotationConfigDispatcherServletInitializer {
                    @Override protected Class<?>[] getRootConfigClasses() { return null; }
                    @Override protected Class<?>[] getServletConfigClasses() { return new Class<?>[] {Config.class}; }
                    @Override protected String[] getServletMappings() { return new String[] {"/"}; }
                    @Override protected void customizeRegistration(jakarta.servlet.ServletRegistration.Dynamic registration) {
                        registration.setMultipartConfig(new jakarta.servlet.MultipartConfigElement(""));
                    }

                    @Configuration
                    @EnableWebMvc
                    @Import(Items.class)
                    public static class Config {
                        @Bean(name = "multipartResolver")
                        public org.springframework.web.multipart.MultipartResolver multipartResolver() {
                            return new org.springframework.web.multipart.support.StandardServletMultipartResolver();
                        }
                    }

                    @RestController
                    public static class Items {
                        @GetMapping("/items/{id}")
                        public String item(@PathVariable("id") int id, @RequestParam(name = "q", defaultValue = "none") String q) {
                            if (id == 0) {
                                throw new NoSuchElementException("no item " + id);
                            }
                            return "item " + id + " " + q;
                        }
                        @PostMapping("/items")
                        public ResponseEntity<String> add(@RequestBody String body) {
                            return ResponseEntity.created(java.net.URI.create("/items/7")).body(body);
                        }
                        @PostMapping("/files")
                        public String file(@RequestParam("file") MultipartFile file) throws Exception {
                            return file.getOriginalFilename() + " " + file.getSize() + " " + new String(file.getBytes());
                        }
                        @GetMapping("/later")
                        public Callable<String> later() { return () -> "later"; }
                        @GetMapping("/deferred")
                        public DeferredResult<String> deferred() {
                            DeferredResult<String> result = new DeferredResult<>();
                            new Thread(() -> result.setResult("deferred")).start();
                            return result;
                        }
                        @GetMapping("/events")
                        public SseEmitter events() {
                            SseEmitter emitter = new SseEmitter();
                            new Thread(() -> {
                                try {
                                    for (int i = 0; i < 3; i++) {
                                        emitter.send("event " + i);
                                    }
                                    emitter.complete();
                                } catch (Exception e) {
                                    emitter.completeWithError(e);
                                }
                            }).start();
                            return emitter;
                        }
                        @ExceptionHandler(NoSuchElementException.class)
                        @ResponseStatus(HttpStatus.NOT_FOUND)
                        public String missing(NoSuchElementException e) { return e.getMessage(); }
                    }
                }
                """);
        String classPath = jars.stream().map(Path::toString).collect(Collectors.joining(":")) + ":"
                + Path.of(jakarta.servlet.Servlet.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        assertThat(ToolProvider.getSystemJavaCompiler().run(null, null, null, "-proc:none", "-parameters", "-cp", classPath,
                "-d", Files.createDirectories(war.resolve("WEB-INF/classes")).toString(), source.toString())).isZero();
        WebArchives.pack(war, directory.resolve("shop.war"));

        try (ServletServer server = ServletServer.start(directory, "- {path: /shop/**, handler: servlet, war: shop.war}\n")) {
            assertThat(get(server.uri("/shop/items/5?q=%C3%A4")).body()).isEqualTo("item 5 ä");
            assertThat(get(server.uri("/shop/items/0"))).matches(r -> r.statusCode() == 404 && r.body().equals("no item 0"));
            assertThat(get(server.uri("/shop/items/x")).statusCode()).isEqualTo(400);
            assertThat(get(server.uri("/shop/none")).statusCode()).isEqualTo(404);
            assertThat(post(server.uri("/shop/items"), "text/plain;charset=UTF-8", "bär"))
                    .matches(r -> r.statusCode() == 201 && r.body().equals("bär"))
                    .matches(r -> r.headers().firstValue("Location").orElse("").equals("/items/7"));
            assertThat(post(server.uri("/shop/files"), "multipart/form-data; boundary=B", """
                    --B\r
                    Content-Disposition: form-data; name="file"; filename="a.txt"\r
                    \r
                    content\r
                    --B--\r
                    """).body()).isEqualTo("a.txt 7 content");
            assertThat(get(server.uri("/shop/later")).body()).isEqualTo("later");
            assertThat(get(server.uri("/shop/deferred")).body()).isEqualTo("deferred");
            assertThat(get(server.uri("/shop/events"))).matches(r -> r.headers().firstValue("Content-Type").orElse("")
                    .startsWith("text/event-stream")).extracting(HttpResponse::body)
                    .isEqualTo("data:event 0\n\ndata:event 1\n\ndata:event 2\n\n");
        }
    }

    /** The first is of javax.servlet and is migrated, the second of jakarta.servlet; both are in the same jar. */
    @ParameterizedTest
    @ValueSource(strings = {"org.h2.server.web.WebServlet", "org.h2.server.web.JakartaWebServlet"})
    void runsTheConsoleOfH2(String servlet) throws Exception {
        Path jar = Path.of(org.h2.Driver.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        try (ServletServer server = ServletServer.start(directory, """
                - path: /console/**
                  handler: servlet
                  class-path: %s
                  class: %s
                  cache: migrated
                """.formatted(jar, servlet))) {
            HttpResponse<String> page = get(server.uri("/console/"));
            assertThat(page.statusCode()).isEqualTo(200);
            Matcher session = Pattern.compile("login\\.jsp\\?jsessionid=([0-9a-f]+)").matcher(page.body());
            assertThat(session.find()).as(page.body()).isTrue();
            String id = "?jsessionid=" + session.group(1);
            assertThat(get(server.uri("/console/login.jsp" + id)).body()).contains("Generic H2");
            assertThat(post(server.uri("/console/login.do" + id), "application/x-www-form-urlencoded",
                    "driver=org.h2.Driver&url=jdbc:h2:mem:" + servlet + "&user=sa&password=").statusCode()).isEqualTo(200);
            assertThat(post(server.uri("/console/query.do" + id), "application/x-www-form-urlencoded",
                    "sql=SELECT+6*7+AS+ANSWER").body()).contains("ANSWER", "42");
            assertThat(get(server.uri("/console/stylesheet.css")).headers().firstValue("Content-Type")).contains("text/css");
        }
    }

    @Test
    void runsAServletOfTheOldClientOfPrometheus() throws Exception {
        try (ServletServer server = ServletServer.start(directory, """
                - path: /metrics/**
                  handler: servlet
                  class-path: %s/prometheus/*
                  class: io.prometheus.client.exporter.MetricsServlet
                  cache: migrated
                """.formatted(LIBRARIES))) {
            HttpResponse<String> metrics = get(server.uri("/metrics/"));
            assertThat(metrics.statusCode()).isEqualTo(200);
            assertThat(metrics.headers().firstValue("Content-Type")).contains("text/plain;version=0.0.4;charset=utf-8");
        }
        try (Stream<Path> kept = Files.list(directory.resolve("migrated"))) {
            assertThat(kept.map(file -> file.getFileName().toString())).allMatch(name -> name.matches("[0-9a-f]{64}\\.jar"))
                    .isNotEmpty();
        }
    }
}

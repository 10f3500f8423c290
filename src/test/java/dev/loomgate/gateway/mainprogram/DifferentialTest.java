package dev.loomgate.gateway.mainprogram;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import io.helidon.webserver.http.HttpRouting;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import dev.loomgate.testing.RawClient;
import dev.loomgate.testing.TestServer;

/**
 * The same program, with all that it may do with classes and static fields, run by Java itself and in the server: what it prints
 * must be the same, each time.
 */
class DifferentialTest {
    private static final int TIMES = 3;
    private static final int AT_ONCE = 20;

    @TempDir
    private static Path top;
    private static Path jar;
    /** What the program prints, by case, when nothing of it is rewritten. */
    private static final Map<String, String> EXPECTED = new HashMap<>();

    /** Runs every case in classes of its own, and prints what each prints behind its name. */
    private static final String LAUNCHER = """
            import java.io.*;
            import java.net.*;
            import java.nio.file.*;
            public class Launcher {
                public static void main(String[] args) throws Throwable {
                    PrintStream out = System.out;
                    for (int i = 1; i < args.length; i++) {
                        var bytes = new ByteArrayOutputStream();
                        System.setOut(new PrintStream(bytes, true));
                        URL[] path = {Path.of(args[0]).toUri().toURL()};
                        try (var loader = new URLClassLoader(path, ClassLoader.getPlatformClassLoader())) {
                            Thread.currentThread().setContextClassLoader(loader);
                            Thread.currentThread().setName("main");
                            Class.forName("Cases", true, loader).getMethod("main", String[].class)
                                    .invoke(null, (Object) new String[] {args[i]});
                        }
                        out.print(args[i] + " " + bytes);
                    }
                    out.flush();
                    System.exit(0);
                }
            }
            """;

    static List<String> cases() {
        return List.of("fields", "inheritance", "initialisation", "enums", "lambdas", "reflection", "serialization", "threads",
                "jdbc", "rest");
    }

    @BeforeAll
    static void runAsAProcess() throws Exception {
        String source;
        try (InputStream in = DifferentialTest.class.getResourceAsStream("/mainprogram/Cases.java")) {
            source = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
        jar = ProgramSource.jar(top, "Cases", source);
        Path launcher = ProgramSource.compile(top, "Launcher", LAUNCHER);
        var command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1", "-cp", launcher.toString(), "Launcher", jar.toString()));
        command.addAll(cases());
        Path output = top.resolve("output");
        Process process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile()).start();
        assertThat(process.waitFor()).as(Files.readString(output)).isZero();
        for (String part : Files.readString(output).split("\n(?=\\w+ Content-Type)")) {
            String name = part.substring(0, part.indexOf(' '));
            EXPECTED.put(name, part.substring(part.indexOf("\n\n") + 2).strip());
        }
        assertThat(EXPECTED.keySet()).containsExactlyInAnyOrderElementsOf(cases());
    }

    private static TestServer serve(MainProgramGateway gateway) {
        return TestServer.start(HttpRouting.builder().any(gateway));
    }

    private static MainProgramGateway program(Isolation isolation) {
        return new MainProgramGateway("/p", ProgramSettings.of(jar).withIsolation(isolation));
    }

    private static String ask(RawClient client, String name) throws Exception {
        RawClient.Response response = client.send("GET /p?" + name + " HTTP/1.1\r\nHost: h\r\n\r\n").readResponse();
        assertThat(response.status()).isEqualTo(200);
        return response.body().strip();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void printsTheSameWithFreshStaticFieldsEachTime(String name) throws Exception {
        try (MainProgramGateway gateway = program(Isolation.REQUEST); TestServer server = serve(gateway);
             RawClient client = RawClient.connect(server.port())) {
            for (int i = 0; i < TIMES; i++) {
                assertThat(ask(client, name)).isEqualTo(EXPECTED.get(name));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void printsTheSameTheFirstTimeWithSharedOnes(String name) throws Exception {
        try (MainProgramGateway gateway = program(Isolation.SHARED); TestServer server = serve(gateway);
             RawClient client = RawClient.connect(server.port())) {
            assertThat(ask(client, name)).isEqualTo(EXPECTED.get(name));
        }
    }

    @Test
    void requestsDoNotSeeEachOther() throws Exception {
        try (MainProgramGateway gateway = program(Isolation.REQUEST); TestServer server = serve(gateway)) {
            var clients = new ArrayList<RawClient>();
            try {
                for (int i = 0; i < AT_ONCE; i++) {
                    clients.add(RawClient.connect(server.port()).send("GET /p?" + cases().get(i % cases().size())
                            + " HTTP/1.1\r\nHost: h\r\n\r\n"));
                }
                for (int i = 0; i < AT_ONCE; i++) {
                    assertThat(clients.get(i).readResponse().body().strip()).isEqualTo(EXPECTED.get(cases().get(i % cases().size())));
                }
            } finally {
                for (RawClient client : clients) {
                    client.close();
                }
            }
        }
    }
}

package dev.loomgate.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

import dev.loomgate.testing.Bystander;
import dev.loomgate.testing.Clients;
import dev.loomgate.testing.ConcurrentClass;
import dev.loomgate.testing.Programs;
import dev.loomgate.testing.RawClient;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server with few file descriptors and many clients: it refuses some, and is as good as new when they leave. */
@ConcurrentClass
class DescriptorLimitTest {
    private static final int DESCRIPTORS = 200;
    private static final int CLIENTS = 300;
    /** What the virtual machine may open besides while it works. */
    private static final int SOME = 10;

    /** Where the server's classes are in jars, as they are shipped: from a directory, each takes a descriptor when it is loaded. */
    @TempDir
    private static Path libraries;
    private static String classPath;
    @TempDir
    private Path directory;
    private Process server;
    private int port;

    @BeforeEach
    void start() throws IOException {
        Path bash = Programs.require("bash", "bash");
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        server = new ProcessBuilder(bash.toString(), "-c", "ulimit -n " + DESCRIPTORS + "; exec \"$@\"", "bash", java,
                "-Xmx128m", "-XX:TieredStopAtLevel=1", "-cp", classPath, HelloServer.class.getName())
                .redirectError(directory.resolve("errors").toFile()).start();
        BufferedReader output = server.inputReader();
        String line = output.readLine();
        while (line != null && !line.matches("[0-9]+")) {
            line = output.readLine();
        }
        assertThat(line).as("port of the server; errors in " + directory.resolve("errors")).isNotNull();
        port = Integer.parseInt(line);
    }

    /** Without the test libraries: each jar takes a descriptor. */
    @BeforeAll
    static void packClasses() throws IOException {
        String all = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        var entries = new ArrayList<String>();
        for (String entry : all.split(File.pathSeparator)) {
            if (Files.isDirectory(Path.of(entry))) {
                entries.add(pack(Path.of(entry), libraries.resolve(entries.size() + ".jar")));
            } else if (!entry.matches(".*/(junit|groovy|rest-assured|archunit|jqwik|http|byte-buddy|assertj)[^/]*")) {
                entries.add(entry);
            }
        }
        classPath = String.join(File.pathSeparator, entries);
    }

    private static String pack(Path classes, Path jar) throws IOException {
        try (var out = new ZipOutputStream(Files.newOutputStream(jar)); var files = Files.walk(classes)) {
            out.setLevel(0);
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                out.putNextEntry(new ZipEntry(classes.relativize(file).toString()));
                Files.copy(file, out);
            }
        }
        return jar.toString();
    }

    @AfterEach
    void stop() throws Exception {
        if (server != null) {
            server.getOutputStream().close();
            if (!server.waitFor(10, TimeUnit.SECONDS)) {
                server.destroyForcibly();
            }
            System.out.println(Files.readString(directory.resolve("errors")));
        }
    }

    private RawClient ask() throws IOException {
        return Clients.ask(port, "/hello");
    }

    private static boolean isStillServed(RawClient client) {
        return Clients.isServed(client, "/hello");
    }

    private int openDescriptors() {
        File[] descriptors = Path.of("/proc/" + server.pid() + "/fd").toFile().listFiles();
        return descriptors == null ? -1 : descriptors.length;
    }

    @Test
    void dropsThoseThatSayNothingWhenDescriptorsRunShort() throws Exception {
        RawClient kept = ask();
        var silent = new ArrayList<RawClient>();
        var served = new ArrayList<RawClient>(List.of(kept));
        try (Bystander bystander = Bystander.start("127.0.0.1", port, Bystander.Manner.asking("/hello", "").kept())) {
            for (int i = 0; i < DESCRIPTORS; i++) {
                silent.add(RawClient.connectFrom("127.0.0.2", port));
            }
            // those that came a moment ago are left alone: their request may be on its way
            Awaitility.await().atMost(Duration.ofSeconds(60)).pollInterval(Duration.ofMillis(100)).until(() -> {
                RawClient client = ask();
                if (client != null) {
                    served.add(client);
                }
                return client != null;
            });
            for (int i = 0; i < 20; i++) {
                long begun = System.nanoTime();
                RawClient client = ask();
                assertThat(client).as("a client that says what it wants").isNotNull();
                assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(10));
                served.add(client);
                assertThat(isStillServed(kept)).isTrue();
            }
            assertThat(served).allMatch(DescriptorLimitTest::isStillServed);
            assertThat(bystander.errors()).isEmpty();
            assertThat(bystander.percentile(50)).as("median on a connection that was there before").isLessThan(Duration.ofSeconds(1));
        } finally {
            silent.forEach(Clients::close);
            served.forEach(Clients::close);
        }
    }

    @Test
    void refusesSomeAndServesAllAgainWhenTheyLeave() throws Exception {
        ask().close();
        Awaitility.await().pollInterval(Duration.ofMillis(50)).until(() -> openDescriptors() < DESCRIPTORS - 30);
        int before = openDescriptors();
        for (int round = 0; round < 2; round++) {
            List<RawClient> served = Clients.askAtOnce(port, "/hello", CLIENTS);
            // connections that only waited for their next request may have made room for others
            assertThat(served.stream().filter(DescriptorLimitTest::isStillServed).count())
                    .as("connections while there are descriptors").isBetween(20L, (long) DESCRIPTORS);
            served.forEach(Clients::close);
            Awaitility.await().atMost(Duration.ofSeconds(60)).pollInterval(Duration.ofMillis(50))
                    .untilAsserted(() -> assertThat(openDescriptors()).isLessThanOrEqualTo(before + SOME));
            List<RawClient> again = Clients.askAtOnce(port, "/hello", 20);
            assertThat(again).as("served when the others have left").hasSize(20);
            again.forEach(Clients::close);
        }
        assertThat(server.isAlive()).isTrue();
    }
}

package dev.loomgate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import dev.loomgate.testing.Clients;
import dev.loomgate.testing.Concurrent;
import dev.loomgate.testing.Network;
import dev.loomgate.testing.Programs;
import dev.loomgate.testing.RawClient;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The distribution as its user gets it: unpacked somewhere, called through a link from elsewhere. */
@Concurrent
class DistributionIT {
    private static final Pattern ADDRESS = Pattern.compile("http://127\\.0\\.0\\.1:\\d+");
    private static final Path BUILT = Path.of(System.getProperty("loomgate.distribution"));
    private static final Path ARCHIVE = Path.of(System.getProperty("loomgate.archive"));

    @TempDir
    private Path directory;
    private Path home;
    private final List<Process> started = new ArrayList<>();

    @BeforeEach
    void unpack() throws Exception {
        Path place = Files.createDirectories(directory.resolve("some place"));
        Path tar = Programs.require("tar", "tar");
        Process unpacking = new ProcessBuilder(tar.toString(), "-xzf", ARCHIVE.toString(), "-C", place.toString()).inheritIO().start();
        assertThat(unpacking.waitFor()).isZero();
        home = place.resolve(ARCHIVE.getFileName().toString().replace(".tar.gz", ""));
    }

    @AfterEach
    void endProcesses() {
        started.forEach(Process::destroyForcibly);
    }

    @Test
    void isTheSameAsDirectoryAndAsArchive() throws IOException {
        Map<String, String> built = modes(BUILT);
        // for the JDK and the time stamps of this machine alone
        built.remove("lib/loomgate.aot");
        assertThat(modes(home)).isEqualTo(built);
    }

    @Test
    void holdsWhatItNeedsAndNoDataOfTheDemo() throws IOException {
        Map<String, String> files = modes(home);

        assertThat(files).containsKeys("lib/loomgate.jar", "conf/loomgate.yaml", "conf/jvm.options", "README.md");
        assertThat(files).containsEntry("bin/loomgate", "rwxr-xr-x").containsEntry("bin/loomgate-aot", "rwxr-xr-x");
        assertThat(files.keySet()).filteredOn(file -> file.startsWith("legacy-handlers/")).isNotEmpty();
        assertThat(files.keySet()).filteredOn(file -> file.startsWith("legacy-handlers/data/"))
                .allMatch(file -> file.contains(".seed."));
        assertThat(files.keySet()).filteredOn(file -> file.startsWith("legacy-handlers/cgi-bin/"))
                .filteredOn(file -> file.matches(".*\\.(pl|py|sh|cgi)"))
                .isNotEmpty().allMatch(file -> files.get(file).equals("rwxr-xr-x"));
    }

    @Test
    void findsNothingWrongWithItsOwnConfiguration() throws Exception {
        Process check = loomgate("check");

        assertThat(status(check)).as(printed("err")).isZero();
        assertThat(printed("out")).startsWith(home.toRealPath().resolve("conf/loomgate.yaml") + " is valid");
        assertThat(printed("err")).isEmpty();
    }

    @Test
    void servesUntilSigterm() throws Exception {
        useAnyPort();
        Process serve = loomgate("serve");
        String address = awaitAddress(serve);
        for (String path : List.of("/", "/hello", "/cgi-bin/status.sh", "/cgi-bin/pet", "/pets", "/api/pets", "/pet-servlet/")) {
            assertThat(get(address + path).statusCode()).as(path).isEqualTo(200);
        }

        serve.destroy();

        assertThat(status(serve)).as(printed("out")).isZero();
        assertThat(printed("out")).endsWith("stopped\n");
        assertThat(printed("err").lines()).allMatch(DistributionIT::isGoodNews);
    }

    /** The cache that {@code mvn package} has made, in a copy that kept the time stamps. */
    @Test
    void startsFromItsCacheAndWithoutItIfItDoesNotFit() throws Exception {
        assumeTrue(Runtime.version().feature() >= 25, "Java 25 made caches easy");
        home = directory.resolve("with a cache");
        assertThat(status(run("cp", "-a", BUILT.toString(), home.toString()))).isZero();
        useAnyPort();

        // with any but AOTMode=auto the JVM does not start without the cache
        Process serve = loomgate(Map.of("LOOMGATE_JAVA_OPTS", "-XX:AOTMode=on"), "serve");
        assertThat(get(awaitAddress(serve) + "/hello").statusCode()).isEqualTo(200);

        serve.destroy();
        assertThat(status(serve)).isZero();
        assertThat(printed("err").lines()).allMatch(DistributionIT::isGoodNews);

        Path libraries = home.resolve("lib/libraries.jar");
        Files.setLastModifiedTime(libraries, FileTime.from(Files.getLastModifiedTime(libraries).toInstant().minusSeconds(60)));
        assertThat(status(loomgate(Map.of("LOOMGATE_JAVA_OPTS", "-XX:AOTMode=on"), "check"))).as("does not fit").isNotZero();
        assertThat(status(loomgate("check"))).as(printed("err")).isZero();
        assertThat(printed("out")).startsWith(home.toRealPath().resolve("conf/loomgate.yaml") + " is valid");
        assertThat(printed("err")).isEmpty();
    }

    /** Most libraries are in one jar: what they have found each by the other must be found there. */
    @Test
    void namesTheJarsOfItsLibraries() throws IOException {
        try (var jar = new JarFile(home.resolve("lib/loomgate.jar").toFile())) {
            String[] named = jar.getManifest().getMainAttributes().getValue(Attributes.Name.CLASS_PATH).split(" ");
            assertThat(modes(home.resolve("lib")).keySet()).containsExactlyInAnyOrderElementsOf(
                    Stream.concat(Stream.of("loomgate.jar"), Stream.of(named)).toList());
        }
        try (var jar = new JarFile(home.resolve("lib/libraries.jar").toFile())) {
            assertThat(jar.isMultiRelease()).isTrue();
            assertThat(jar.stream().map(JarEntry::getName)).doesNotHaveDuplicates().doesNotContain("module-info.class")
                    .noneMatch(name -> name.matches("META-INF/.*\\.(SF|RSA|DSA|EC)"));
            String parsers = new String(jar.getInputStream(jar.getEntry(
                    "META-INF/services/io.helidon.config.spi.ConfigParser")).readAllBytes());
            assertThat(parsers).contains("PropertiesConfigParser").contains("YamlConfigParser");
        }
        assertThat(modes(home).keySet()).anyMatch(file -> file.matches("licenses/helidon-webserver-.*/META-INF/LICENSE.*"));
    }

    @Test
    void compilesPagesOfAnApplication() throws Exception {
        Path application = Files.createDirectories(directory.resolve("pages"));
        Files.writeString(application.resolve("sum.jsp"), "<%= String.join(\",\", java.util.List.of(\"a\", \"b\")) %> ${1 + 2}");
        Files.writeString(home.resolve("conf/loomgate.yaml"), "listeners: [{port: 0}]\nroutes:\n"
                + "- {path: /pages/**, handler: servlet, war: " + application + "}\n");
        Process serve = loomgate("serve");

        assertThat(get(awaitAddress(serve) + "/pages/sum.jsp").body()).isEqualTo("a,b 3");
    }

    /** Each jar of lib/ takes a descriptor that a client could have. */
    @Test
    void servesManyWithFewDescriptorsAndRefusesTheRest() throws Exception {
        useAnyPort();
        Path bash = Programs.require("bash", "bash");
        Process serve = run(bash.toString(), "-c", "ulimit -n 130; exec \"$@\"", "bash", home.resolve("bin/loomgate").toString(), "serve");
        int port = URI.create(awaitAddress(serve)).getPort();
        for (int round = 0; round < 2; round++) {
            List<RawClient> served = Clients.askAtOnce(port, "/hello", 300);
            // one that only waits for its next request may have made room for another
            assertThat(served.stream().filter(client -> Clients.isServed(client, "/hello"))).as("served of 300")
                    .hasSizeBetween(50, 130);
            served.forEach(Clients::close);
            await().atMost(Duration.ofSeconds(90)).untilAsserted(() -> {
                List<RawClient> again = Clients.askAtOnce(port, "/hello", 30);
                again.forEach(Clients::close);
                assertThat(again).as("served when the others have left").hasSize(30);
            });
        }
        assertThat(get("http://127.0.0.1:" + port + "/cgi-bin/status.sh").statusCode()).isEqualTo(200);
        assertThat(serve.isAlive()).isTrue();
    }

    @Test
    void isUpgradedByAnOrdinaryUserOnAPortBelow1024() throws Exception {
        assumeTrue(Runtime.version().feature() >= 22, "Java 21 can't pass sockets on");
        Path curl = Programs.require("curl", "curl");
        Path file = Files.writeString(directory.resolve("test.yaml"), """
                listeners: [{port: 80}, {port: 81}]
                control: control.sock
                routes: [{path: /, handler: respond, body: hello}]
                """);
        try (var network = new Network()) {
            network.add("host", "192.0.2.1/24");
            network.run("host", "sysctl", "-q", "-w", "net.ipv4.ip_unprivileged_port_start=80");
            network.run("host", "chown", "-R", "nobody", directory.toString());
            List<String> nobody = List.of(Programs.require("setpriv", "util-linux").toString(), "--reuid=nobody", "--clear-groups",
                    "--inh-caps=-all", "--bounding-set=-all", "--no-new-privs", "env", "JAVA_HOME=" + System.getProperty("java.home"),
                    "HOME=" + directory);
            try {
                network.run("host", words(nobody, "test", "-x", System.getProperty("java.home") + "/bin/java"));
            } catch (IOException e) {
                assumeTrue(false, "skipped: the JDK of this machine is not for everybody: " + e.getMessage());
            }
            String[] get = {curl.toString(), "-s", "http://127.0.0.1/", "http://127.0.0.1:81/"};
            Process first = network.start("host", directory.resolve("first"), List.of(words(nobody,
                    home.resolve("bin/loomgate").toString(), "serve", "-c", file.toString())));
            await().atMost(Duration.ofSeconds(120)).until(() -> Files.readString(directory.resolve("first")).contains(":81"));
            assertThat(network.run("host", get)).isEqualTo("hellohello");

            String upgraded = network.run("host", words(nobody, home.resolve("bin/loomgate").toString(), "upgrade", "-c",
                    file.toString()));
            try {
                assertThat(status(first)).isZero();
                assertThat(network.run("host", get)).isEqualTo("hellohello");
            } finally {
                network.run("host", words(nobody, home.resolve("bin/loomgate").toString(), "stop", "-c", file.toString()));
            }
            assertThat(upgraded).contains("process");
        }
    }

    /** Tomcat warns of what takes it a tenth of a second, which nobody need mind on a busy machine. */
    private static boolean isGoodNews(String line) {
        return line.contains(" INFO ") || line.contains("Creation of SecureRandom instance");
    }

    private static String[] words(List<String> first, String... others) {
        return Stream.concat(first.stream(), Stream.of(others)).toArray(String[]::new);
    }

    private void useAnyPort() throws IOException {
        Path file = home.resolve("conf/loomgate.yaml");
        Files.writeString(file, Files.readString(file).replace("port: 8080", "port: 0").replace("port: 9090", "port: 0"));
    }

    private Process loomgate(String... arguments) throws IOException {
        return loomgate(Map.of(), arguments);
    }

    private Process loomgate(Map<String, String> environment, String... arguments) throws IOException {
        Path link = directory.resolve("loomgate");
        if (Files.notExists(link)) {
            Files.createSymbolicLink(link, home.resolve("bin/loomgate"));
        }
        return run(environment, Stream.concat(Stream.of(link.toString()), Arrays.stream(arguments)).toArray(String[]::new));
    }

    private Process run(String... command) throws IOException {
        return run(Map.of(), command);
    }

    private Process run(Map<String, String> environment, String... command) throws IOException {
        var builder = new ProcessBuilder(command).directory(directory.toFile())
                .redirectOutput(directory.resolve("out").toFile()).redirectError(directory.resolve("err").toFile());
        // the JDK that runs the tests; no options of whoever runs them
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().remove("LOOMGATE_JAVA_OPTS");
        builder.environment().remove("LOOMGATE_HOME");
        builder.environment().putAll(environment);
        Process process = builder.start();
        started.add(process);
        return process;
    }

    private String awaitAddress(Process serve) {
        return await().atMost(Duration.ofSeconds(120)).until(() -> {
            Matcher address = ADDRESS.matcher(printed("out"));
            assertThat(serve.isAlive()).as(() -> "ended: " + serve.exitValue()).isTrue();
            return address.find() ? address.group() : "";
        }, address -> !address.isEmpty());
    }

    private String printed(String stream) throws IOException {
        return Files.readString(directory.resolve(stream));
    }

    private static int status(Process process) throws InterruptedException {
        assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
        return process.exitValue();
    }

    private static HttpResponse<String> get(String uri) throws Exception {
        try (var client = HttpClient.newHttpClient()) {
            return client.send(HttpRequest.newBuilder(URI.create(uri)).build(), HttpResponse.BodyHandlers.ofString());
        }
    }

    /** Permissions of each file, by path. */
    private static Map<String, String> modes(Path root) throws IOException {
        var modes = new TreeMap<String, String>();
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : (Iterable<Path>) files.filter(Files::isRegularFile)::iterator) {
                modes.put(root.relativize(file).toString(), PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
            }
        }
        return modes;
    }
}

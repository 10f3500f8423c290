package dev.loomgate;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The launcher beside JDKs that are none: their {@code java} prints its own path and its arguments, one a line. JDKs of this
 * machine may be found too; the made-up ones have versions that beat them.
 */
class LauncherTest {
    private static final Path LAUNCHER = Path.of("src/dist/bin/loomgate").toAbsolutePath();
    private static final int NEWEST = 1001;

    @TempDir
    private Path directory;
    private Path home;
    private Path user;
    private Map<String, String> environment;

    @BeforeEach
    void layOut() throws IOException {
        home = Files.createDirectories(directory.resolve("loom gate"));
        user = Files.createDirectories(directory.resolve("user"));
        Path tools = Files.createDirectories(directory.resolve("tools"));
        // a PATH in which there is no java
        for (String tool : List.of("dirname", "env", "readlink", "sed", "uname")) {
            String found = Stream.of("/bin/", "/usr/bin/").map(bin -> bin + tool).filter(file -> Files.exists(Path.of(file)))
                    .findFirst().orElseThrow(() -> new AssertionError("no " + tool));
            program(tools.resolve(tool), "exec " + found + " \"$@\"");
        }
        environment = new HashMap<>(Map.of("PATH", tools.toString(), "HOME", user.toString(), "LOOMGATE_HOME", home.toString()));
    }

    @Test
    void takesTheJdkOfJavaHome() throws Exception {
        Path jdk = jdk(directory.resolve("my jdk"), "21.0.1");
        environment.put("JAVA_HOME", jdk.toString());

        assertThat(run("check").java()).isEqualTo(jdk.resolve("bin/java"));
    }

    @Test
    void takesTheJavaInPathIfJavaHomeIsTooOld() throws Exception {
        environment.put("JAVA_HOME", jdk(directory.resolve("old"), "17.0.15").toString());
        Path jdk = jdk(directory.resolve("in path"), "25");
        Path link = Files.createDirectories(directory.resolve("links")).resolve("java");
        Files.createSymbolicLink(link, jdk.resolve("bin/java"));
        environment.merge("PATH", link.getParent().toString(), (tools, links) -> links + ":" + tools);

        assertThat(run("check").java()).isEqualTo(jdk.toRealPath().resolve("bin/java"));
    }

    @Test
    void prefersLongTermSupportAmongInstalledJdks() throws Exception {
        jdk(user.resolve(".jdks/newest"), NEWEST + 1 + ".0.1");
        Path best = jdk(user.resolve(".sdkman/candidates/java/best"), NEWEST + ".0.1");
        jdk(user.resolve(".jdks/older"), NEWEST - 4 + ".0.1");

        assertThat(run("check").java()).isEqualTo(best.resolve("bin/java"));
    }

    @Test
    void findsJdksOfOtherEnvironmentVariables() throws Exception {
        Path jdk = jdk(directory.resolve("elsewhere"), NEWEST + "-ea");
        environment.put("JAVA" + NEWEST + "_HOME", jdk.toString());

        assertThat(run("check").java()).isEqualTo(jdk.resolve("bin/java"));
    }

    @Test
    void saysInOneLineWhatToInstall() throws Exception {
        Path demanding = directory.resolve("loomgate");
        Files.writeString(demanding, Files.readString(LAUNCHER).replace("oldest=21", "oldest=9999"));
        jdk(user.resolve(".jdks/best"), NEWEST + ".0.1");

        Result result = run(List.of("/bin/sh", demanding.toString(), "serve"));

        assertThat(result.status()).isEqualTo(69);
        assertThat(result.lines()).singleElement().asString()
                .contains("Java 9999 or later is needed (the newest found is " + NEWEST + ")", "install", "JAVA_HOME");
    }

    @Test
    void passesArgumentsOn() throws Exception {
        useJdk("25.0.3");

        assertThat(run("serve", "", "-c", "my conf.yaml", "*").arguments())
                .endsWith("-jar", home.toRealPath() + "/lib/loomgate.jar", "serve", "", "-c", "my conf.yaml", "*");
    }

    @Test
    void asksForHelpWithoutArguments() throws Exception {
        useJdk("25.0.3");

        assertThat(run().arguments()).endsWith(home.toRealPath() + "/lib/loomgate.jar", "--help");
    }

    @Test
    void tellsWhereItIsThroughLinks() throws Exception {
        useJdk("25.0.3");
        environment.remove("LOOMGATE_HOME");
        Path installed = Files.createDirectories(home.resolve("bin")).resolve("loomgate");
        Files.copy(LAUNCHER, installed, StandardCopyOption.COPY_ATTRIBUTES);
        Path absolute = Files.createSymbolicLink(directory.resolve("absolute"), installed);
        Path relative = Files.createSymbolicLink(directory.resolve("relative"), Path.of("absolute"));

        for (Path link : List.of(absolute, relative)) {
            assertThat(run(List.of(link.toString(), "check")).arguments())
                    .contains("-Dloomgate.home=" + home.toRealPath(), home.toRealPath() + "/lib/loomgate.jar");
        }
    }

    @Test
    void letsTheUsersOptionsWin() throws Exception {
        useJdk("25.0.3");
        Files.createDirectories(home.resolve("conf"));
        Files.writeString(home.resolve("conf/jvm.options"), "-Xmx1g\n");
        environment.put("LOOMGATE_JAVA_OPTS", " -Xmx2g\t-Da=* ");

        List<String> arguments = run("check").arguments();

        assertThat(arguments).startsWith("@" + home.resolve("conf/jvm.options")).containsSequence("-Xmx2g", "-Da=*");
        assertThat(arguments.indexOf("-Xmx2g")).isLessThan(arguments.indexOf("-jar"));
        assertThat(arguments.subList(0, arguments.indexOf("-Xmx2g"))).filteredOn(option -> option.startsWith("-X")).isNotEmpty();
    }

    @Test
    void letsTheUserChooseAnotherGarbageCollector() throws Exception {
        useJdk("25.0.3");
        assertThat(run("check").arguments()).doesNotContain("-XX:-UseParallelGC");

        environment.put("LOOMGATE_JAVA_OPTS", "-Xmx1g -XX:+UseZGC");

        assertThat(run("check").arguments()).containsSequence("-XX:-UseParallelGC", "-Xmx1g", "-XX:+UseZGC");
    }

    @ParameterizedTest
    @CsvSource({"21.0.1, false", "24, false", "25.0.3, true", "26-ea, true"})
    void usesWhatTheJdkSupports(String version, boolean compactHeaders) throws Exception {
        useJdk(version);

        List<String> arguments = run("check").arguments();

        assertThat(arguments.contains("-XX:+UseCompactObjectHeaders")).isEqualTo(compactHeaders);
        assertThat(arguments.contains("-Djdk.lang.Process.launchMechanism=VFORK")).isEqualTo(!compactHeaders);
    }

    @ParameterizedTest
    @ValueSource(strings = {"21.0.1", "25.0.3", "26"})
    void usesTheCacheIfThereIsOne(String version) throws Exception {
        useJdk(version);
        String option = "-XX:AOTCache=" + home.resolve("lib/loomgate.aot");
        assertThat(run("check").arguments()).doesNotContain(option);

        Path lib = Files.createDirectories(home.resolve("lib"));
        Path jar = Files.createFile(lib.resolve("loomgate.jar"));
        Files.setLastModifiedTime(jar, FileTime.from(Instant.now().minusSeconds(60)));
        Path cache = Files.createFile(lib.resolve("loomgate.aot"));
        assertThat(run("check").arguments().contains(option)).isEqualTo(!version.startsWith("21"));
        environment.put("LOOMGATE_AOT", "off");
        assertThat(run("check").arguments()).doesNotContain(option);
        environment.remove("LOOMGATE_AOT");

        Files.setLastModifiedTime(cache, FileTime.from(Instant.now().minusSeconds(120)));
        assertThat(run("check").lines()).doesNotContain(option);
    }

    /** Without a JDK that can, or a directory to write to: for a person that is a failure, for {@code mvn package} it is not. */
    @ParameterizedTest
    @CsvSource({"'', Java 25 or later is needed", "-XX:AOTCacheOutput, no permission to write to"})
    void saysWhyThereCanBeNoCache(String flags, String reason) throws Exception {
        useJdk("25.0.3");
        program(directory.resolve("jdk/bin/java"), "echo \"" + flags + "\"");
        environment.put("PATH", System.getenv("PATH"));
        Path bin = Files.createDirectories(home.resolve("bin"));
        for (String script : List.of("loomgate", "loomgate-aot")) {
            Files.copy(LAUNCHER.resolveSibling(script), bin.resolve(script), StandardCopyOption.COPY_ATTRIBUTES);
        }

        Result alone = run(List.of(bin.resolve("loomgate-aot").toString()));
        Result built = run(List.of(bin.resolve("loomgate-aot").toString(), "--if-possible"));

        assertThat(alone.status()).isEqualTo(1);
        assertThat(built.status()).isZero();
        assertThat(alone.lines()).isEqualTo(built.lines()).singleElement().asString().contains(reason);
    }

    @Test
    void servesMavensClassPathAndEndsWithMaven() throws Exception {
        useJdk("25.0.3");

        assertThat(run("-classpath", "target/classes:a b.jar", "serve").arguments())
                .containsSequence("-classpath", "target/classes:a b.jar")
                .contains("--enable-native-access=ALL-UNNAMED", "-Dloomgate.parent=" + ProcessHandle.current().pid())
                .endsWith("dev.loomgate.Loomgate", "serve");
    }

    private void useJdk(String version) throws IOException {
        environment.put("JAVA_HOME", jdk(directory.resolve("jdk"), version).toString());
    }

    private static Path jdk(Path place, String version) throws IOException {
        Path java = Files.createDirectories(place.resolve("bin")).resolve("java");
        Files.writeString(place.resolve("release"), "IMPLEMENTOR=\"nobody\"\nJAVA_VERSION=\"" + version + "\"\nOS_NAME=\"x\"\n");
        program(java, "printf '%s\\n' \"$0\" \"$@\"");
        return place;
    }

    private static void program(Path file, String line) throws IOException {
        Files.writeString(file, "#!/bin/sh\n" + line + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private Result run(String... arguments) throws Exception {
        var command = new ArrayList<String>();
        command.add(LAUNCHER.toString());
        command.addAll(List.of(arguments));
        return run(command);
    }

    private Result run(List<String> command) throws Exception {
        var builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().clear();
        builder.environment().putAll(environment);
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return new Result(process.exitValue(), List.of(output.split("\n")));
    }

    /** What the launcher did; the lines are those of the made-up java, if it got that far. */
    private record Result(int status, List<String> lines) {
        Path java() {
            assertThat(status).as(lines.toString()).isZero();
            return Path.of(lines.getFirst());
        }

        List<String> arguments() {
            java();
            return lines.subList(1, lines.size());
        }
    }
}

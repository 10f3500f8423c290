package dev.loomgate.portcheck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.io.PrintWriter;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

import javax.tools.ToolProvider;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import dev.loomgate.server.Plan;
import dev.loomgate.testing.Programs;
import dev.loomgate.testing.ScriptDirectory;

class PortReportTest {
    private static final Path PETS = Path.of("legacy-handlers/java/pet-cgi.jar");

    @TempDir
    Path directory;

    private Path compile(String name, String source) throws Exception {
        Path file = Files.writeString(Files.createDirectories(directory.resolve("src")).resolve(name + ".java"), source);
        Path classes = Files.createDirectories(directory.resolve(name.toLowerCase()));
        assertThat(ToolProvider.getSystemJavaCompiler().run(null, null, null, "-d", classes.toString(), "-proc:none", "-g",
                "-cp", System.getProperty("java.class.path"), file.toString())).isZero();
        return classes;
    }

    private static Subject only(Path path, int java) throws Exception {
        return PortReport.of(List.of(path), java).subjects().getFirst();
    }

    private static List<String> topics(Subject subject, boolean needsWork) {
        return subject.findings().stream().filter(finding -> finding.needsWork() == needsWork).map(Finding::topic).toList();
    }

    private void assertRouteIsAccepted(Subject subject) throws Exception {
        Path file = Files.writeString(directory.resolve("suggested.yaml"),
                "routes:\n" + subject.route().stream().map(line -> "  " + line + "\n").collect(Collectors.joining()));
        try (Plan plan = Plan.read(file)) {
            assertThat(plan.routes()).hasSize(1);
        }
    }

    @Test
    void theDemosProgramRunsUnmodified() throws Exception {
        Subject subject = only(PETS, 21);

        assertThat(subject.what()).startsWith("Java program, main class pets.PetCgi");
        assertThat(subject.needsWork()).isFalse();
        assertThat(subject.route()).contains("  handler: main", "  jar: " + PETS.toAbsolutePath());
        assertRouteIsAccepted(subject);
    }

    @Test
    void findsWhatIsWorthKnowingOfAProgram() throws Exception {
        Path classes = compile("Old", """
                import java.io.*; import java.util.*; import java.util.concurrent.*;
                public class Old {
                    static int count;
                    static final Map<String, String> CACHE = new HashMap<>();
                    static final ThreadLocal<StringBuilder> BUFFER = ThreadLocal.withInitial(StringBuilder::new);
                    static final String FIXED = "constant";
                    static native void call();
                    static synchronized void slow() throws Exception {
                        Thread.sleep(100);
                    }
                    public static void main(String[] args) throws Exception {
                        ExecutorService pool = Executors.newFixedThreadPool(10);
                        new FileInputStream("data/pets.txt").close();
                        new FileInputStream("/etc/hosts").close();
                        new FileOutputStream(FileDescriptor.out).close();
                        Locale.setDefault(Locale.ROOT);
                        new ProcessBuilder("ls").inheritIO();
                        java.lang.invoke.MethodHandles.lookup().findStaticVarHandle(Old.class, "count", int.class);
                        java.nio.file.Files.readAllBytes(java.nio.file.Path.of("/etc/hosts"));
                        java.util.function.IntConsumer exit = System::exit;
                        System.exit(count);
                    }
                }
                """);
        Subject subject = only(classes, 25);

        assertThat(topics(subject, true)).containsExactlyInAnyOrder("native method", "relative file name",
                "descriptor of the process", "setting of the whole JVM", "inherited output", "VarHandle of a static field");
        assertThat(topics(subject, false)).containsExactlyInAnyOrder("static field that can change", "static field that can change",
                "thread-local", "thread pool", "files read or written in bulk", "exit", "exit");
        assertThat(subject.findings()).filteredOn(finding -> finding.topic().equals("relative file name"))
                .extracting(Finding::place).containsExactly("Old.main:13");
        assertThat(subject.findings()).extracting(Finding::where).contains("Old.count", "Old.CACHE").doesNotContain("Old.FIXED");
        assertThat(topics(only(classes, 21), true)).contains("waits in synchronized");
        assertThat(topics(only(classes, 17), true)).contains("newer Java");
        assertRouteIsAccepted(subject);
    }

    /** With a class of the package that went, as there was one when the program was compiled. */
    @Test
    void findsWhatIsGoneFromJava() throws Exception {
        Path stub = Files.createDirectories(directory.resolve("stub/javax/xml/bind"));
        Path source = Files.writeString(stub.resolve("DatatypeConverter.java"),
                "package javax.xml.bind; public class DatatypeConverter { public static String print(int n) { return \"\"; } }");
        Path program = Files.writeString(directory.resolve("Past.java"), """
                public class Past {
                    final InheritableThreadLocal<String> held = new InheritableThreadLocal<>();
                    public static void main(String[] args) {
                        System.out.println(javax.xml.bind.DatatypeConverter.print(1));
                        Thread.currentThread().stop();
                    }
                }
                """);
        Path classes = Files.createDirectories(directory.resolve("past"));
        assertThat(ToolProvider.getSystemJavaCompiler().run(null, null, null, "-d", classes.toString(), "-proc:none", "-g", "-nowarn",
                source.toString(), program.toString())).isZero();

        assertThat(topics(only(classes, 25), true)).containsExactly("stops threads");
        Files.delete(classes.resolve("javax/xml/bind/DatatypeConverter.class"));
        Subject subject = only(classes, 25);
        assertThat(topics(subject, true)).containsExactly("gone from Java", "stops threads");
        assertThat(topics(subject, false)).containsExactly("thread-local");
        assertThat(subject.findings()).extracting(Finding::advice).contains(
                "javax.xml.bind is gone since Java 11: put its jar beside it, jakarta.xml.bind-api 2.3 and jaxb-runtime 2.3");
        assertThat(topics(only(classes, 17), false)).contains("stops threads");
    }

    @Test
    void knowsWhatIsMigrated() throws Exception {
        Subject subject = only(Path.of("legacy-handlers/war/pets.war"), 25);

        assertThat(subject.what()).startsWith("web application");
        assertThat(subject.needsWork()).isFalse();
        assertThat(subject.findings()).anySatisfy(finding -> {
            assertThat(finding.topic()).isEqualTo("javax.servlet");
            assertThat(finding.advice()).isEqualTo("migrated to jakarta.servlet when it is first used");
            assertThat(finding.where()).startsWith("pets.");
        });
        assertRouteIsAccepted(subject);
    }

    @Test
    void saysWhatCanNotBeRead() throws Exception {
        byte[] whole = Files.readAllBytes(PETS);
        Path half = Files.write(directory.resolve("half.jar"), java.util.Arrays.copyOf(whole, whole.length / 2));
        Path text = Files.writeString(directory.resolve("text.war"), "no archive");
        for (Path path : List.of(half, text)) {
            Subject subject = only(path, 25);
            assertThat(topics(subject, true)).containsExactly("not readable");
            assertThat(subject.findings().getFirst().where()).isEqualTo(path.toString());
            assertThat(subject.route()).isEmpty();
        }
        Path classes = compile("Nothing", "class Nothing { void run() { System.out.println(1); } }");
        byte[] good = Files.readAllBytes(classes.resolve("Nothing.class"));
        Files.write(classes.resolve("Cut.class"), java.util.Arrays.copyOf(good, good.length / 2));
        Files.writeString(classes.resolve("Text.class"), "no class");
        Files.writeString(classes.resolve("Empty.class"), "");
        assertThat(topics(only(classes, 25), true)).containsExactly("malformed class file", "malformed class file",
                "malformed class file");
    }

    @Test
    void knowsHandlersServletsAndLibraries() throws Exception {
        Path handlers = compile("Greeting", """
                import dev.loomgate.handler.*;
                public class Greeting implements Handler {
                    static int count;
                    @Override public void handle(Request request, Response response) { System.exit(++count); }
                }
                """);
        Subject handler = only(handlers, 25);
        assertThat(handler.what()).isEqualTo("handlers of Loomgate, 1 class");
        assertThat(topics(handler, true)).containsExactly("static field that can change", "exit");
        assertRouteIsAccepted(handler);

        Subject library = only(compile("Nothing", "class Nothing { }"), 25);
        assertThat(library.what()).startsWith("Java classes without a main method");
        assertThat(library.route()).isEmpty();
        assertThat(library.needsWork()).isFalse();

        Path web = Files.createDirectories(directory.resolve("shop/WEB-INF"));
        Files.writeString(web.resolve("web.xml"), "<web-app/>");
        assertThat(only(directory.resolve("shop"), 25).what()).isEqualTo("web application, 0 classes");
        assertRouteIsAccepted(only(directory.resolve("shop"), 25));

        Subject servlets = only(compile("Old", "public class Old extends jakarta.servlet.http.HttpServlet { "
                + "protected void doGet(jakarta.servlet.http.HttpServletRequest q, jakarta.servlet.http.HttpServletResponse r) { "
                + "System.exit(1); } }"), 25);
        assertThat(servlets.what()).isEqualTo("servlets, 1 class");
        assertThat(topics(servlets, true)).containsExactly("exit");
        assertRouteIsAccepted(servlets);
    }

    @Test
    void findsWhatKeepsScriptsFromRunning() throws Exception {
        var scripts = new ScriptDirectory(directory.resolve("cgi-bin"));
        scripts.sh("good.sh", "echo");
        scripts.executable("windows.pl", "#!/usr/bin/perl\r\nprint 1;\r\n");
        scripts.executable("nowhere.cgi", "#!/opt/no/such/interpreter\n");
        scripts.executable("nameless.cgi", "echo\n");
        scripts.plain("forgotten.sh", "#!/bin/sh\n");
        scripts.plain("page.php", "<?php echo 1;");
        scripts.plain("readme.txt", "text");
        Subject subject = only(scripts.path(), 25);

        assertThat(subject.what()).isEqualTo("directory of scripts, 6 scripts");
        assertThat(subject.findings()).filteredOn(finding -> !finding.where().equals("page.php"))
                .extracting(finding -> finding.place() + " " + finding.topic()).containsExactlyInAnyOrder(
                        "windows.pl:1 line ends of Windows", "nowhere.cgi:1 interpreter is missing", "nameless.cgi:1 no interpreter",
                        "forgotten.sh not executable");
        assertThat(subject.route()).contains("  root: " + scripts.path(), "  interpreters: {php: php-cgi}");
        assertRouteIsAccepted(subject);
    }

    @Test
    void findsModulesThatAreMissing() throws Exception {
        Programs.require("perl", "perl");
        Programs.require("/usr/bin/python3", "python3");
        var scripts = new ScriptDirectory(directory.resolve("bin"));
        scripts.perl("a.pl", "use warnings;\nuse Own::Module;\nuse No::Such::Module qw(x);\nuse 5.010;\nuse POSIX ();\n__END__\nuse Never;\n");
        scripts.plain("Own/Module.pm", "1;");
        scripts.executable("b.py", "#!/usr/bin/python3\nimport os.path, no_such_module\nfrom json import dumps\nimport beside\n");
        scripts.plain("beside.py", "");
        Subject subject = only(scripts.path(), 25);

        assertThat(subject.findings()).filteredOn(finding -> finding.topic().equals("module is missing"))
                .extracting(finding -> finding.place() + " " + finding.advice().split(",")[0]).containsExactlyInAnyOrder(
                        "a.pl:5 No::Such::Module", "b.py:2 no_such_module");
    }

    @Test
    void looksIntoADirectoryOfJars() throws Exception {
        Path jars = Files.createDirectories(directory.resolve("jars"));
        Files.copy(PETS, jars.resolve("a.jar"));
        Files.copy(PETS, jars.resolve("b.jar"));

        assertThat(PortReport.of(List.of(jars), 25).subjects()).extracting(subject -> subject.path().getFileName().toString())
                .containsExactly("a.jar", "b.jar");
        assertThatThrownBy(() -> PortReport.of(List.of(directory.resolve("absent")), 25)).isInstanceOf(NoSuchFileException.class);
    }

    @Test
    void looksAtEverythingInAMixedDirectory() throws Exception {
        Path mixed = Files.createDirectories(directory.resolve("mixed"));
        Path classes = compile("Inner", "package deep.down; class Inner { public static void main(String[] args) { } }");
        Files.move(classes, Files.createDirectories(mixed.resolve("lib")).resolve("classes"));
        Files.writeString(mixed.resolve("lib/classes/deep/Lost.class"), "no class");
        Files.copy(PETS, Files.createDirectories(mixed.resolve("old/jars")).resolve("a.jar"));
        Files.createDirectories(mixed.resolve("shop/WEB-INF/classes"));
        Files.writeString(mixed.resolve("shop/WEB-INF/web.xml"), "<web-app/>");
        var scripts = new ScriptDirectory(Files.createDirectories(mixed.resolve("www")).resolve("cgi-bin"));
        scripts.sh("good.sh", "echo");
        Files.createDirectories(scripts.path().resolve("admin"));
        scripts.plain("admin/forgotten.sh", "#!/bin/sh\n");
        Files.writeString(mixed.resolve("start"), "#!/bin/sh\n").toFile().setExecutable(true);
        Files.writeString(mixed.resolve("readme.txt"), "text");
        List<Subject> subjects = PortReport.of(List.of(mixed), 25).subjects();

        assertThat(subjects).extracting(subject -> mixed.relativize(subject.path()) + ": " + subject.what()).containsExactly(
                "lib/classes: Java program, main class deep.down.Inner, 1 class", "shop: web application, 0 classes",
                "old/jars/a.jar: " + only(PETS, 25).what(), "start: script", "www/cgi-bin: directory of scripts, 2 scripts");
        assertThat(subjects.getFirst().route()).contains("  class-path: " + mixed.resolve("lib/classes"));
        assertThat(topics(subjects.getFirst(), true)).containsExactly("malformed class file");
        assertThat(topics(subjects.getLast(), true)).containsExactly("not executable");
        for (Subject subject : subjects) {
            assertRouteIsAccepted(subject);
        }
    }

    @Test
    void looksAtAllOfTheDemo() throws Exception {
        List<Subject> subjects = PortReport.of(List.of(Path.of("legacy-handlers")), 25).subjects();

        assertThat(subjects).extracting(subject -> Path.of("legacy-handlers").toAbsolutePath().relativize(subject.path()).toString())
                .contains("java/classes", "java/pet-cgi.jar", "war/pets.war", "cgi-bin", "php");
        assertThat(subjects).filteredOn(subject -> subject.path().endsWith("java/classes")).first()
                .satisfies(subject -> assertThat(subject.route()).contains("  class-path: " + subject.path()));
    }

    @Test
    void refusesWhatIsNoFile() throws Exception {
        Path pipe = directory.resolve("pipe");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
        assertTimeoutPreemptively(Duration.ofSeconds(20), () -> {
            assertThatThrownBy(() -> PortReport.of(List.of(pipe), 25)).isInstanceOf(NoProgramException.class)
                    .hasMessage(pipe + " is neither a file nor a directory");
            assertThat(only(directory, 25).what()).isEqualTo("directory of scripts, 0 scripts");
        });
    }

    @Test
    void printsForPeopleAndForPrograms() throws Exception {
        Path script = Files.writeString(directory.resolve("x.sh"), "#!/bin/sh\n");
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rw-r--r--"));
        PortReport report = PortReport.of(new ArrayList<>(List.of(PETS, script)), 25);
        var text = new StringWriter();
        ReportText.print(report, new PrintWriter(text, true));

        assertThat(text.toString()).contains(PETS.toAbsolutePath() + ": Java program, main class pets.PetCgi", "  runs unmodified\n",
                "  route\n    - path: /pet-cgi/**\n      handler: main\n",
                script + ": script\n  needs work\n    not executable: chmod +x '" + script + "'\n      " + script + "\n",
                "1 of 2 needs work");
        JsonObject json = Json.createReader(new StringReader(ReportText.json(report))).readObject();
        assertThat(json.getBoolean("needs-work")).isTrue();
        assertThat(json.getJsonArray("subjects").getJsonObject(0).getString("route")).startsWith("- path: /pet-cgi/**\n");
        assertThat(json.getJsonArray("subjects").getJsonObject(1).getJsonArray("findings").getJsonObject(0).getString("topic"))
                .isEqualTo("not executable");
    }
}

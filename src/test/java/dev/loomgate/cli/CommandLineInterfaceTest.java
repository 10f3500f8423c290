package dev.loomgate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class CommandLineInterfaceTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir
    Path directory;

    private int run(String... arguments) {
        CommandLine commandLine = CommandLineInterface.commandLine();
        commandLine.setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
        return commandLine.execute(arguments);
    }

    private String file(String yaml) throws IOException {
        return Files.writeString(directory.resolve("test.yaml"), yaml).toString();
    }

    @Test
    void checksAConfigurationAndSaysWhatWouldBeServed() throws IOException {
        Files.createDirectories(directory.resolve("www"));
        assertThat(run("check", "-c", file("""
                listeners:
                - port: 0
                - port: 8443
                  host: "::1"
                routes:
                - {path: /**, handler: static, root: www}
                - {path: /x, handler: redirect, to: /y, methods: [GET, POST], host: a.example}
                """))).isZero();
        assertThat(out).hasToString("""
                %s is valid

                  http://127.0.0.1:0 (any free port)
                  http://[::1]:8443

                  host       path  methods   handler   serves
                  a.example  /x    GET,POST  redirect  302 /y
                  any        /**   any       static    %s
                """.formatted(directory.resolve("test.yaml"), directory.resolve("www")));
        assertThat(err.toString()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"serve", "serve -c a/../b.yaml", "serve --config /etc/x.yaml", "serve -c ./x", "serve -c ../x"})
    void understandsPlainWordsAsPicocliDoes(String line) {
        String[] words = line.split(" ");
        ConfigurationFile parsed = (ConfigurationFile) CommandLineInterface.commandLine().parseArgs(words).subcommand()
                .commandSpec().mixins().get("file").userObject();
        assertThat(ConfigurationFile.ofPlainWords(words)).contains(parsed.path());
    }

    @ParameterizedTest
    @ValueSource(strings = {"serve --help", "serve -c", "serve -c @words", "serve -c -x", "serve -cx", "serve --config=x", "check -c x",
        "serve -c x --pid-file y", "serve -c 'x'", "--version"})
    void leavesOtherWordsToPicocli(String line) {
        assertThat(ConfigurationFile.ofPlainWords(line.split(" "))).isEmpty();
    }

    @Test
    void saysByItsStatusWhetherAProgramNeedsWork() throws IOException {
        Path script = Files.writeString(directory.resolve("x.sh"), "#!/bin/sh\n");
        assertThat(run("port-check", script.toString())).isEqualTo(1);
        assertThat(out.toString()).contains("chmod +x", "1 of 1 needs work");
        assertThat(script.toFile().setExecutable(true)).isTrue();
        assertThat(run("port-check", "--json", script.toString())).isZero();
        assertThat(out.toString()).contains("{\"needs-work\":false,");
        assertThat(run("port-check", directory.resolve("absent").toString())).isEqualTo(2);
        assertThat(err.toString()).contains("absent does not exist");
        assertThat(run("port-check", "/dev/null")).isEqualTo(2);
        assertThat(err.toString()).contains("/dev/null is neither a file nor a directory");
        assertThat(run("port-check")).isEqualTo(2);
    }

    @Test
    void printsEveryMistake() throws IOException {
        assertThat(run("check", "-c", file("thread: virtual\nroutes:\n- {path: x, handler: respond}\n"))).isEqualTo(78);
        assertThat(err.toString().lines()).hasSize(3).last().isEqualTo("2 mistakes");
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void saysWhereItLookedForTheFile() {
        assertThat(run("check", "--config", directory + "/absent.yaml")).isEqualTo(78);
        assertThat(err.toString()).startsWith(directory + "/absent.yaml: no such file");
    }

    @Test
    void printsHelp() {
        assertThat(run("--help")).isZero();
        assertThat(out.toString()).contains("Usage: loomgate", "serve", "check", "78   the configuration has mistakes");
        assertThat(run("serve", "--help")).isZero();
        assertThat(out.toString()).contains("-c, --config=FILE", "conf/loomgate.yaml");
    }

    @Test
    void printsTheVersion() {
        assertThat(run("--version")).isZero();
        assertThat(out.toString()).startsWith("Loomgate ").contains("Java " + Runtime.version());
    }

    @Test
    void refusesUnknownWords() {
        assertThat(run("srve")).isEqualTo(2);
        assertThat(err.toString()).contains("srve", "Did you mean: ");
        assertThat(run("serve", "--port", "80")).isEqualTo(2);
        assertThat(run()).isEqualTo(2);
        assertThat(err.toString()).contains("a command is missing: serve, check, port-check, status");
    }
}

package dev.loomgate.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import dev.loomgate.testing.Concurrent;
import dev.loomgate.testing.Ports;
import dev.loomgate.testing.Programs;
import dev.loomgate.testing.RawClient;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.io.TempDir;

/** A server as a service of systemd: what it is given, and what it tells. */
@EnabledForJreRange(min = JRE.JAVA_22, disabledReason = "Java 21 can't send datagrams to Unix-domain sockets, nor adopt descriptors")
@Concurrent
class SystemdTest {
    private static final Path UNITS = Path.of("conf/systemd");
    private static final Duration PATIENCE = Duration.ofSeconds(120);
    private static final String REQUEST = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    /** In systemd's place: writes what it is told to a file, a message a line. */
    private static final String LISTEN = """
            import socket, sys
            s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            s.bind(sys.argv[1])
            out = open(sys.argv[2], "w", buffering=1)
            while True:
                out.write(s.recv(4096).decode().replace("\\n", " ") + "\\n")
            """;

    @TempDir
    Path directory;
    private final List<Process> started = new ArrayList<>();
    private Optional<ProcessHandle> successor = Optional.empty();

    @AfterEach
    void endProcesses() throws InterruptedException {
        successor.ifPresent(ProcessHandle::destroyForcibly);
        for (Process process : started) {
            process.destroyForcibly().waitFor();
        }
    }

    private Process start(List<String> command) throws IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true)
                .redirectOutput(directory.resolve("out" + started.size()).toFile()).start();
        started.add(process);
        return process;
    }

    private static List<String> loomgate(String... words) {
        var command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1", "--enable-native-access=ALL-UNNAMED", "-cp", System.getProperty("java.class.path"),
                "dev.loomgate.Loomgate"));
        command.addAll(List.of(words));
        return command;
    }

    private List<String> told() throws IOException {
        return Files.readAllLines(directory.resolve("told"));
    }

    private void awaitTold(String message) {
        await().atMost(PATIENCE).until(() -> told().stream().anyMatch(line -> line.contains(message)));
    }

    private long mainProcess(int announcement) throws IOException {
        List<Long> announced = told().stream().map(Pattern.compile("READY=1 MAINPID=(\\d+)")::matcher).filter(Matcher::matches)
                .map(match -> Long.parseLong(match.group(1))).distinct().toList();
        return announced.size() > announcement ? announced.get(announcement) : -1;
    }

    @Test
    void takesSocketsAndTellsHowItIs() throws Exception {
        Path notify = directory.resolve("notify");
        start(List.of(Programs.require("python3", "python3").toString(), "-c", LISTEN, notify.toString(),
                directory.resolve("told").toString()));
        int port = Ports.free();
        Path file = Files.writeString(directory.resolve("test.yaml"), "listeners: [{port: " + port + "}]\ncontrol: control.sock\n"
                + "routes:\n- {path: /, handler: respond, body: hello}\n");
        var command = new ArrayList<>(List.of(Programs.require("systemd-socket-activate", "systemd").toString(),
                "-l", "127.0.0.1:" + port, "-E", "NOTIFY_SOCKET=" + notify, "-E", "WATCHDOG_USEC=1000000"));
        command.addAll(loomgate("serve", "-c", file.toString()));
        await().atMost(PATIENCE).until(() -> Files.exists(notify));
        Process server = start(command);

        // the first connection has it started, and waits in the socket that systemd holds
        try (RawClient client = await().atMost(PATIENCE).ignoreExceptions().until(() -> RawClient.connect(port), one -> true)) {
            // until the JVM has started
            client.socket().setSoTimeout((int) PATIENCE.toMillis());
            assertThat(client.send(REQUEST).readResponse().body()).isEqualTo("hello");
        }
        awaitTold("READY=1 MAINPID=" + server.pid());
        awaitTold("WATCHDOG=1");

        tell("reload");
        awaitTold("RELOADING=1 MONOTONIC_USEC=");

        tell("upgrade");
        long next = await().atMost(PATIENCE).until(() -> mainProcess(1), pid -> pid > 0);
        successor = ProcessHandle.of(next);
        assertThat(server.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(told()).doesNotContain("STOPPING=1");
        try (RawClient client = RawClient.connect(port)) {
            assertThat(client.send(REQUEST).readResponse().body()).isEqualTo("hello");
        }

        successor.orElseThrow().destroy();
        awaitTold("STOPPING=1");
        await().atMost(PATIENCE).until(() -> !successor.orElseThrow().isAlive());
    }

    /** By the control socket itself, since a command line would be one more JVM to start. */
    private void tell(String command) throws IOException {
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(directory.resolve("control.sock")))) {
            channel.write(StandardCharsets.UTF_8.encode("{\"command\":\"" + command + "\"}\n"));
            String answer = new BufferedReader(Channels.newReader(channel, StandardCharsets.UTF_8)).readLine();
            assertThat(answer).contains("\"ok\":true");
        }
    }

    @Test
    void shipsUnitsWithoutMistakes() throws Exception {
        String analyze = Programs.require("systemd-analyze", "systemd").toString();
        for (String name : List.of("loomgate.service", "loomgate.socket")) {
            // the program is not installed here
            Files.writeString(directory.resolve(name), Files.readString(UNITS.resolve(name))
                    .replace("/opt/loomgate/bin/loomgate", "/bin/true"));
        }
        Path service = directory.resolve("loomgate.service");
        assertThat(output(analyze, "verify", "--man=no", service.toString(), directory.resolve("loomgate.socket").toString()).lines()
                .filter(line -> line.contains("loomgate"))).isEmpty();
        // in tenths: less than 2.5 is what few services of a distribution reach
        Process security = start(List.of(analyze, "security", "--offline=true", "--threshold=25", service.toString()));
        assertThat(security.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(security.exitValue()).isZero();
    }

    private static String output(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes());
        process.waitFor();
        return output;
    }
}

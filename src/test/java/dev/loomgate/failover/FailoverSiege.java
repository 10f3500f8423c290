package dev.loomgate.failover;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import dev.loomgate.testing.Network;
import dev.loomgate.testing.OutputOnFailure;
import dev.loomgate.testing.Programs;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/** Two Loomgates as {@code conf/ha} has them, on a network of their own, with the files that are there. */
class FailoverSiege {
    private static final Path SHIPPED = Path.of("conf/ha").toAbsolutePath();
    private static final String SERVICE = "192.0.2.10";
    private static final String A = "192.0.2.11";
    private static final String B = "192.0.2.12";
    /** A loaded machine may miss checks and adverts; by itself it takes 3 to 4 seconds. */
    private static final Duration PATIENCE = Duration.ofSeconds(120);
    /** From the first request that failed to the last. */
    private static final long FEW_SECONDS_MILLIS = 15_000;

    @RegisterExtension
    final OutputOnFailure output = new OutputOnFailure(() -> this.directory, "*.log");
    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    Path directory;
    private Network network;
    private final List<Process> clients = new ArrayList<>();

    @BeforeEach
    void connectMachines() throws Exception {
        Programs.require("curl", "curl");
        network = new Network();
        network.add("a", A + "/24");
        network.add("b", B + "/24");
        network.add("client", "192.0.2.30/24");
        // ports so few that those of connections just ended are used again, as by a busy proxy
        network.run("client", "sysctl", "-q", "-w", "net.ipv4.ip_local_port_range=32768 36000", "net.ipv4.tcp_tw_reuse=1");
    }

    @AfterEach
    void disconnectMachines() throws Exception {
        for (Process client : clients) {
            client.destroyForcibly().waitFor();
        }
        if (network != null) {
            network.close();
        }
    }

    private static List<String> java(String... words) {
        var command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx128m",
                "-XX:TieredStopAtLevel=1", "--enable-native-access=ALL-UNNAMED", "-cp", System.getProperty("java.class.path")));
        command.addAll(List.of(words));
        return command;
    }

    private Process serve(String machine, String admin) throws IOException {
        Path script = Files.writeString(directory.resolve("long.sh"), "#!/bin/sh\nsleep 3\nprintf 'Content-Length: 4\\n\\nlong'\n");
        assertThat(script.toFile().setExecutable(true)).isTrue();
        Path file = Files.writeString(directory.resolve(machine + ".yaml"), """
                listeners: [{host: 0.0.0.0, port: 8080}]
                admin: {host: %2$s, port: 9090}
                control: %1$s.sock
                routes:
                - {path: /who, handler: respond, body: "%1$s"}
                - {path: /long, handler: cgi, script: long.sh}
                """.formatted(machine, admin));
        Process server = network.start(machine, directory.resolve(machine + ".log"),
                java("dev.loomgate.Loomgate", "serve", "-c", file.toString()));
        await().atMost(PATIENCE).until(() -> command(machine, "status") == 0);
        return server;
    }

    private int command(String machine, String... words) throws IOException, InterruptedException {
        var command = java("dev.loomgate.Loomgate");
        command.addAll(List.of(words));
        command.addAll(List.of("-c", directory.resolve(machine + ".yaml").toString()));
        Process process = new ProcessBuilder(command).redirectErrorStream(true)
                .redirectOutput(directory.resolve("commands.log").toFile()).start();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return process.exitValue();
    }

    private void keepAlive(String machine, String file, String peer) throws Exception {
        for (String line : Files.readAllLines(SHIPPED.resolve("sysctl.conf"))) {
            if (!line.startsWith("#")) {
                network.run(machine, "sysctl", "-q", "-w", line.replace(" ", ""));
            }
        }
        network.run(machine, "ip", "addr", "add", SERVICE + "/32", "dev", "lo");
        Path rules = Files.writeString(directory.resolve(machine + ".nft"),
                Files.readString(SHIPPED.resolve("switch.nft")).replace("define peer = " + B, "define peer = " + peer));
        network.run(machine, Programs.require("nft", "nftables").toString(), "-f", rules.toString());
        network.start(machine, directory.resolve(machine + "-keepalived.log"), List.of(
                Programs.require("keepalived", "keepalived").toString(), "-n", "-l", "-D", "-f", SHIPPED.resolve(file).toString(),
                "-p", directory.resolve(machine + ".pid").toString(), "-r", directory.resolve(machine + "-vrrp.pid").toString()));
    }

    private Client ask(String address, int port) throws IOException {
        Path output = directory.resolve("client-" + clients.size() + ".log");
        Files.createFile(output);
        Process process = network.start("client", output, java(ClientLoop.class.getName(), address, String.valueOf(port)));
        clients.add(process);
        return new Client(process, output);
    }

    /** A client that runs, and what it told until now. */
    private record Client(Process process, Path output) {
        private List<String> lines() throws IOException {
            String text = Files.readString(output);
            return text.substring(0, text.lastIndexOf('\n') + 1).lines().toList();
        }

        private long count(String what) throws IOException {
            return lines().stream().filter(line -> line.contains(what)).count();
        }

        /** Waits until so many more requests have been answered. */
        private void await(String what, int more) throws IOException {
            long before = count(what);
            org.awaitility.Awaitility.await().atMost(PATIENCE).until(() -> count(what) >= before + more);
        }

        private List<String> end() throws IOException, InterruptedException {
            try (OutputStream in = process.getOutputStream()) {
                in.flush();
            }
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(lines().getLast()).endsWith("end");
            return failures();
        }

        private List<String> failures() throws IOException {
            return lines().stream().filter(line -> line.contains(" failed ")).toList();
        }
    }

    @Test
    void addressMovesToTheOtherMachine() throws Exception {
        Path nft = Programs.require("nft", "nftables");
        network.requireRules("client", nft, Files.writeString(directory.resolve("kernel.nft"), """
                table ip kernel {
                    chain strays {
                        type filter hook prerouting priority mangle; policy accept;
                        ip daddr 192.0.2.99 socket wildcard 1 ip dscp set 63 dup to 192.0.2.98 device eth0 drop
                    }
                }
                """));
        Process master = serve("a", "127.0.0.1");
        serve("b", "127.0.0.1");
        keepAlive("a", "keepalived-master.conf", B);
        keepAlive("b", "keepalived-backup.conf", A);
        await().atMost(PATIENCE).until(() -> network.run("a", "ip", "addr", "show", "dev", "eth0").contains(SERVICE + "/"));
        Client client = ask(SERVICE, 8080);
        client.await("ok long", 2);
        assertThat(client.count(" a")).isPositive();

        // there and back, and nobody notices
        assertThat(command("a", "drain")).isZero();
        client.await("ok short b", 100);
        client.await("ok kept b", 100);
        client.await("ok long", 2);
        assertThat(command("a", "drain", "--end")).isZero();
        client.await("ok short a", 100);
        assertThat(client.end()).isEmpty();

        // ... which can't be so if it dies
        Client witness = ask(SERVICE, 8080);
        witness.await("ok short a", 100);
        master.destroyForcibly();
        witness.await("ok short b", 100);
        assertFewSeconds(witness.end());
    }

    /** None at all if the address happened to be on its way, as on a machine that is so busy that keepalived misses checks. */
    private static void assertFewSeconds(List<String> failed) {
        long millis = failed.isEmpty() ? 0 : time(failed.getLast()) - time(failed.getFirst());
        assertThat(millis).isLessThan(FEW_SECONDS_MILLIS);
        System.out.println(failed.size() + " requests failed in " + millis + " ms after the end of a server");
    }

    @Test
    void proxySendsRequestsToTheOtherMachine() throws Exception {
        network.add("front", "192.0.2.20/24");
        Process first = serve("a", A);
        serve("b", B);
        network.start("front", directory.resolve("haproxy.log"), List.of(Programs.require("haproxy", "haproxy").toString(), "-db",
                "-f", SHIPPED.resolve("haproxy.cfg").toString()));
        await().atMost(PATIENCE).until(() -> network.run("front", "ss", "-Hltn", "sport = :80").contains(":80"));
        Client client = ask("192.0.2.20", 80);
        client.await("ok short a", 20);
        client.await("ok kept b", 20);

        assertThat(command("a", "drain")).isZero();
        // those that HAProxy sent before it knew come to their end
        client.await("ok long", 4);
        assertThat(command("a", "stop")).isZero();
        assertThat(first.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(first.exitValue()).isZero();
        client.await("ok kept b", 100);

        Process second = serve("a", A);
        client.await("ok short a", 20);
        assertThat(client.failures()).isEmpty();
        second.destroyForcibly();
        client.await("ok short b", 100);
        assertFewSeconds(client.end());
    }

    private static long time(String line) {
        return Long.parseLong(line.substring(0, line.indexOf(' ')));
    }
}

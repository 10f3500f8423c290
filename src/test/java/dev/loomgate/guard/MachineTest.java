package dev.loomgate.guard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

import dev.loomgate.testing.LogCapture;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is read from the files of Linux, here written by the test. */
class MachineTest {
    @TempDir
    private Path directory;
    private Path proc;
    private Path cgroups;

    @BeforeEach
    void directories() throws IOException {
        proc = Files.createDirectories(directory.resolve("proc"));
        cgroups = Files.createDirectories(directory.resolve("cgroup"));
        write("proc/meminfo", "MemTotal: 1000 kB\nMemFree: 50 kB\nMemAvailable: 400 kB\nSwapTotal: 200 kB\nSwapFree: 150 kB\n");
        write("proc/loadavg", "1.25 0.90 0.80 3/100 4711\n");
        write("proc/pressure/cpu", "some avg10=12.50 avg60=1.00 avg300=0.50 total=1\nfull avg10=0.00 avg60=0.00 total=0\n");
    }

    private Path write(String name, String text) throws IOException {
        Path file = directory.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, text);
    }

    private double read(Reason reason) {
        return new Machine(proc, cgroups).measure(reason).read(false).orElse(-1);
    }

    @Test
    void readsTheMachine() {
        assertThat(read(Reason.LOAD)).isEqualTo(1.25);
        assertThat(read(Reason.CPU_PRESSURE)).isEqualTo(12.5);
        assertThat(read(Reason.MEMORY)).isEqualTo(60);
        assertThat(read(Reason.SWAP)).isEqualTo(25);
        assertThat(read(Reason.IO_PRESSURE)).isEqualTo(-1);
        assertThat(read(Reason.HEAP)).isBetween(0.0, 100.0);
    }

    @Test
    void prefersThePressureOfItsGroupAndKeepsTheLimitOfAnyGroupItIsIn() throws IOException {
        write("proc/self/cgroup", "1:name=systemd:/x\n0::/web/loomgate\n");
        write("cgroup/web/loomgate/cpu.pressure", "some avg10=77.00 avg60=1.00 avg300=0.50 total=1\n");
        write("cgroup/web/loomgate/memory.max", "max\n");
        write("cgroup/web/loomgate/memory.current", "500\n");
        write("cgroup/web/memory.max", "1000\n");
        write("cgroup/web/memory.current", "950\n");
        write("cgroup/web/memory.stat", "anon 700\ninactive_file 150\n");

        write("cgroup/web/loomgate/memory.swap.max", "0\n");
        write("cgroup/web/loomgate/memory.swap.current", "0\n");
        write("cgroup/web/memory.swap.max", "400\n");
        write("cgroup/web/memory.swap.current", "300\n");

        assertThat(read(Reason.CPU_PRESSURE)).isEqualTo(77);
        assertThat(read(Reason.MEMORY)).isEqualTo(80, within(0.001));
        assertThat(read(Reason.SWAP)).isEqualTo(75, within(0.001));
    }

    @Test
    void derivesTheMaximumOfConnectionsFromTheLimitOfOpenFilesAndSaysWhenItIsLow() throws IOException {
        write("proc/self/limits", "Limit  Soft Limit  Hard Limit  Units\nMax open files            1000       2000      files\n");
        try (LogCapture log = LogCapture.of("dev.loomgate.guard");
             Guard guard = Guard.open(settings().maxConnections(GuardSettings.AUTO).build())) {
            assertThat(guard.maxConnections()).isEqualTo(800);
            assertThat(log.lines()).singleElement().asString().startsWith("WARN the limit of open files is low")
                    .contains("descriptors=1000", "maxConnections=800");
        }
    }

    @Test
    void keepsTheGateClosedForAWhileWhenAMeasureCanNotBeReadAnyMore() throws IOException {
        var gates = new Gates(settings().stop(Reason.LOAD, new Watermark(1, 0.5)).build(), null);
        gates.sample();
        assertThat(gates.closedBy()).isEqualTo(Reason.LOAD);
        // as it is without a descriptor for the file
        Files.delete(proc.resolve("loadavg"));
        for (int i = 0; i < 59; i++) {
            gates.sample();
            assertThat(gates.closedBy()).as("measurement %d that failed", i).isEqualTo(Reason.LOAD);
        }
        var successor = new Gates(settings().stop(Reason.LOAD, new Watermark(1, 0.5)).build(), gates);
        successor.sample();
        assertThat(successor.closedBy()).isEqualTo(Reason.LOAD);
        write("proc/loadavg", "0.40 0.90 0.80 3/100 4711\n");
        successor.sample();
        assertThat(successor.closedBy()).isNull();
        Files.delete(proc.resolve("loadavg"));
        // by now it is not for want of a descriptor
        gates.sample();
        assertThat(gates.closedBy()).isNull();
    }

    @Test
    void letsEverybodyInWhenAMeasureCanNotBeRead() throws IOException {
        try (LogCapture log = LogCapture.of("dev.loomgate.guard");
             Guard guard = Guard.open(settings().stop(Reason.IO_PRESSURE, new Watermark(10, 5)).build())) {
            Awaitility.await().until(() -> log.lines().stream().anyMatch(line -> line.startsWith("WARN")));
            assertThat(log.lines()).last().asString().startsWith("WARN this can't be measured");
            assertThat(guard.admit(InetAddress.getLoopbackAddress())).isInstanceOf(Ticket.class);
        }
    }

    @Test
    void closesForEachMeasure() throws Exception {
        Path memory = proc.resolve("meminfo");
        try (Guard guard = Guard.open(settings().stop(Reason.MEMORY, new Watermark(90, 80)).build())) {
            assertThat(guard.admit(InetAddress.getLoopbackAddress())).isInstanceOf(Ticket.class);
            Files.writeString(memory, "MemTotal: 1000 kB\nMemAvailable: 50 kB\n");
            Awaitility.await().until(() -> guard.admit(InetAddress.getLoopbackAddress())
                    .equals(new Admission.TurnedAway(Reason.MEMORY, false)));
            Files.writeString(memory, "MemTotal: 1000 kB\nMemAvailable: 500 kB\n");
            Awaitility.await().until(() -> guard.admit(InetAddress.getLoopbackAddress()) instanceof Ticket);
        }
    }

    @Test
    void countsAClientOfIpv6ByItsNetworkAndMovesAConnectionToAnotherAddress() throws Exception {
        try (Guard guard = Guard.open(settings().maxConnectionsPerAddress(1).build())) {
            var first = (Ticket) guard.admit(InetAddress.getByName("2001:db8:0:1::1"));
            assertThat(guard.admit(InetAddress.getByName("2001:db8:0:1:ffff::2")))
                    .isEqualTo(new Admission.TurnedAway(Reason.CONNECTIONS_OF_ADDRESS, false));
            assertThat(guard.admit(InetAddress.getByName("2001:db8:0:2::1"))).isInstanceOf(Ticket.class);
            assertThat(guard.admit(InetAddress.getByName("0.0.0.1"))).isInstanceOf(Ticket.class);
            first.close();
            first.close();
            assertThat(guard.connectionCount()).isEqualTo(2);
            assertThat(guard.admit(InetAddress.getByName("2001:db8:0:1:ffff::2"))).isInstanceOf(Ticket.class);
        }
    }

    private GuardSettings.Builder settings() {
        return GuardSettings.builder().machine(proc, cgroups).sampleEvery(Duration.ofMillis(20));
    }
}

package dev.loomgate.testing;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Assumptions;

/**
 * Machines on one network of their own: Linux network namespaces, each with an interface {@code eth0} on a bridge that all share.
 * What was started on them is ended when it is closed. Needs root.
 */
public final class Network implements AutoCloseable {
    /** Subnets of four addresses in 198.18.0.0/15. */
    private static final int ADDRESSES = 1 << 15;

    private final Path ip = Programs.require("ip", "iproute2");
    private final String prefix = "lg" + ProcessHandle.current().pid() + "-";
    private final List<String> machines = new ArrayList<>();
    private final List<Process> started = new ArrayList<>();

    /** A network without machines, or a skipped test if this user, or this container, may not make one. */
    public Network() throws IOException, InterruptedException {
        Assumptions.assumeTrue("root".equals(System.getProperty("user.name")), "skipped: only root may make network namespaces");
        try {
            addNamespace("hub");
            run("hub", "ip", "link", "add", "br0", "type", "bridge");
            run("hub", "ip", "link", "set", "br0", "up");
        } catch (IOException e) {
            close();
            Assumptions.abort("skipped: no network may be made here: " + e.getMessage().strip());
        }
    }

    /** Skips the test if the kernel does not know these rules for packets, as it may be without some of its modules. */
    public void requireRules(String machine, Path program, Path rules) throws InterruptedException {
        try {
            run(machine, program.toString(), "-f", rules.toString());
        } catch (IOException e) {
            Assumptions.abort("skipped: the kernel of this machine does not know " + rules + ": " + e.getMessage().strip());
        }
    }

    private void addNamespace(String machine) throws IOException, InterruptedException {
        done(new ProcessBuilder(ip.toString(), "netns", "add", prefix + machine));
        machines.add(machine);
    }

    /**
     * Adds a machine.
     *
     * @param name    short name
     * @param address address and length of the prefix, for {@code eth0}
     */
    public void add(String name, String address) throws IOException, InterruptedException {
        addNamespace(name);
        run("hub", "ip", "link", "add", "to-" + name, "type", "veth", "peer", "name", "eth0", "netns", prefix + name);
        run("hub", "ip", "link", "set", "to-" + name, "master", "br0", "up");
        run(name, "ip", "addr", "add", address, "dev", "eth0");
        run(name, "ip", "link", "set", "eth0", "up");
        run(name, "ip", "link", "set", "lo", "up");
    }

    /**
     * Adds a machine that this process itself reaches, without the others: by addresses that are set aside for tests of networks
     * (RFC 2544 appendix C.2.2) and differ from those of other processes.
     *
     * @return the machine's address
     */
    public String addReachable(String name) throws IOException, InterruptedException {
        long pair = ProcessHandle.current().pid() % ADDRESSES * 4;
        String subnet = "198." + (18 + pair / 65_536) + '.' + pair / 256 % 256 + '.';
        String here = prefix + name;
        addNamespace(name);
        done(new ProcessBuilder(ip.toString(), "link", "add", here, "type", "veth", "peer", "name", "eth0", "netns", prefix + name));
        done(new ProcessBuilder(ip.toString(), "addr", "add", subnet + (pair % 256 + 1) + "/30", "dev", here));
        done(new ProcessBuilder(ip.toString(), "link", "set", here, "up"));
        String address = subnet + (pair % 256 + 2);
        run(name, "ip", "addr", "add", address + "/30", "dev", "eth0");
        run(name, "ip", "link", "set", "eth0", "up");
        run(name, "ip", "link", "set", "lo", "up");
        return address;
    }

    /** Runs a command on a machine to its end, which must be a good one; returns what it printed. */
    public String run(String machine, String... command) throws IOException, InterruptedException {
        return done(on(machine, List.of(command)));
    }

    /** Starts a command on a machine; output goes to a file. The process is the command's own. */
    public Process start(String machine, Path output, List<String> command) throws IOException {
        Process process = on(machine, command).redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile())).start();
        started.add(process);
        return process;
    }

    private ProcessBuilder on(String machine, List<String> command) {
        var words = new ArrayList<>(List.of(ip.toString(), "netns", "exec", prefix + machine));
        words.addAll(command);
        return new ProcessBuilder(words).redirectErrorStream(true);
    }

    private static String done(ProcessBuilder builder) throws IOException, InterruptedException {
        Process process = builder.redirectErrorStream(true).start();
        String printed = new String(process.getInputStream().readAllBytes());
        if (process.waitFor() != 0) {
            throw new IOException(builder.command() + ": " + printed);
        }
        return printed;
    }

    @Override
    public void close() throws IOException, InterruptedException {
        started.forEach(Process::destroy);
        for (Process process : started) {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
        }
        for (String machine : machines) {
            done(new ProcessBuilder(ip.toString(), "netns", "delete", prefix + machine));
        }
    }
}

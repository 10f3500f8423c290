package dev.loomgate.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;

import dev.loomgate.config.ConfigurationException;
import dev.loomgate.config.ControlConfig;
import dev.loomgate.config.Problem;
import dev.loomgate.config.ThreadsConfig;
import dev.loomgate.control.ControlPlace;
import dev.loomgate.control.ControlSocket;
import dev.loomgate.handover.InheritedSockets;
import dev.loomgate.handover.ServiceManager;
import dev.loomgate.handover.Successor;
import dev.loomgate.server.Plan;
import dev.loomgate.server.Preparation;
import dev.loomgate.server.Server;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A server from its start to its end: what {@code loomgate serve} does, whoever has understood the command line.
 */
final class ServerRun {
    /** The first release in which a virtual thread that waits within synchronized does not hold its carrier (JEP 491). */
    private static final int UNPINNED = 24;

    private final Path file;
    private final Path pidFile;
    private final List<String> arguments;
    private final PrintWriter out;
    private final PrintWriter err;

    /**
     * Not started yet.
     *
     * @param file      the configuration
     * @param pidFile   where the process id is written to; null for nowhere
     * @param arguments words of the command line, for a process that takes this one's place
     * @param out       for what people want to know
     * @param err       for what went wrong
     */
    ServerRun(Path file, Path pidFile, List<String> arguments, PrintWriter out, PrintWriter err) {
        this.file = file;
        this.pidFile = pidFile;
        this.arguments = arguments;
        this.out = out;
        this.err = err;
    }

    /**
     * Serves until it is told to stop.
     *
     * @return the exit status
     * @throws InterruptedException if the thread is interrupted meanwhile
     */
    int run() throws InterruptedException {
        Map<String, String> environment = System.getenv();
        Preparation.begin();
        try (var signals = Signals.install()) {
            Plan plan = Plan.read(file);
            signals.awaitInstalled();
            return run(plan, signals, environment);
        } catch (ConfigurationException e) {
            Successor.failed(environment, e.problems().stream().map(Problem::toString).toList());
            return ConfigurationFile.report(e, err);
        } catch (IOException e) {
            Successor.failed(environment, List.of(String.valueOf(e.getMessage())));
            err.println("loomgate: " + e.getMessage());
            err.flush();
            return ExitStatus.FAILED;
        }
    }

    private int run(Plan plan, Signals signals, Map<String, String> environment)
            throws ConfigurationException, IOException, InterruptedException {
        try (var manager = ServiceManager.of(environment)) {
            Server server = start(plan, environment);
            var running = new RunningServer(file, arguments, server, signals, manager);
            try (ControlSocket control = control(plan.configuration().control(), running); PidFile pid = pid();
                 RunRecord run = RunRecord.begin(control == null ? null : control.path(), Successor.isThis(environment))) {
                server.addToStatus("restarts", run::status);
                printBanner(plan, server);
                manager.ready();
                Successor.ready(environment);
                return serve(server, running, signals, manager) ? ExitStatus.OK : ExitStatus.FAILED;
            } finally {
                server.close();
            }
        }
    }

    private static Server start(Plan plan, Map<String, String> environment) throws ConfigurationException, IOException {
        try (InheritedSockets inherited = InheritedSockets.of(environment)) {
            return plan.start(inherited);
        }
    }

    /** Null if there is to be none, or none can be opened: the server can do without. */
    private ControlSocket control(ControlConfig config, RunningServer running) {
        if (!config.enabled()) {
            return null;
        }
        try {
            Path path = config.socket().isPresent() ? config.socket().get() : ControlPlace.choose(file, System.getenv());
            return ControlSocket.open(path, running);
        } catch (IOException e) {
            logger().atWarn().addKeyValue("reason", e.getMessage())
                    .log("no control socket: 'loomgate status', 'reload', 'upgrade' and 'stop' will not find this server");
            return null;
        }
    }

    /** Not a constant: see {@link Preparation}. */
    private static Logger logger() {
        return LoggerFactory.getLogger(ServerRun.class);
    }

    private PidFile pid() throws IOException {
        return pidFile == null ? null : new PidFile(pidFile);
    }

    /** Does what is wanted until the end; returns whether all requests ended in time. */
    private boolean serve(Server server, RunningServer running, Signals signals, ServiceManager manager)
            throws InterruptedException {
        while (true) {
            Signals.Message message = signals.await();
            switch (message.wish()) {
                case RELOAD -> reload(running, message.by());
                case UPGRADE -> upgrade(running, message.by());
                case REOPEN_LOGS -> server.reopenLogs();
                case STOP -> {
                    manager.stopping();
                    say("stopping on " + message.by() + ", " + server.connectionCount() + " connections open");
                    return stopped(server.stop());
                }
                case GIVE_WAY -> {
                    say("stopping after " + message.by() + ", " + server.connectionCount() + " connections open");
                    return stopped(server.stopForSuccessor());
                }
            }
        }
    }

    private boolean stopped(boolean drained) {
        say(drained ? "stopped" : "stopped; some requests did not end in time and were broken off");
        return drained;
    }

    private static void reload(RunningServer running, String by) {
        try {
            running.reload().notes().forEach(note -> logger().atWarn().addKeyValue("note", note).log("not all was reloaded"));
        } catch (ConfigurationException e) {
            e.problems().forEach(problem -> logger().atError().addKeyValue("problem", problem).log("reload on " + by
                    + " failed, going on with the configuration before"));
        } catch (IOException e) {
            logger().atError().addKeyValue("reason", e.getMessage()).log("reload on " + by
                    + " failed, going on with the configuration before");
        }
    }

    private static void upgrade(RunningServer running, String by) throws InterruptedException {
        try {
            running.upgrade(RunningServer.UPGRADE_PATIENCE);
        } catch (IOException e) {
            logger().atError().addKeyValue("reason", e.getMessage()).log("upgrade on " + by + " failed, going on as before");
        }
    }

    private void printBanner(Plan plan, Server server) {
        // the process knows when it began; asking the management beans for it would take as long as reading the configuration
        Duration uptime = ProcessHandle.current().info().startInstant()
                .map(start -> Duration.between(start, Instant.now())).orElse(Duration.ZERO);
        out.println("Loomgate " + Version.number() + " on Java " + Runtime.version().feature() + ", "
                + threads(plan.configuration().threads()) + ", up in " + uptime.toMillis() + " ms");
        out.println();
        server.addresses().forEach(address -> out.println("  " + address));
        server.adminAddress().ifPresent(address -> out.println("  " + address + "  (status, metrics and health)"));
        out.println();
        Summary.printRoutes(plan, out);
        Summary.printMissing(plan, out);
        if (Runtime.version().feature() < UNPINNED && plan.configuration().threads().model() == ThreadsConfig.Model.VIRTUAL) {
            out.println();
            out.println("  ! Java " + Runtime.version().feature() + " holds a whole processor thread while a virtual thread "
                    + "waits inside 'synchronized', as much old code does; Java 25 does not");
        }
        out.println();
        out.flush();
    }

    private static String threads(ThreadsConfig threads) {
        return switch (threads.model()) {
            case VIRTUAL -> "virtual threads";
            case PLATFORM -> "a pool of " + threads.pool() + " platform threads";
        };
    }

    private void say(String line) {
        out.println(line);
        out.flush();
    }
}

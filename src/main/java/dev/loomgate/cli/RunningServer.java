package dev.loomgate.cli;

import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

import dev.loomgate.config.ConfigurationException;
import dev.loomgate.config.Problem;
import dev.loomgate.control.Controls;
import dev.loomgate.handover.ServiceManager;
import dev.loomgate.handover.Successor;
import dev.loomgate.server.Plan;
import dev.loomgate.server.Reloaded;
import dev.loomgate.server.Server;
import jakarta.json.Json;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;

/** What can be done with a server that runs, by command or by signal. Safe for use by many threads. */
final class RunningServer implements Controls {
    static final Duration UPGRADE_PATIENCE = Duration.ofSeconds(60);
    /** Set by the launcher: itself, as it was called, so that a link to another version is followed anew. */
    private static final String LAUNCHER = "loomgate.launcher";
    private static final String MAIN_CLASS = "dev.loomgate.Loomgate";

    private final Path file;
    private final List<String> arguments;
    private final Server server;
    private final Signals signals;
    private final ServiceManager manager;
    /** One change at a time. */
    private final ReentrantLock changing = new ReentrantLock();
    /** Process that has taken this one's place, or 0; guarded by {@link #changing}. */
    private long successor;

    /**
     * @param file      configuration file
     * @param arguments words of the command line that started it
     */
    RunningServer(Path file, List<String> arguments, Server server, Signals signals, ServiceManager manager) {
        this.file = file;
        this.arguments = List.copyOf(arguments);
        this.server = server;
        this.signals = signals;
        this.manager = manager;
    }

    @Override
    public JsonObject answer(String command, JsonObject request) throws Exception {
        return switch (command) {
            case "status" -> ok().add("status", status()).build();
            case "stop" -> {
                signals.send(Signals.Wish.STOP, "command");
                yield ok().add("pid", ProcessHandle.current().pid()).build();
            }
            case "drain" -> drain(request.getBoolean("end", false));
            case "reload" -> answerReload();
            case "upgrade" -> ok().add("pid", upgrade(Duration.ofSeconds(request.getInt("timeout",
                    (int) UPGRADE_PATIENCE.toSeconds())))).build();
            case "reopen-logs" -> {
                server.reopenLogs();
                yield ok().build();
            }
            case "log-level" -> logLevel(request);
            default -> throw new IllegalArgumentException("unknown command '" + command
                    + "'; known are status, reload, upgrade, drain, stop, log-level and reopen-logs");
        };
    }

    private static JsonObjectBuilder ok() {
        return Json.createObjectBuilder().add("ok", true);
    }

    private JsonObject status() {
        try (var reader = Json.createReader(new StringReader(server.statusJson()))) {
            return reader.readObject();
        }
    }

    private JsonObject drain(boolean end) {
        return ok().add("ready", server.divert(!end)).add("connections", server.connectionCount()).build();
    }

    private static JsonObject logLevel(JsonObject request) {
        String level = request.getString("level", "");
        if (!level.isEmpty() && !List.of("off", "error", "warn", "info", "debug", "trace").contains(level)) {
            throw new IllegalArgumentException("unknown level '" + level + "'; known are off, error, warn, info, debug and trace");
        }
        Server.logLevel(request.getString("logger", ""), Optional.of(level).filter(text -> !text.isEmpty()));
        return ok().build();
    }

    private JsonObject answerReload() throws Exception {
        try {
            Reloaded reloaded = reload();
            JsonArrayBuilder notes = Json.createArrayBuilder();
            reloaded.notes().forEach(notes::add);
            return ok().add("revision", reloaded.number()).add("notes", notes).build();
        } catch (ConfigurationException e) {
            JsonArrayBuilder problems = Json.createArrayBuilder();
            e.problems().stream().map(Problem::toString).forEach(problems::add);
            return Json.createObjectBuilder().add("ok", false)
                    .add("error", "the configuration has mistakes; the server goes on with the one before")
                    .add("problems", problems).build();
        }
    }

    /**
     * Reads the configuration again and goes on with it; if that fails, goes on as before.
     *
     * @throws ConfigurationException with every mistake
     * @throws IOException            if it is right but can't be served, or if another process has taken this one's place; the
     *                                message says why
     */
    Reloaded reload() throws ConfigurationException, IOException {
        changing.lock();
        try {
            // one that has waited for an upgrade; what it told the service manager would be taken for the new process's word
            requireNoSuccessor();
            manager.reloading();
            try {
                return server.reload(Plan.read(file));
            } catch (IllegalArgumentException | IllegalStateException e) {
                throw new IOException(e.getMessage(), e);
            } finally {
                manager.ready();
            }
        } finally {
            changing.unlock();
        }
    }

    private void requireNoSuccessor() throws IOException {
        if (successor != 0) {
            throw new IOException("process " + successor + " has taken this one's place, with the configuration as it was when that "
                    + "started; try again");
        }
    }

    /**
     * Starts a new process that takes this one's place, and has this one end when it is ready.
     *
     * @param patience how long it may take to become ready
     * @return its process id
     * @throws IOException          if it does not become ready, which says why; this one goes on as before
     * @throws InterruptedException if the thread is interrupted meanwhile; the new process is ended then
     */
    long upgrade(Duration patience) throws IOException, InterruptedException {
        changing.lock();
        try {
            if (System.getProperty(ParentProcess.PROPERTY) != null) {
                throw new IOException("this server was started by Maven, which would end with it; upgrade one that bin/loomgate "
                        + "has started");
            }
            requireNoSuccessor();
            long pid = Successor.start(command(), System.getenv(), server.ports(), patience);
            successor = pid;
            // before whoever asked for it looks whether the new one serves
            server.stopAccepting();
            signals.send(Signals.Wish.GIVE_WAY, "upgrade to process " + pid);
            return pid;
        } finally {
            changing.unlock();
        }
    }

    /** How to start the program anew: by the launcher, which may find other jars or another JDK by now, or just as this one. */
    private List<String> command() throws IOException {
        var command = new ArrayList<String>();
        String launcher = System.getProperty(LAUNCHER);
        if (launcher != null && Files.isExecutable(Path.of(launcher))) {
            command.add(launcher);
        } else {
            command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
            List<String> words = Arrays.asList(Files.readString(Path.of("/proc/self/cmdline"), StandardCharsets.UTF_8).split("\0"));
            int main = words.indexOf(MAIN_CLASS);
            int jar = words.indexOf("-jar");
            if (main < 0 && jar < 0) {
                throw new IOException("this process was not started as 'java ... -jar loomgate.jar' or 'java ... " + MAIN_CLASS
                        + "', so it can't be started anew");
            }
            command.addAll(words.subList(1, main < 0 ? jar + 2 : main + 1));
        }
        command.addAll(arguments);
        return command;
    }
}

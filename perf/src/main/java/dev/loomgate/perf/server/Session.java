package dev.loomgate.perf.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A process that leads a session, and all that it has started. For one thread. */
public final class Session implements AutoCloseable {
    private final Process leader;
    private final Guardian guardian;
    private final Path log;

    private Session(Process leader, Guardian guardian, Path log) {
        this.leader = leader;
        this.guardian = guardian;
        this.log = log;
    }

    static Session start(Guardian guardian, Path log, Map<String, String> environment, List<String> command)
            throws IOException {
        var words = new ArrayList<>(List.of("setsid"));
        words.addAll(command);
        var builder = new ProcessBuilder(words).redirectError(log.toFile());
        builder.environment().putAll(environment);
        Process leader = builder.start();
        guardian.started(leader.pid());
        return new Session(leader, guardian, log);
    }

    /** Its standard input and output. */
    public Process process() {
        return leader;
    }

    public long id() {
        return leader.pid();
    }

    public boolean isAlive() {
        return leader.isAlive();
    }

    /** The last lines that it wrote to standard error. */
    public String lastWords() throws IOException {
        List<String> lines = Files.readAllLines(log, java.nio.charset.StandardCharsets.ISO_8859_1);
        return String.join("\n", lines.subList(Math.max(0, lines.size() - 12), lines.size()));
    }

    /** Ends all of it: asks first, and insists after five seconds. */
    @Override
    public void close() throws IOException {
        try {
            signal("TERM");
            leader.waitFor(5, TimeUnit.SECONDS);
            signal("KILL"); // also those that the leader left behind
            leader.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            signal("KILL");
        } finally {
            guardian.ended(leader.pid());
        }
    }

    private void signal(String name) throws IOException {
        try {
            new ProcessBuilder("kill", "-" + name, "--", "-" + leader.pid())
                    .redirectError(ProcessBuilder.Redirect.DISCARD).start().waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

package dev.loomgate.perf.load;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** The generator, as a process that this one has started. For one thread. */
public final class GeneratorProcess {
    private final BufferedReader answers;
    private final PrintStream commands;

    /** Talks to a process that runs {@link Generator}. */
    public GeneratorProcess(Process process) {
        answers = process.inputReader(StandardCharsets.UTF_8);
        commands = new PrintStream(process.getOutputStream(), true, StandardCharsets.UTF_8);
    }

    /** The class to run. */
    public static String mainClass() {
        return Generator.class.getName();
    }

    /** Runs a load to its end. */
    public Outcome run(Load load) throws IOException {
        return Outcome.fromLine(ask(load.toLine()));
    }

    /** Opens idle connections that stay until {@link #release}. */
    public void idle(int port, String path, int count) throws IOException {
        hold("idle", port, path, count);
    }

    /** Opens connections that read slowly until {@link #release}. */
    public void slow(int port, String path, int count) throws IOException {
        hold("slow", port, path, count);
    }

    /** Closes what is held; the number of connections that the server had ended before. */
    public int release() throws IOException {
        return Integer.parseInt(ask("release"));
    }

    private void hold(String how, int port, String path, int count) throws IOException {
        String answer = ask(how + " " + port + " " + path + " " + count);
        if (!answer.equals("held")) {
            throw new IOException(count + " connections to port " + port + ": " + answer);
        }
    }

    private String ask(String command) throws IOException {
        commands.println(command);
        String answer = answers.readLine();
        if (answer == null) {
            throw new IOException("the load generator has ended");
        }
        return answer;
    }
}

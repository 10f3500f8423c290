package dev.loomgate.perf.load;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** The load generator wrk, which takes less of a processor for a request than any in Java; closed loop only. */
public final class Wrk {
    private final List<String> command;

    /** {@code command}: the words with which wrk is started, without arguments; {@code script}: what prints the figures. */
    public Wrk(List<String> command, Path script) {
        this.command = new ArrayList<>(command);
        this.command.addAll(List.of("-t1", "-s", script.toString()));
    }

    /** Runs a load of mode {@link Load.Mode#CLOSED}. */
    public Outcome run(Load load) throws IOException, InterruptedException {
        var words = new ArrayList<>(command);
        // wrk counts in whole seconds
        words.addAll(List.of("-c" + load.connections(), "-d" + Math.max(1, Math.round(load.seconds())) + "s", "--timeout",
                load.timeoutMillis() / 1000 + "s", "http://127.0.0.1:" + load.port() + load.path()));
        Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String output;
        try {
            output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        } finally {
            process.destroy();
        }
        process.waitFor();
        return parse(output);
    }

    /** Reads the line of perf/wrk.lua: requests, rate, milliseconds of the median and of 99 %, errors. */
    static Outcome parse(String output) throws IOException {
        String line = output.lines().filter(one -> one.startsWith("figures ")).findFirst()
                .orElseThrow(() -> new IOException("wrk failed: " + output));
        String[] words = line.split(" ");
        long requests = Long.parseLong(words[1]);
        double rate = Double.parseDouble(words[2]);
        double[] millis = new double[Outcome.PERCENTILES.length];
        Arrays.fill(millis, Double.NaN);
        millis[Arrays.binarySearch(Outcome.PERCENTILES, 50)] = Double.parseDouble(words[3]);
        millis[Arrays.binarySearch(Outcome.PERCENTILES, 99)] = Double.parseDouble(words[4]);
        long errors = Long.parseLong(words[5]);
        // the script's rate is of the time that wrk took, not of what it was to take
        double seconds = rate > 0 ? requests / rate : 1;
        return new Outcome(seconds, requests, errors > 0 ? Map.of("wrk", errors) : Map.of(), millis);
    }
}

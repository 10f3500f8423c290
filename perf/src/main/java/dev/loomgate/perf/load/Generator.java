package dev.loomgate.perf.load;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;

/**
 * The program of the generator: commands come on standard input, a line each; each is answered with a line. It stays up for all
 * runs, so that its code is compiled when it matters, and ends with its input. {@link GeneratorProcess} talks to it.
 */
final class Generator {
    public static void main(String[] args) throws Exception {
        Held held = null;
        try (var commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            for (String line; (line = commands.readLine()) != null;) {
                String[] words = line.split(" ");
                switch (words[0]) {
                    case "idle", "slow" -> {
                        try {
                            int port = Integer.parseInt(words[1]);
                            int count = Integer.parseInt(words[3]);
                            held = words[0].equals("idle") ? Held.idle(port, words[2], count) : Held.slow(port, words[2], count);
                            System.out.println("held");
                        } catch (IOException e) {
                            System.out.println("failed: " + e);
                        }
                    }
                    case "release" -> {
                        int lost = held == null ? 0 : held.lost();
                        if (held != null) {
                            held.close();
                            held = null;
                        }
                        System.out.println(lost);
                    }
                    default -> System.out.println(new Run(Load.fromLine(line)).measure().toLine());
                }
            }
        }
    }
}

package dev.loomgate.gateway.process;

import java.io.FileInputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

import dev.loomgate.gateway.StderrLog;

/**
 * Measures how many processes a second each launcher starts, reads and reaps, without HTTP around it:
 *
 * <pre>
 * mvn -q test-compile dependency:build-classpath -Dmdep.outputFile=target/classpath
 * taskset -c 1 java -cp target/test-classes:target/classes:$(cat target/classpath) --enable-native-access=ALL-UNNAMED \
 *     dev.loomgate.gateway.process.LaunchRate PROGRAM [DESCRIPTORS]
 * </pre>
 *
 * The launchers take turns, so that what else the machine does falls on both.
 */
final class LaunchRate {
    private static final int THREADS = 8;
    private static final int ROUNDS = 4;
    private static final Duration ROUND = Duration.ofSeconds(4);

    private LaunchRate() {
    }

    /**
     * Measures.
     *
     * @param args program to run, and how many descriptors to hold open meanwhile (0 if not given)
     */
    public static void main(String[] args) throws Exception {
        var open = new ArrayList<FileInputStream>();
        for (int i = args.length > 1 ? Integer.parseInt(args[1]) : 0; i > 0; i--) {
            open.add(new FileInputStream("/dev/null"));
        }
        var launchers = new HashMap<String, Launcher>(Map.of("BuilderLauncher", new BuilderLauncher()));
        SpawnLauncher.library().ifPresent(libc -> launchers.put("SpawnLauncher", new SpawnLauncher(libc)));
        for (int round = 0; round <= ROUNDS; round++) {
            for (Map.Entry<String, Launcher> launcher : launchers.entrySet()) {
                long rate = measure(launcher.getValue(), Path.of(args[0]));
                System.out.printf("%s%s: %d/s with %d descriptors open%n", round == 0 ? "warming up, " : "",
                        launcher.getKey(), rate, open.size());
            }
        }
        System.exit(0);
    }

    private static long measure(Launcher launcher, Path program) throws Exception {
        var environment = new HashMap<String, String>();
        for (int i = 0; i < 25; i++) {
            environment.put("HTTP_FIELD_" + i, "a value of common length");
        }
        var command = new Command(program, List.of(program.toString()), environment, program.getParent(),
                new Command.Stdin.Nothing());
        var count = new AtomicLong();
        var stop = new AtomicBoolean();
        var threads = new ArrayList<Thread>();
        for (int i = 0; i < THREADS; i++) {
            threads.add(Thread.ofPlatform().start(() -> {
                while (!stop.get()) {
                    runOnce(launcher, command);
                    count.incrementAndGet();
                }
            }));
        }
        long start = System.nanoTime();
        Thread.sleep(ROUND);
        long rate = count.get() * 1_000_000_000L / (System.nanoTime() - start);
        stop.set(true);
        for (Thread thread : threads) {
            thread.join();
        }
        return rate;
    }

    private static void runOnce(Launcher launcher, Command command) {
        byte[] buffer = new byte[16 * 1024];
        try (ScriptProcess process = launcher.launch(command, new StderrLog(command.script()))) {
            while (process.read(buffer, 0, buffer.length) >= 0) {
                // to the end
            }
            process.awaitExit(Duration.ofSeconds(10));
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}

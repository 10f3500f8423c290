package dev.loomgate.gateway.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The behaviour of processes started by {@link BuilderLauncher}. */
class BuiltProcessBehaviourTest extends ProcessBehaviour {
    @Override
    Launcher launcher() {
        return new BuilderLauncher();
    }

    /** {@code ProcessBuilder} can't undo that a shell which starts a job in the background has it ignore INT and QUIT. */
    @Override
    List<String> signalsIgnored() throws IOException {
        String line = Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(status -> status.startsWith("SigIgn:")).findFirst().orElseThrow();
        long ignored = Long.parseUnsignedLong(line.substring("SigIgn:".length()).strip(), 16);
        List<String> signals = List.of("HUP", "INT", "QUIT");
        return signals.stream().filter(signal -> (ignored & 1L << signals.indexOf(signal)) != 0).toList();
    }
}

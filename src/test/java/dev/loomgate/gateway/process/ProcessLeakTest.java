package dev.loomgate.gateway.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

import org.awaitility.Awaitility;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What scripts leave in this process, in which nothing else may run meanwhile. */
class ProcessLeakTest extends ProcessTesting {
    private Launcher launcher;

    @Override
    Launcher launcher() {
        return launcher;
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void leaksNeitherDescriptorsNorProcesses(boolean spawned) throws Exception {
        launcher = spawned ? Launchers.spawn() : new BuilderLauncher();
        scripts.sh("ok.sh", OK + "cat");
        scripts.sh("bad.sh", "echo bad");
        scripts.executable("broken.sh", "no program");
        start(settings());
        for (int i = 0; i < 5; i++) {
            get("/ok.sh");
        }
        long before = openDescriptors();

        for (int i = 0; i < 30; i++) {
            for (String path : List.of("/ok.sh", "/bad.sh", "/broken.sh")) {
                get(path);
            }
        }

        Awaitility.await().until(() -> openDescriptors() <= before + 5);
        Awaitility.await().until(() -> ProcessHandle.current().children().noneMatch(
                child -> child.info().command().map(command -> command.contains("sh")).orElse(true)));
    }

    private static long openDescriptors() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
            return files.count();
        }
    }
}

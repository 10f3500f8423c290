package dev.loomgate.gateway.forkserver;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.stream.Stream;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** What can only be seen while nothing else runs: how long others wait, and what is left in this process. */
class ForkServerAloneTest extends ForkServerTesting {
    @Test
    void twoHundredSleepingScriptsKeepNobodyWaiting() throws Exception {
        scripts.perl("sleep.pl", OK + "sleep 1; print 'slept'");
        start(processes().maxProcesses(300), ForkServerSettings.defaults().withMode(ForkServerSettings.Mode.FORK_SERVER));
        get("/sleep.pl");

        long begin = System.nanoTime();
        List<Future<String>> sleeping = Stream.generate(() -> inBackground(() -> body("/sleep.pl"))).limit(200).toList();
        var latencies = new ArrayList<Long>();
        while (!sleeping.stream().allMatch(Future::isDone)) {
            long at = System.nanoTime();
            assertThat(body("/plain")).isEqualTo("plain");
            latencies.add((System.nanoTime() - at) / 1_000_000);
        }
        for (Future<String> one : sleeping) {
            assertThat(one.get()).isEqualTo("slept");
        }
        // 200 seconds one after another; perf/forkserver.sh has the figures of a quiet machine
        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(100));
        latencies.sort(null);
        assertThat(latencies.get(latencies.size() / 2)).isLessThan(5000);
    }

    @Test
    void leaksNeitherDescriptorsNorProcessesNorFiles() throws Exception {
        scripts.perl("ok.pl", OK + "print 'x'");
        scripts.python("bad.py", "print('bad')");
        scripts.perl("die.pl", "die 'x'");
        start();
        for (String path : List.of("/ok.pl", "/bad.py", "/die.pl")) {
            get(path);
        }
        long before = openDescriptors();

        for (int i = 0; i < 30; i++) {
            for (String path : List.of("/ok.pl", "/bad.py", "/die.pl")) {
                get(path);
            }
        }
        Awaitility.await().until(() -> openDescriptors() <= before + 5);
        Awaitility.await().until(() -> drivers().stream().allMatch(driver -> driver.children().findAny().isEmpty()));
        assertThat(drivers()).hasSize(3);

        gateway.close();
        Awaitility.await().until(() -> drivers().isEmpty());
        Awaitility.await().until(() -> openDescriptors() < before);
    }

    private static long openDescriptors() throws Exception {
        try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
            return files.count();
        }
    }
}

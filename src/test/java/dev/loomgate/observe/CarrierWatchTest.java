package dev.loomgate.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;

import org.junit.jupiter.api.Test;

import dev.loomgate.testing.LogCapture;

class CarrierWatchTest {
    private static final Duration LONG = Duration.ofSeconds(60);

    /** Waits within a static initialiser, which holds the carrier in all Javas so far. */
    private static class First {
        static final long TIME = nap();
    }

    private static class Second {
        static final long TIME = nap();
    }

    private static long nap() {
        try {
            Thread.sleep(200);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        return System.nanoTime();
    }

    @Test
    void seesWhoWaitsPinnedAndLogsEachPlaceOnce() throws Exception {
        try (CarrierWatch watch = CarrierWatch.start(Duration.ofSeconds(1)); LogCapture log = LogCapture.of("dev.loomgate.observe")) {
            Thread.ofVirtual().start(() -> assertThat(First.TIME).isPositive()).join();
            Thread.ofVirtual().start(() -> assertThat(Second.TIME).isPositive()).join();
            await().atMost(LONG).until(() -> watch.pinnedCount() == 2);

            assertThat(log.lines()).filteredOn(line -> line.startsWith("WARN a virtual thread waited without letting go")).hasSize(1)
                    .first().asString().contains("CarrierWatchTest.nap(line ");
        }
    }

    @Test
    void seesWhoComputesWithoutPause() throws Exception {
        var stop = new AtomicBoolean();
        try (CarrierWatch watch = CarrierWatch.start(Duration.ofSeconds(1)); LogCapture log = LogCapture.of("dev.loomgate.observe")) {
            Thread spinner = Thread.ofVirtual().start(() -> spin(stop));
            try {
                await().atMost(LONG).untilAsserted(() -> assertThat(log.lines()).anySatisfy(line -> assertThat(line)
                        .contains("WARN a virtual thread computes without a pause", "CarrierWatchTest.spin(line ")));
                assertThat(watch.monopolisedCount()).isPositive();
            } finally {
                stop.set(true);
                spinner.join();
            }
        }
    }

    private static void spin(AtomicBoolean stop) {
        long n = 0;
        while (!stop.get()) {
            n += n * 31 + 7;
        }
        assertThat(n).isNotNull();
    }
}

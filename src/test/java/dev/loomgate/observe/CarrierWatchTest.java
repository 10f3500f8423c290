package dev.loomgate.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import dev.loomgate.testing.LogCapture;
import dev.loomgate.testing.Programs;

class CarrierWatchTest {
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final CountDownLatch FIRST_SEEN = new CountDownLatch(1);
    private static final CountDownLatch SECOND_SEEN = new CountDownLatch(1);

    /** Waits within a static initialiser, which holds the carrier in all Javas so far. */
    private static class First {
        static final long TIME = hold(FIRST_SEEN);
    }

    private static class Second {
        static final long TIME = hold(SECOND_SEEN);
    }

    private static class Third {
        static final long TIME = nap();
    }

    private static long hold(CountDownLatch seen) {
        try {
            seen.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        return System.nanoTime();
    }

    private static long nap() {
        try {
            Thread.sleep(200);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        return System.nanoTime();
    }

    private static CarrierWatch watch() {
        return CarrierWatch.start(Duration.ofMillis(200), Duration.ofSeconds(1), false);
    }

    @Test
    void seesWhoWaitsPinnedAndLogsEachPlaceOnce() throws Exception {
        try (CarrierWatch watch = watch(); LogCapture log = LogCapture.of("dev.loomgate.observe")) {
            Thread first = Thread.ofVirtual().start(() -> assertThat(First.TIME).isPositive());
            await().atMost(LONG).until(() -> watch.pinnedCount() >= 1);
            FIRST_SEEN.countDown();
            first.join();
            Thread second = Thread.ofVirtual().start(() -> assertThat(Second.TIME).isPositive());
            await().atMost(LONG).until(() -> watch.pinnedCount() >= 2);
            SECOND_SEEN.countDown();
            second.join();

            assertThat(log.lines()).filteredOn(line -> line.startsWith("WARN a virtual thread waited without letting go")).hasSize(1)
                    .first().asString().contains("CarrierWatchTest.hold(CarrierWatchTest.java:", "CarrierWatchTest$First.<clinit>");
            assertThat(watch.sites(5)).anySatisfy(site -> {
                assertThat(site.place()).isEqualTo(CarrierWatchTest.class.getName() + ".hold");
                assertThat(site.times()).isEqualTo(2);
                assertThat(site.longest()).isPositive();
            });
            assertThat(watch.monopolisedCount()).isZero();
        }
    }

    @Test
    void seesWhoComputesWithoutPauseOnce() throws Exception {
        var stop = new AtomicBoolean();
        try (CarrierWatch watch = watch(); LogCapture log = LogCapture.of("dev.loomgate.observe")) {
            Thread spinner = Thread.ofVirtual().start(() -> spin(stop));
            try {
                await().atMost(LONG).untilAsserted(() -> assertThat(log.lines()).anySatisfy(line -> assertThat(line)
                        .contains("WARN a virtual thread computes without a pause", "CarrierWatchTest.spin(CarrierWatchTest.java:")));
                // it goes on, and so does the watch
                Thread second = Thread.ofVirtual().start(() -> spin(stop));
                await().atMost(LONG).until(() -> watch.monopolisedCount() >= 2);
                assertThat(log.lines()).filteredOn(line -> line.contains("computes without a pause")).hasSize(1);
                assertThat(watch.monopolisedCount()).isEqualTo(2);
                stop.set(true);
                second.join();
            } finally {
                stop.set(true);
                spinner.join();
            }
        }
    }

    @Test
    void seesWhoStaysInNativeCode() throws Exception {
        Process cat = new ProcessBuilder(Programs.require("cat", "coreutils").toString()).start();
        try (CarrierWatch watch = watch(); LogCapture log = LogCapture.of("dev.loomgate.observe")) {
            Thread reader = Thread.ofVirtual().start(() -> read(cat));
            await().atMost(LONG).until(() -> watch.pinnedCount() >= 1);
            assertThat(log.lines()).anySatisfy(line -> assertThat(line).contains("WARN a virtual thread stays in native code",
                    "CarrierWatchTest.read("));
            cat.getOutputStream().close();
            reader.join();
        } finally {
            cat.destroy();
        }
    }

    private static void read(Process process) {
        try {
            assertThat(process.getInputStream().read()).isNegative();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Carriers that are always busy, each time with another. */
    @Test
    void isQuietAboutThreadsThatTakeTurns() throws Exception {
        var stop = new AtomicBoolean();
        List<Thread> threads = new ArrayList<>();
        var slow = new AtomicBoolean();
        try (CarrierWatch watch = watch()) {
            // the first, for a carrier that is never idle may never take what comes from outside
            Thread spinner = Thread.ofVirtual().start(() -> spin(slow));
            for (int i = 0; i < 64; i++) {
                threads.add(Thread.ofVirtual().start(() -> {
                    while (!stop.get()) {
                        Thread.yield();
                    }
                }));
            }
            // by then it has looked at the others as often
            await().atMost(LONG).until(() -> watch.monopolisedCount() >= 1);
            assertThat(watch.sites(9)).singleElement().satisfies(site -> assertThat(site.place()).endsWith(".spin"));
            slow.set(true);
            spinner.join();
        } finally {
            stop.set(true);
            slow.set(true);
            for (Thread thread : threads) {
                thread.join();
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

    @Test
    void countsEachWaitWithTheFlightRecorder() throws Exception {
        try (CarrierWatch watch = CarrierWatch.start(Duration.ofMillis(200), Duration.ofSeconds(1), true)) {
            await().atMost(LONG).until(watch::isRecording);
            Thread.ofVirtual().start(() -> assertThat(Third.TIME).isPositive()).join();
            await().atMost(LONG).until(() -> watch.pinnedCount() == 1);

            assertThat(watch.sites(1)).singleElement().satisfies(site -> {
                assertThat(site.place()).isEqualTo(CarrierWatchTest.class.getName() + ".nap");
                assertThat(site.longest()).isBetween(Duration.ofMillis(150), LONG);
            });
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\"a\" #1 daemon prio=5 os_prio=0 cpu=0.71ms elapsed=1s tid=0x1 nid=7 runnable [0x0]\n\tat a.B.c(B.java:1)",
            "   Carrying virtual thread #7", "\"\n\"\" #x"})
    void findsNoVirtualThreadWhereThereIsNone(String dump) {
        assertThat(MountedThread.of(dump)).isEmpty();
    }

    @Test
    void readsDumpsOfOlderJavas() {
        assertThat(MountedThread.of("""
                "ForkJoinPool-1-worker-2" #25 [205] daemon prio=5 os_prio=0 cpu=526.97ms elapsed=3.96s tid=0x00007f5  [0x00007f5]
                   Carrying virtual thread #10027
                \tat jdk.internal.vm.Continuation.run(java.base@21.0.3/Continuation.java:251)

                "main" #1 prio=5 cpu=1.00ms elapsed=1.00s tid=0x1 runnable
                """)).containsExactly(new MountedThread(10027, 25, 526, false, List.of()));
    }
}

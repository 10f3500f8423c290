package dev.loomgate.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.ConnectException;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import dev.loomgate.testing.BlackHole;
import dev.loomgate.testing.ConcurrentClass;
import dev.loomgate.testing.RawBackend;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a group makes of failures: each counts once, and only against the server that has failed. */
@ConcurrentClass
@Timeout(60)
class GroupTest {
    private static final Duration LONG = Duration.ofMinutes(10);

    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    @AfterEach
    void stop() {
        threads.shutdownNow();
    }

    /** A server that can't be reached until it is said how to connect to it. */
    private static final class Gate implements Endpoint {
        private final CountDownLatch entered = new CountDownLatch(1);
        private final CountDownLatch open = new CountDownLatch(1);
        private volatile Endpoint behind;

        /** From now on whoever connects waits until it is opened. */
        private void leadTo(Endpoint endpoint) {
            behind = endpoint;
        }

        @Override
        public SocketChannel connect(Duration limit) throws IOException {
            Endpoint known = behind;
            if (known == null) {
                throw new ConnectException("nobody is there");
            }
            entered.countDown();
            try {
                open.await();
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
            return known.connect(limit);
        }
    }

    private static GroupSettings settings(int retries, int ejectAfter, Optional<GroupSettings.Health> health, Endpoint... servers) {
        return new GroupSettings("app", Arrays.stream(servers).map(one -> new GroupSettings.Server(one, 1, false, 100)).toList(),
                Balance.ROUND_ROBIN, 100, LONG, LONG, Duration.ZERO, LONG, retries, Duration.ZERO, ejectAfter, LONG, health);
    }

    private static Lease take(Group group) throws UnavailableException, InterruptedException {
        return group.claim("c").take(Reuse.ANY, Claim.EVER);
    }

    /** Takes as soon as somebody may see whether a server that has failed is back. */
    private Future<Lease> takeWhenItIsTime(Group group, Backend... passedOver) {
        return threads.submit(() -> await().ignoreException(NotTriedException.class).until(() -> {
            Claim claim = group.claim("c");
            for (Backend backend : passedOver) {
                claim.passOver(backend);
            }
            return claim.take(Reuse.ANY, Claim.EVER);
        }, lease -> true));
    }

    private static Endpoint at(RawBackend backend) {
        return new Endpoint.Tcp("127.0.0.1", backend.port());
    }

    @Test
    void countsNoFailureOfThoseThatMayNotTry() throws Exception {
        Gate one = new Gate();
        Gate other = new Gate();
        try (RawBackend backend = RawBackend.start(call -> call.respond("ok"));
             var group = new Group(settings(1, 5, Optional.empty(), one, other))) {
            assertThatThrownBy(() -> take(group)).isInstanceOf(UnavailableException.class);
            one.leadTo(at(backend));
            other.leadTo(at(backend));
            Future<Lease> first = takeWhenItIsTime(group);
            Future<Lease> second = takeWhenItIsTime(group);
            one.entered.await();
            other.entered.await();
            for (int i = 0; i < 20; i++) {
                assertThatThrownBy(() -> take(group)).isInstanceOf(NotTriedException.class).hasMessageContaining("nobody is there");
            }
            one.open.countDown();
            other.open.countDown();
            first.get().close();
            second.get().close();
            assertThat(group.status().servers()).allSatisfy(server -> {
                assertThat(server.state()).isEqualTo("up");
                assertThat(server.failures()).isEqualTo(1);
                assertThat(server.ejections()).isZero();
            });
        }
    }

    @Test
    void asksAnotherServerIfItMayNotTryTheFirstThoughThereAreNoRetries() throws Exception {
        Gate one = new Gate();
        try (RawBackend backend = RawBackend.start(call -> call.respond("ok"));
             var group = new Group(settings(0, 1, Optional.empty(), one, at(backend)))) {
            Backend[] well = new Backend[1];
            // both fail, so that each is as good as the other then
            for (int i = 0; i < 2; i++) {
                try (Lease lease = take(group)) {
                    well[0] = lease.backend();
                    lease.failed("test");
                } catch (UnavailableException e) {
                    assertThat(e).hasMessageContaining("nobody is there");
                }
            }
            assertThat(group.status().servers()).allSatisfy(server -> assertThat(server.state()).isEqualTo("ejected"));
            one.leadTo(at(backend));
            Future<Lease> asked = takeWhenItIsTime(group, well[0]);
            one.entered.await();
            for (int i = 0; i < 10; i++) {
                try (Lease lease = take(group)) {
                    assertThat(lease.backend()).isSameAs(well[0]);
                }
            }
            one.open.countDown();
            asked.get().close();
            assertThat(group.status().servers()).allSatisfy(server -> assertThat(server.failures()).isEqualTo(1));
        }
    }

    @Test
    void ejectsAServerOnceForFailuresAtOneMoment() throws Exception {
        int failures = 8;
        var barrier = new CyclicBarrier(failures);
        GroupSettings settings = settings(0, 2, Optional.empty(), new Endpoint.Unix(Path.of("/nowhere")));
        for (int round = 0; round < 200; round++) {
            var backend = new Backend(settings.servers().getFirst(), settings, Duration.ZERO);
            var ends = java.util.stream.IntStream.range(0, failures).mapToObj(i -> threads.submit(() -> {
                barrier.await();
                backend.noteFailure("test");
                return null;
            })).toList();
            for (Future<?> end : ends) {
                end.get();
            }
            assertThat(backend.ejections()).isEqualTo(1);
            backend.pool().close();
        }
    }

    @Test
    void blamesNoServerForAConnectThatWasInterrupted() throws Exception {
        try (BlackHole hole = BlackHole.open();
             var group = new Group(settings(0, 1, Optional.empty(), new Endpoint.Tcp("127.0.0.1", hole.port())))) {
            Thread[] asking = new Thread[1];
            Future<?> asked = threads.submit(() -> {
                asking[0] = Thread.currentThread();
                return take(group);
            });
            await().until(() -> group.status().servers().getFirst().connects() == 1);
            asking[0].interrupt();
            assertThatThrownBy(asked::get).hasCauseInstanceOf(InterruptedException.class);
            Backend.Status status = group.status().servers().getFirst();
            assertThat(status.state()).isEqualTo("up");
            assertThat(status.failures()).isZero();
            assertThat(status.active()).isZero();
        }
    }

    @Test
    void anAttemptThatEndsLateTakesNobodysTurnAway() throws Exception {
        var backOff = new BackOff(new Endpoint.Unix(Path.of("/nowhere")));
        BackOff.Attempt old = backOff.awaitTurn(System.nanoTime(), false);
        backOff.failed(backOff.awaitTurn(System.nanoTime(), false), new IOException("test"));
        await().until(backOff::isHopeful);
        BackOff.Attempt present = backOff.awaitTurn(System.nanoTime(), false);
        assertThat(backOff.isHopeful()).isFalse();
        backOff.undecided(old);
        assertThat(backOff.isHopeful()).isFalse();
        backOff.failed(old, new IOException("test"));
        assertThat(backOff.failure()).hasValueSatisfying(failure -> assertThat(failure).contains("tried once"));
        assertThatThrownBy(() -> backOff.awaitTurn(System.nanoTime(), false)).isInstanceOf(NotTriedException.class);
        backOff.undecided(present);
        assertThat(backOff.isHopeful()).isTrue();
    }

    @Test
    void asksAServerWhetherItIsWellHoweverSoonRequestsMayTryIt() throws Exception {
        Gate one = new Gate();
        var health = new GroupSettings.Health(connection -> { }, Duration.ofMillis(20), LONG, 1, 1);
        try (RawBackend backend = RawBackend.start(call -> call.respond("ok"));
             var group = new Group(settings(0, 0, Optional.of(health), one))) {
            // requests would have to wait for half a minute
            await().until(() -> group.status().servers().getFirst().connects() >= 14);
            assertThat(group.status().servers().getFirst().state()).isEqualTo("ill");
            one.open.countDown();
            one.leadTo(at(backend));
            await().until(() -> group.status().servers().getFirst().state().equals("up"));
        }
    }
}

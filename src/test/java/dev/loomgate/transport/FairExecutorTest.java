package dev.loomgate.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

import org.junit.jupiter.api.Test;

class FairExecutorTest {
    private final CountDownLatch begun = new CountDownLatch(1);
    private final CountDownLatch go = new CountDownLatch(1);
    private final List<String> done = Collections.synchronizedList(new ArrayList<>());

    private static InetAddress address(String text) throws Exception {
        return InetAddress.getByName(text);
    }

    private FutureTask<?> task(String name) {
        return new FutureTask<>(() -> done.add(name));
    }

    /** An executor whose only thread is busy until {@link #go}. */
    private FairExecutor busy(int most, int mostOfOne) throws Exception {
        var executor = new FairExecutor("test", 1, most, mostOfOne);
        executor.execute(address("192.0.2.9"), new FutureTask<>(() -> {
            begun.countDown();
            go.await();
            return null;
        }));
        begun.await();
        return executor;
    }

    @Test
    void addressesTakeTurns() throws Exception {
        try (FairExecutor executor = busy(100, 100)) {
            FutureTask<?> last = null;
            for (int i = 1; i <= 5; i++) {
                last = task("flood " + i);
                executor.execute(address("2001:db8::" + i), last);
            }
            executor.execute(address("192.0.2.1"), task("late 1"));
            executor.execute(address("192.0.2.1"), task("late 2"));
            go.countDown();
            last.get(30, TimeUnit.SECONDS);
            assertThat(done).as("a network of 64 bits is one address")
                    .containsExactly("flood 1", "late 1", "flood 2", "late 2", "flood 3", "flood 4", "flood 5");
        }
    }

    @Test
    void leavesPlacesForOthers() throws Exception {
        try (FairExecutor executor = busy(3, 2)) {
            executor.execute(address("192.0.2.1"), task("a"));
            executor.execute(address("192.0.2.1"), task("b"));
            assertThatThrownBy(() -> executor.execute(address("192.0.2.1"), task("c"))).isInstanceOf(RejectedExecutionException.class);
            executor.execute(address("192.0.2.2"), task("d"));
            assertThatThrownBy(() -> executor.execute(address("192.0.2.3"), task("e"))).isInstanceOf(RejectedExecutionException.class);
            go.countDown();
        }
    }

    @Test
    void cancelsWhatNoThreadCanBeMadeFor() throws Exception {
        var full = new AtomicBoolean(true);
        ThreadFactory factory = work -> {
            if (full.get()) {
                throw new OutOfMemoryError("unable to create native thread");
            }
            return Thread.ofPlatform().daemon().unstarted(work);
        };
        try (var executor = new FairExecutor(factory, 1, 1, 1)) {
            FutureTask<?> lost = task("lost");
            assertThatThrownBy(() -> executor.execute(address("192.0.2.1"), lost)).isInstanceOf(OutOfMemoryError.class);
            assertThat(lost.isCancelled()).isTrue();
            full.set(false);
            FutureTask<?> next = task("next");
            executor.execute(address("192.0.2.1"), next);
            next.get(30, TimeUnit.SECONDS);
            assertThat(done).containsExactly("next");
        }
    }

    @Test
    void cancelsWhatWaitsWhenItIsClosed() throws Exception {
        FutureTask<?> waiting = task("never");
        FairExecutor executor = busy(10, 10);
        executor.execute(address("192.0.2.1"), waiting);
        executor.close();
        assertThatThrownBy(() -> waiting.get(30, TimeUnit.SECONDS)).isInstanceOf(CancellationException.class);
        assertThatThrownBy(() -> executor.execute(address("192.0.2.1"), task("late"))).isInstanceOf(RejectedExecutionException.class);
        assertThat(done).isEmpty();
    }
}

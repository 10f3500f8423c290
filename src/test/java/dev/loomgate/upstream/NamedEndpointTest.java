package dev.loomgate.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

import dev.loomgate.names.NameService;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What becomes of connections by name when names are slow, unknown, or move. */
class NamedEndpointTest {
    private static final Duration LIMIT = Duration.ofSeconds(10);

    private ServerSocket listener;
    private volatile NamedEndpoint.Lookup lookup;

    @BeforeEach
    void listen() throws IOException {
        listener = new ServerSocket(0, 2_000);
    }

    @AfterEach
    void close() throws IOException {
        listener.close();
    }

    private NamedEndpoint endpoint(Duration age) {
        return new NamedEndpoint("app.example", listener.getLocalPort(), host -> lookup.addressesOf(host), age);
    }

    private static InetAddress loopback(int last) {
        try {
            return InetAddress.getByAddress(new byte[] {127, 0, 0, (byte) last});
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }

    private static NameService.Answer answer(InetAddress... addresses) {
        return new NameService.Answer(List.of(addresses), Duration.ZERO);
    }

    private static InetAddress connect(NamedEndpoint endpoint) throws IOException {
        try (SocketChannel channel = endpoint.connect(LIMIT)) {
            return ((InetSocketAddress) channel.getRemoteAddress()).getAddress();
        }
    }

    @Test
    void usesAllAddressesAndFollowsThemAndGoesOnWithoutAnAnswer() throws IOException {
        lookup = host -> answer(loopback(1), loopback(2));
        NamedEndpoint endpoint = endpoint(Duration.ZERO);
        var seen = new HashSet<InetAddress>();
        for (int i = 0; i < 4; i++) {
            seen.add(connect(endpoint));
        }
        assertThat(seen).containsExactlyInAnyOrder(loopback(1), loopback(2));
        lookup = host -> answer(loopback(3));
        Awaitility.await().until(() -> connect(endpoint).equals(loopback(3)));
        assertThat(endpoint.isCurrent(new InetSocketAddress(loopback(1), 1))).isFalse();
        var asked = new AtomicInteger();
        lookup = host -> {
            asked.incrementAndGet();
            throw new UnknownHostException(host);
        };
        Awaitility.await().until(() -> {
            assertThat(connect(endpoint)).isEqualTo(loopback(3));
            return asked.get() > 2;
        });
    }

    @Test
    void parksThousandsOnOneSlowLookUp() throws Exception {
        var answer = new CountDownLatch(1);
        var asked = new AtomicInteger();
        lookup = host -> {
            asked.incrementAndGet();
            try {
                answer.await();
            } catch (InterruptedException e) {
                throw new UnknownHostException("interrupted");
            }
            return answer(loopback(1));
        };
        NamedEndpoint endpoint = endpoint(Duration.ofHours(1));
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var results = new java.util.ArrayList<java.util.concurrent.Future<InetAddress>>();
            for (int i = 0; i < 1_000; i++) {
                results.add(threads.submit(() -> connect(endpoint)));
            }
            // others get a carrier meanwhile
            assertThat(threads.submit(() -> "ran").get()).isEqualTo("ran");
            answer.countDown();
            for (var result : results) {
                assertThat(result.get()).isEqualTo(loopback(1));
            }
        }
        assertThat(asked).hasValue(1);
    }

    @Test
    void tellsWhatIsUnknownFromWhatIsLate() {
        lookup = host -> {
            throw new UnknownHostException(host);
        };
        assertThatThrownBy(() -> endpoint(Duration.ZERO).connect(LIMIT)).isInstanceOf(UnknownHostException.class)
                .hasMessageContaining("app.example");
        var never = new CountDownLatch(1);
        lookup = host -> {
            try {
                never.await();
            } catch (InterruptedException e) {
                throw new UnknownHostException("interrupted");
            }
            return answer(loopback(1));
        };
        assertThatThrownBy(() -> endpoint(Duration.ZERO).connect(Duration.ofMillis(50)))
                .isInstanceOf(SocketTimeoutException.class);
        never.countDown();
    }
}

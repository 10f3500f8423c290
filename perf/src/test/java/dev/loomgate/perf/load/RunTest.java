package dev.loomgate.perf.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The generator against a server whose faults are known. */
class RunTest {
    private static final String HELLO = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final AtomicInteger connections = new AtomicInteger();
    private final AtomicLong requests = new AtomicLong();
    private ServerSocket listener;
    private volatile String answer = HELLO;
    private volatile long pauseMillis;
    private volatile boolean hangUp;

    @BeforeEach
    void listen() throws IOException {
        listener = new ServerSocket(0, 1000, InetAddress.getLoopbackAddress());
        threads.submit(() -> {
            while (true) {
                Socket client = listener.accept();
                connections.incrementAndGet();
                threads.submit(() -> serve(client));
            }
        });
    }

    @AfterEach
    void end() throws IOException {
        listener.close();
        threads.shutdownNow();
    }

    private Void serve(Socket client) throws IOException, InterruptedException {
        try (client) {
            InputStream in = client.getInputStream();
            int ends = 0;
            for (int next; (next = in.read()) >= 0;) {
                ends = next == '\n' ? ends + 1 : next == '\r' ? ends : 0;
                if (ends == 2) {
                    ends = 0;
                    requests.incrementAndGet();
                    Thread.sleep(pauseMillis);
                    client.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
                    if (hangUp) {
                        return null;
                    }
                }
            }
        }
        return null;
    }

    private Outcome run(Load.Mode mode, int clients, double seconds, double rate, int timeoutMillis) throws InterruptedException {
        return new Run(new Load(mode, listener.getLocalPort(), "/", clients, seconds, rate, timeoutMillis)).measure();
    }

    @Test
    void closedLoopKeepsItsConnections() throws Exception {
        pauseMillis = 10;
        Outcome outcome = run(Load.Mode.CLOSED, 4, 2, 0, 5000);
        assertThat(outcome.errors()).isEmpty();
        assertThat(outcome.requests()).isPositive().isLessThanOrEqualTo(4 * 200);
        assertThat(outcome.millisAt(50)).isGreaterThanOrEqualTo(10);
        assertThat(connections).hasValue(4);
    }

    @Test
    void churnTakesAConnectionForEachRequest() throws Exception {
        hangUp = true;
        run(Load.Mode.CHURN, 2, 1, 0, 5000);
        assertThat(connections.get()).isEqualTo((int) requests.get()).isPositive();
    }

    @Test
    void openLoopCountsFromWhenARequestWasDue() throws Exception {
        // 1 client, a request due every 20 ms, each takes 60: the last ones have waited long though the server took no longer
        pauseMillis = 60;
        Outcome outcome = run(Load.Mode.OPEN, 1, 0.6, 50, 10_000);
        assertThat(outcome.errors()).isEmpty();
        assertThat(requests).hasValue(30);
        assertThat(outcome.millisAt(0)).isGreaterThanOrEqualTo(60);
        assertThat(outcome.millisAt(100)).isGreaterThan(1000);
    }

    @Test
    void openLoopDoesNotDropWhatWasNeverSent() throws Exception {
        pauseMillis = 400;
        Outcome outcome = run(Load.Mode.OPEN, 1, 1, 100, 1000);
        long all = requests.get() + outcome.errors().getOrDefault("unsent", 0L);
        assertThat(outcome.errors()).containsKey("unsent");
        assertThat(all).isEqualTo(100);
    }

    @Test
    void timeOutIsAnErrorAndInTheLatencies() throws Exception {
        pauseMillis = 60_000;
        Outcome outcome = run(Load.Mode.CLOSED, 3, 1, 0, 1_500);
        assertThat(outcome.errors()).isEqualTo(Map.of("time-out", 3L));
        assertThat(outcome.requests()).isZero();
        assertThat(outcome.millisAt(50)).isGreaterThanOrEqualTo(1_490);
    }

    @Test
    void statusAndBrokenConnectionsAreErrors() throws Exception {
        pauseMillis = 10;
        answer = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n";
        assertThat(run(Load.Mode.CLOSED, 1, 1, 0, 5000).errors()).containsOnlyKeys("status");
        answer = "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello";
        hangUp = true;
        Outcome outcome = run(Load.Mode.CLOSED, 1, 1, 0, 5000);
        assertThat(outcome.errors()).containsOnlyKeys("closed");
        assertThat(outcome.requests()).isZero();
    }

    @Test
    void nobodyThereIsAnError() throws Exception {
        listener.close();
        Outcome outcome = run(Load.Mode.CLOSED, 2, 0.2, 0, 1000);
        assertThat(outcome.errors()).containsKey("connect"); // and perhaps one that was accepted just before
        assertThat(outcome.requests()).isZero();
    }

    @Test
    void readsChunksAndAnswersUpToTheEnd() throws Exception {
        pauseMillis = 10;
        answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
        assertThat(run(Load.Mode.CLOSED, 1, 1, 0, 5000).errors()).isEmpty();
        assertThat(connections).hasValue(1);
        answer = "HTTP/1.0 200 OK\r\n\r\nhello";
        hangUp = true;
        assertThat(run(Load.Mode.CLOSED, 1, 1, 0, 5000).errors()).isEmpty();
    }

    @Test
    void linesOfTheProtocolComeBackAsTheyWere() throws IOException {
        var load = new Load(Load.Mode.OPEN, 80, "/a", 10, 1.5, 2500, 2000);
        assertThat(Load.fromLine(load.toLine())).isEqualTo(load);
        var millis = new double[Outcome.PERCENTILES.length];
        millis[5] = 1.25;
        var outcome = new Outcome(2, 100, Map.of("closed", 3L, "time-out", 4L), millis);
        Outcome back = Outcome.fromLine(outcome.toLine());
        assertThat(back.errors()).isEqualTo(outcome.errors());
        assertThat(back.millisAt(50)).isEqualTo(1.25);
        assertThat(back.failed()).isEqualTo(7);
        assertThat(back.rate()).isEqualTo(50);
        assertThat(Outcome.fromLine(new Outcome(1, 0, Map.of(), millis).toLine()).errors()).isEmpty();
    }

    @Test
    void readsWhatWrkPrints() throws IOException {
        Outcome outcome = Wrk.parse("Running 2s test\nfigures 2000 1000 1.50 9.75 3\n");
        assertThat(outcome.rate()).isEqualTo(1000);
        assertThat(outcome.millisAt(99)).isEqualTo(9.75);
        assertThat(outcome.failed()).isEqualTo(3);
        assertThatThrownBy(() -> Wrk.parse("unable to connect")).hasMessageContaining("unable to connect");
    }
}

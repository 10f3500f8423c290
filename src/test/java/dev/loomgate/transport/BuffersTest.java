package dev.loomgate.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.net.SocketException;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;

import dev.loomgate.testing.RawClient;
import dev.loomgate.testing.TestServer;
import io.helidon.webserver.http.HttpRouting;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** Arrays that are lent: to one borrower at a time, whatever happens to it. */
class BuffersTest {
    private static final int MORE_THAN_ARE_KEPT = 2_000;

    @Test
    void lendsWhatWasGivenBack() {
        var buffers = new Buffers();
        Set<byte[]> first = borrow(buffers, 50);
        first.forEach(buffers::giveBack);
        Set<byte[]> again = borrow(buffers, MORE_THAN_ARE_KEPT);
        again.retainAll(first);
        assertThat(again).isNotEmpty();
    }

    @Test
    void keepsNoArrayOfAnotherSize() {
        var buffers = new Buffers();
        for (int i = 0; i < MORE_THAN_ARE_KEPT; i++) {
            buffers.giveBack(new byte[Buffers.SIZE * 2]);
        }
        assertThat(borrow(buffers, MORE_THAN_ARE_KEPT)).allMatch(buffer -> buffer.length == Buffers.SIZE);
    }

    private static Set<byte[]> borrow(Buffers buffers, int count) {
        Set<byte[]> borrowed = Collections.newSetFromMap(new IdentityHashMap<>());
        for (int i = 0; i < count; i++) {
            assertThat(borrowed.add(buffers.borrow())).as("an array lent twice").isTrue();
        }
        return borrowed;
    }

    /** An array that was given back twice would be lent to two connections, and one's bytes would reach the other's client. */
    @Test
    void areGivenBackOnceWhateverGoesWrong() throws IOException {
        try (TestServer server = TestServer.start(HttpRouting.builder()
                .any("/read", (request, response) -> response.send(request.content().as(byte[].class)))
                .any("/fail", (request, response) -> {
                    response.outputStream().write(new byte[5_000]);
                    throw new IOException("on purpose");
                })
                .any("/break", (request, response) -> {
                    OutputStream out = response.outputStream();
                    out.write(new byte[20_000]);
                    out.flush();
                    out.write(1);
                    throw new IOException("on purpose");
                })
                .any("/twice", (request, response) -> {
                    OutputStream out = response.outputStream();
                    out.write(new byte[100]);
                    out.close();
                    out.close();
                    out.flush();
                })
                .any("/raw", (request, response) -> ((RawOutput) response).rawOutput().write(new byte[100])))) {
            String field = "X-Long: " + "v".repeat(7_000) + "\r\n";
            for (String path : new String[] {"/read", "/fail", "/break", "/twice", "/raw", "/missing"}) {
                for (String rest : new String[] {"\r\n", field + "\r\n", field + field + "\r\n",
                        field + "Content-Length: 3\r\n\r\nabc", field + "Content-Length: 30000\r\n\r\nabc",
                        field + "Transfer-Encoding: chunked\r\n\r\n3\r\nabcX", "bad field\r\n\r\n", "X: unfinished"}) {
                    ask(server, "POST " + path + " HTTP/1.1\r\nHost: h\r\n" + rest);
                }
            }
            Awaitility.await().until(() -> server.listener().connectionCount() == 0);
            assertThat(borrow(server.listener().buffers(), MORE_THAN_ARE_KEPT)).hasSize(MORE_THAN_ARE_KEPT);
        }
    }

    private static void ask(TestServer server, String request) throws IOException {
        try (RawClient client = RawClient.connect(server.port())) {
            client.send(request).send(request).shutdownOutput();
            client.readToEnd();
        } catch (SocketException reset) {
            assertThat(reset.getMessage()).containsAnyOf("reset", "Broken pipe");
        }
    }
}

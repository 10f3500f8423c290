package dev.loomgate.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import javax.net.ssl.SSLSocket;

import dev.loomgate.poller.Pollers;
import dev.loomgate.testing.Trust;
import dev.loomgate.tls.CertificateFiles;
import dev.loomgate.tls.DevCertificate;
import dev.loomgate.tls.ServerTls;
import dev.loomgate.tls.TlsOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a reader must say for TLS has a time of its own: another thread may be about to write, which must not go on for ever. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TlsAnswersTest {
    private static final class Counted implements TlsChannel.AnswerProgress {
        private final AtomicInteger begun = new AtomicInteger();
        private final AtomicInteger ended = new AtomicInteger();

        @Override
        public void begun() {
            begun.incrementAndGet();
        }

        @Override
        public void made() {
            assertThat(begun.get()).isGreaterThan(ended.get());
        }

        @Override
        public void ended() {
            ended.incrementAndGet();
        }
    }

    @TempDir
    Path directory;

    @Test
    void newKeysDoNotTouchTheTimeOfAWrite() throws Exception {
        DevCertificate files = DevCertificate.write(directory, List.of("127.0.0.1"), 30);
        ServerTls tls = ServerTls.open(new TlsOptions(List.of(new CertificateFiles(files.certificate(), files.key(), Optional.empty())),
                List.of("TLSv1.3"), List.of(), TlsOptions.Clients.NONE, Optional.empty(), List.of("http/1.1"), false));
        var handshakes = new Handshakes("test");
        var writes = new Counted();
        var answers = new Counted();
        try (ServerSocketChannel listening = ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))) {
            CompletableFuture<String> read = new CompletableFuture<>();
            Thread.ofVirtual().start(() -> {
                try (SocketChannel accepted = listening.accept()) {
                    var channel = new TlsChannel(accepted, null, TlsBuffers.create(handshakes));
                    channel.handshake(tls.engine(), InetAddress.getLoopbackAddress(), writes, answers);
                    int ofHandshake = answers.begun.get();
                    String came = read(channel) + read(channel);
                    assertThat(answers.begun.get()).isEqualTo(ofHandshake + 1);
                    channel.write(ByteBuffer.wrap(new byte[1]));
                    read.complete(came);
                } catch (IOException | RuntimeException | Error e) {
                    read.completeExceptionally(e);
                }
            });
            try (SSLSocket client = (SSLSocket) Trust.in(files.certificate()).getSocketFactory()
                    .createSocket(InetAddress.getLoopbackAddress(), ((InetSocketAddress) listening.getLocalAddress()).getPort())) {
                client.setSoTimeout(20_000);
                client.getOutputStream().write('a');
                // with TLS 1.3, keys for what either sends from now on (RFC 8446 section 4.6.3)
                client.startHandshake();
                client.getOutputStream().write('b');
                assertThat(client.getInputStream().read()).isZero();
                assertThat(read).as("what the server has read").succeedsWithin(20, TimeUnit.SECONDS).isEqualTo("ab");
            }
        } finally {
            handshakes.close();
        }
        assertThat(answers.ended).hasValue(answers.begun.get());
        assertThat(writes.begun).hasValue(0);
        assertThat(writes.ended).hasValue(0);
    }

    @Test
    void aClientThatBreaksOffLeavesNoArrayToTwo() throws Exception {
        DevCertificate files = DevCertificate.write(directory, List.of("127.0.0.1"), 30);
        ServerTls tls = ServerTls.open(new TlsOptions(List.of(new CertificateFiles(files.certificate(), files.key(), Optional.empty())),
                List.of("TLSv1.3"), List.of(), TlsOptions.Clients.NONE, Optional.empty(), List.of("http/1.1"), false));
        var handshakes = new Handshakes("test");
        TlsBuffers buffers = TlsBuffers.create(handshakes);
        try (ServerSocketChannel listening = ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))) {
            CompletableFuture<Void> written = new CompletableFuture<>();
            Thread writing = Thread.ofVirtual().start(() -> {
                try (SocketChannel accepted = listening.accept()) {
                    var channel = new TlsChannel(accepted, Pollers.common().next(), buffers);
                    channel.handshake(tls.engine(), InetAddress.getLoopbackAddress(), () -> { }, new Counted());
                    while (true) {
                        // more than the client takes, so that the rest has to wait
                        channel.write(ByteBuffer.wrap(new byte[1 << 20]));
                    }
                } catch (IOException | RuntimeException | Error e) {
                    written.completeExceptionally(e);
                }
            });
            try (var plain = new Socket(InetAddress.getLoopbackAddress(), ((InetSocketAddress) listening.getLocalAddress()).getPort())) {
                plain.setSoLinger(true, 0);
                var client = (SSLSocket) Trust.in(files.certificate()).getSocketFactory().createSocket(plain, "127.0.0.1",
                        plain.getPort(), false);
                assertThat(client.getInputStream().read()).isZero();
                await().until(() -> writing.getState() == Thread.State.WAITING || writing.getState() == Thread.State.TIMED_WAITING);
            }
            assertThat(written).failsWithin(20, TimeUnit.SECONDS).withThrowableThat().withCauseInstanceOf(IOException.class);
        } finally {
            handshakes.close();
        }
        var borrowed = Collections.newSetFromMap(new IdentityHashMap<byte[], Boolean>());
        for (int i = 0; i < 40; i++) {
            assertThat(borrowed.add(buffers.large().borrow())).as("an array that nobody has").isTrue();
        }
    }

    private static String read(TlsChannel channel) throws IOException {
        byte[] bytes = new byte[100];
        ByteBuffer into = ByteBuffer.wrap(bytes);
        int count = channel.read(into);
        return count < 0 ? "end" : new String(bytes, 0, count);
    }
}

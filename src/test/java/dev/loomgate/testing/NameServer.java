package dev.loomgate.testing;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

import org.xbill.DNS.ARecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.ResolverConfig;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** A name server, over UDP, that this JVM asks while it is open. It may be slow, or say nothing at all. */
public final class NameServer implements AutoCloseable {
    private static final String PROPERTY = "dns.server";

    private final DatagramSocket socket;
    private final Map<String, List<InetAddress>> names = new ConcurrentHashMap<>();
    private final AtomicInteger questions = new AtomicInteger();
    private volatile long seconds;
    private volatile Duration delay = Duration.ZERO;
    private volatile boolean silent;

    private NameServer(DatagramSocket socket) {
        this.socket = socket;
    }

    /** Listens on any free port of 127.0.0.1. */
    public static NameServer start() throws IOException {
        var server = new NameServer(new DatagramSocket(new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), 0)));
        server.socket.setReceiveBufferSize(4 << 20);
        Thread.ofPlatform().daemon().name("name-server").start(server::serve);
        System.setProperty(PROPERTY, "127.0.0.1:" + server.socket.getLocalPort());
        ResolverConfig.refresh();
        return server;
    }

    /** Says from now on that a name, with its domain, has these IPv4 addresses; none: there is no such name. */
    public void answer(String name, long timeToLive, String... addresses) {
        seconds = timeToLive;
        names.put(name + '.', Arrays.stream(addresses).map(NameServer::address).toList());
    }

    private static InetAddress address(String text) {
        try {
            return InetAddress.getByName(text);
        } catch (java.net.UnknownHostException e) {
            throw new AssertionError(e);
        }
    }

    /** Takes so long for each answer from now on. */
    public void delay(Duration time) {
        delay = time;
    }

    /** Is as good as switched off, or on again. */
    public void silent(boolean isSilent) {
        silent = isSilent;
    }

    /** How many questions have come. */
    public int questions() {
        return questions.get();
    }

    private void serve() {
        byte[] buffer = new byte[1024];
        while (!socket.isClosed()) {
            try {
                var packet = new DatagramPacket(buffer, buffer.length);
                socket.receive(packet);
                questions.incrementAndGet();
                if (!silent) {
                    var question = new Message(Arrays.copyOf(buffer, packet.getLength()));
                    Thread.startVirtualThread(() -> reply(question, packet.getSocketAddress()));
                }
            } catch (IOException e) {
                // closed
            }
        }
    }

    private void reply(Message question, java.net.SocketAddress asker) {
        try {
            Thread.sleep(delay);
            Record asked = question.getQuestion();
            var answer = new Message(question.getHeader().getID());
            answer.getHeader().setFlag(Flags.QR);
            answer.getHeader().setFlag(Flags.RA);
            answer.addRecord(asked, Section.QUESTION);
            List<InetAddress> addresses = names.getOrDefault(asked.getName().toString(), List.of());
            if (addresses.isEmpty()) {
                answer.getHeader().setRcode(Rcode.NXDOMAIN);
            } else if (asked.getType() == Type.A) {
                addresses.forEach(address -> answer.addRecord(new ARecord(asked.getName(), DClass.IN, seconds, address),
                        Section.ANSWER));
            }
            byte[] bytes = answer.toWire();
            socket.send(new DatagramPacket(bytes, bytes.length, asker));
        } catch (IOException e) {
            // closed
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        socket.close();
        System.clearProperty(PROPERTY);
        ResolverConfig.refresh();
    }
}

package dev.loomgate.perf.load;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/** Connections that are there while others are measured: idle ones, or ones that read a large answer slowly. */
final class Held implements AutoCloseable {
    private final List<Client> clients = new ArrayList<>();
    private final ExecutorService readers = Executors.newVirtualThreadPerTaskExecutor();
    private final AtomicInteger ended = new AtomicInteger();

    /** Opens connections that have each had one answer and ask for nothing more. */
    static Held idle(int port, String path, int count) throws IOException {
        var held = new Held();
        try {
            for (int i = 0; i < count; i++) {
                var client = new Client(port, path, false, 512);
                held.clients.add(client);
                client.connect(port, 10_000);
                if (client.exchange() != 200) {
                    throw new IOException("an idle connection was refused");
                }
            }
            return held;
        } catch (IOException e) {
            held.close();
            throw e;
        }
    }

    /** Opens connections that ask for a large answer and read a kilobyte of it every 100 ms. */
    static Held slow(int port, String path, int count) throws IOException {
        var held = new Held();
        try {
            for (int i = 0; i < count; i++) {
                var client = new Client(port, path, false, 1024);
                held.clients.add(client);
                client.receiveBuffer(4096);
                client.connect(port, 10_000);
                client.send();
                held.readers.submit(() -> held.read(client));
            }
            return held;
        } catch (IOException e) {
            held.close();
            throw e;
        }
    }

    private Void read(Client client) throws InterruptedException {
        try {
            while (true) {
                try {
                    if (client.nibble() < 0) {
                        break;
                    }
                } catch (SocketTimeoutException e) {
                    // a server that has no thread for it; it stays
                }
                Thread.sleep(100);
            }
        } catch (IOException e) {
            // the server's end of it, or ours
        }
        ended.incrementAndGet();
        return null;
    }

    /** How many are over though they should not be. */
    int lost() {
        return ended.get();
    }

    @Override
    public void close() {
        for (Client client : clients) {
            try {
                client.close();
            } catch (IOException e) {
                // it was of no more use
            }
        }
        readers.shutdownNow();
    }
}

package dev.loomgate.testing;

import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Clients of a server that may have to refuse some of them. */
public final class Clients {
    private Clients() {
    }

    /** Asks with a connection for each of so many clients; those that were answered, with their connections open. */
    public static List<RawClient> askAtOnce(int port, String path, int clients) throws InterruptedException, ExecutionException {
        var served = new ArrayList<RawClient>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var asking = new ArrayList<Future<RawClient>>();
            for (int i = 0; i < clients; i++) {
                asking.add(threads.submit(() -> ask(port, path)));
            }
            for (Future<RawClient> one : asking) {
                RawClient client = one.get();
                if (client != null) {
                    served.add(client);
                }
            }
        }
        return served;
    }

    /** Asks and leaves the connection open; null if it was refused. */
    public static RawClient ask(int port, String path) throws IOException {
        RawClient client = RawClient.connect(port).readTimeout(Duration.ofSeconds(60));
        if (isServed(client, path)) {
            return client;
        }
        client.close();
        return null;
    }

    /** Whether the server answers with 200 on this connection; false if it has closed it. */
    public static boolean isServed(RawClient client, String path) {
        try {
            return client.send("GET " + path + " HTTP/1.1\r\nHost: h\r\n\r\n").readResponse().status() == 200;
        } catch (EOFException | SocketException refused) {
            return false;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Closes one. */
    public static void close(RawClient client) {
        try {
            client.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

package dev.loomgate.perf.model;

import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.util.concurrent.Executors;

import dev.loomgate.perf.work.Work;

/**
 * 200 threads, and a queue of connections that wait for one: as servlet containers were for long. A thread belongs to a
 * connection until the client leaves; whoever comes 201st waits until then.
 */
final class BoundedPool {
    static final int THREADS = 200;

    public static void main(String[] args) throws IOException {
        var work = new Work();
        try (var pool = Executors.newFixedThreadPool(THREADS); var listener = Conversation.listen(args)) {
            while (true) {
                SocketChannel connection = listener.accept();
                pool.execute(() -> Conversation.hold(connection, work));
            }
        }
    }
}

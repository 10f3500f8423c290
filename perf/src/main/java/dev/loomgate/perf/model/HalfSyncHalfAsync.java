package dev.loomgate.perf.model;

import java.io.IOException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

import dev.loomgate.perf.work.Work;

/**
 * Half-sync/half-async: a reactor thread does the waiting for connections, and 200 workers run the blocking handlers. Tomcat,
 * Jetty and Undertow are built so. Connections are cheap; what is limited is the requests that wait at once.
 */
final class HalfSyncHalfAsync {
    private final Work work = new Work();
    private final ExecutorService workers = Executors.newFixedThreadPool(BoundedPool.THREADS);
    private final Reactor reactor;

    private HalfSyncHalfAsync(String[] args) throws IOException {
        reactor = new Reactor(args, (conversation, target) -> workers.execute(() -> handle(conversation, target)));
    }

    public static void main(String[] args) throws IOException {
        new HalfSyncHalfAsync(args).reactor.run();
    }

    private void handle(Conversation conversation, String target) {
        try {
            conversation.answer(work, target);
            reactor.respond(conversation);
        } catch (IOException e) {
            conversation.end();
        }
    }
}

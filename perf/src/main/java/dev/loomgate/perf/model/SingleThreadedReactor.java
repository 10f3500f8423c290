package dev.loomgate.perf.model;

import java.io.IOException;

import dev.loomgate.perf.work.Work;

/**
 * One thread for everything, as in event-loop servers. Very good as long as no handler waits; with a blocking handler all wait
 * for one.
 */
final class SingleThreadedReactor {
    private final Work work = new Work();
    private final Reactor reactor;

    private SingleThreadedReactor(String[] args) throws IOException {
        reactor = new Reactor(args, this::handle);
    }

    public static void main(String[] args) throws IOException {
        new SingleThreadedReactor(args).reactor.run();
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

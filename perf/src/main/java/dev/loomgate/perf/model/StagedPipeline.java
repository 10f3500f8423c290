package dev.loomgate.perf.model;

import java.io.IOException;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

import dev.loomgate.perf.work.Work;

/**
 * A staged pipeline (SEDA): the reactor reads, then a stage of 200 threads handles, then one of 2 writes; a queue is before each.
 * Stages can be sized and watched one by one, at the price of a handover of each request at each queue.
 */
final class StagedPipeline {
    private record Arrived(Conversation conversation, String target) {}

    private final Work work = new Work();
    private final BlockingQueue<Arrived> toHandle = new LinkedBlockingQueue<>();
    private final BlockingQueue<Conversation> toWrite = new LinkedBlockingQueue<>();
    private final Reactor reactor;

    private StagedPipeline(String[] args) throws IOException {
        reactor = new Reactor(args, (conversation, target) -> toHandle.add(new Arrived(conversation, target)));
        stage(BoundedPool.THREADS, this::handle);
        stage(2, this::write);
    }

    public static void main(String[] args) throws IOException {
        new StagedPipeline(args).reactor.run();
    }

    private interface Step {
        void run() throws InterruptedException;
    }

    private static void stage(int threads, Step step) {
        for (int i = 0; i < threads; i++) {
            Thread.ofPlatform().daemon().start(() -> {
                try {
                    while (true) {
                        step.run();
                    }
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt(); // the stage is over
                }
            });
        }
    }

    private void handle() throws InterruptedException {
        Arrived arrived = toHandle.take();
        try {
            arrived.conversation().answer(work, arrived.target());
            toWrite.add(arrived.conversation());
        } catch (IOException e) {
            arrived.conversation().end();
        }
    }

    private void write() throws InterruptedException {
        reactor.respond(toWrite.take());
    }
}

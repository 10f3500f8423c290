package dev.loomgate.perf.model;

import java.io.IOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * What the models with a selector share: one thread waits for all connections, reads requests, and writes what a response could
 * not write at once. What happens with a request is what makes the model.
 */
final class Reactor {
    /** What is done with a request. It must end in {@link #respond}, on whatever thread. */
    interface Dispatch {
        void request(Conversation conversation, String target);
    }

    private final Selector selector;
    private final ServerSocketChannel listener;
    private final Dispatch dispatch;
    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();

    Reactor(String[] arguments, Dispatch dispatch) throws IOException {
        this.dispatch = dispatch;
        selector = Selector.open();
        listener = Conversation.listen(arguments);
        listener.configureBlocking(false);
        listener.register(selector, SelectionKey.OP_ACCEPT);
    }

    /** The loop, which does not end. */
    void run() throws IOException {
        while (true) {
            selector.select(this::ready);
            for (Runnable task; (task = tasks.poll()) != null;) {
                task.run();
            }
        }
    }

    private void ready(SelectionKey key) {
        if (key.isAcceptable()) {
            accept();
            return;
        }
        var conversation = (Conversation) key.attachment();
        try {
            if (key.isWritable()) {
                written(key, conversation, conversation.flush());
            } else if (conversation.fill()) {
                read(key, conversation);
            } else {
                conversation.end();
            }
        } catch (IOException e) {
            conversation.end();
        }
    }

    private void accept() {
        try {
            for (SocketChannel channel; (channel = listener.accept()) != null;) {
                channel.configureBlocking(false);
                channel.register(selector, SelectionKey.OP_READ, new Conversation(channel));
            }
        } catch (IOException e) {
            System.err.println(e);
        }
    }

    private void read(SelectionKey key, Conversation conversation) {
        String target = conversation.next();
        if (target == null) {
            key.interestOps(SelectionKey.OP_READ);
        } else {
            key.interestOps(0); // one request of a connection at a time
            dispatch.request(conversation, target);
        }
    }

    private void written(SelectionKey key, Conversation conversation, boolean all) {
        if (!all) {
            key.interestOps(SelectionKey.OP_WRITE);
        } else if (conversation.isLast()) {
            conversation.end();
        } else {
            read(key, conversation);
        }
    }

    /** Sends an answer that is ready, and goes on with the connection; on any thread. */
    void respond(Conversation conversation) {
        try {
            boolean all = conversation.flush();
            tasks.add(() -> {
                SelectionKey key = conversation.channel().keyFor(selector);
                if (key != null && key.isValid()) {
                    written(key, conversation, all);
                }
            });
            selector.wakeup();
        } catch (IOException e) {
            conversation.end();
        }
    }
}

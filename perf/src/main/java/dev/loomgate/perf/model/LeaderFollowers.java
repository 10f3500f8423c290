package dev.loomgate.perf.model;

import java.io.IOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.ReentrantLock;

import dev.loomgate.perf.work.Work;

/**
 * Leader/followers: of 200 threads one, the leader, waits for all connections. It takes one that is ready, makes another thread
 * leader, and handles the request itself; so no request changes threads, which half-sync/half-async must pay for.
 */
final class LeaderFollowers {
    private final Work work = new Work();
    private final ReentrantLock leadership = new ReentrantLock();
    private final Selector selector = Selector.open();
    private final ServerSocketChannel listener;
    private final Queue<SelectionKey> ready = new ArrayDeque<>(); // the leader's
    private final Queue<SelectionKey> resumed = new ConcurrentLinkedQueue<>();

    private LeaderFollowers(String[] args) throws IOException {
        listener = Conversation.listen(args);
        listener.configureBlocking(false);
        listener.register(selector, SelectionKey.OP_ACCEPT);
    }

    public static void main(String[] args) throws IOException {
        var server = new LeaderFollowers(args);
        for (int i = 0; i < BoundedPool.THREADS; i++) {
            Thread.ofPlatform().start(server::serve);
        }
    }

    private void serve() {
        while (true) {
            SelectionKey key;
            leadership.lock();
            try {
                key = lead();
            } catch (IOException e) {
                System.err.println(e);
                continue;
            } finally {
                leadership.unlock(); // the next follower leads
            }
            handle(key, (Conversation) key.attachment());
        }
    }

    /** The next connection that can be read; accepts others meanwhile. */
    private SelectionKey lead() throws IOException {
        while (ready.isEmpty()) {
            for (SelectionKey key; (key = resumed.poll()) != null;) {
                if (key.isValid()) {
                    key.interestOps(SelectionKey.OP_READ);
                }
            }
            selector.select(key -> {
                if (key.isAcceptable()) {
                    accept();
                } else {
                    key.interestOps(0);
                    ready.add(key);
                }
            });
        }
        return ready.remove();
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

    private void handle(SelectionKey key, Conversation conversation) {
        try {
            if (!conversation.fill()) {
                conversation.end();
                return;
            }
            for (String target; (target = conversation.next()) != null;) {
                conversation.answer(work, target);
                while (!conversation.flush()) {
                    Thread.sleep(1); // a slow reader holds its thread here, as any wait does
                }
                if (conversation.isLast()) {
                    conversation.end();
                    return;
                }
            }
            resumed.add(key);
            selector.wakeup();
        } catch (IOException e) {
            conversation.end();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            conversation.end();
        }
    }
}

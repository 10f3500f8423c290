package dev.loomgate.transport;

import java.net.InetAddress;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

import dev.loomgate.guard.AddressKey;

/**
 * Computes what takes long, such as handshakes and hashes of passwords, on threads of the operating system: it shares the processors
 * fairly between these and the carriers of virtual threads, while virtual threads would not give way to each other. Clients that wait
 * have their turn address by address, so that a flood from one holds nobody else up. Safe for use by many threads.
 */
public final class FairExecutor implements AutoCloseable {
    private static final int IDLE_SECONDS = 10;

    private final ThreadPoolExecutor threads;
    private final int most;
    private final int mostOfOne;
    private final ReentrantLock lock = new ReentrantLock();
    /** What waits, by address: the one whose turn is next comes first. */
    private final Map<Long, Deque<FutureTask<?>>> waiting = new LinkedHashMap<>();
    private int count;

    /**
     * Has no thread until there is something to do.
     *
     * @param name      of its threads, a number behind it
     * @param size      how many threads, 1 or more
     * @param most      how many tasks may wait
     * @param mostOfOne how many of one address
     */
    public FairExecutor(String name, int size, int most, int mostOfOne) {
        this(Thread.ofPlatform().daemon().name(name + "-", 0).factory(), size, most, mostOfOne);
    }

    /** @param factory makes the threads */
    FairExecutor(ThreadFactory factory, int size, int most, int mostOfOne) {
        this.most = most;
        this.mostOfOne = mostOfOne;
        this.threads = new ThreadPoolExecutor(size, size, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), factory);
        threads.allowCoreThreadTimeOut(true);
    }

    /**
     * Has a task run when its turn has come. Does not wait for it. A task that does not come to its turn is cancelled.
     *
     * @param client whom it is for; an address of IPv6 stands for its network of 64 bits
     * @throws RejectedExecutionException if there are too many, or this is closed
     */
    public void execute(InetAddress client, FutureTask<?> task) {
        long key = AddressKey.of(client);
        add(key, task);
        boolean willRun = false;
        try {
            // one for each that waits, though not the one that was added last
            threads.execute(() -> {
                FutureTask<?> next = next();
                if (next != null) {
                    next.run();
                }
            });
            willRun = true;
        } finally {
            // above all where there is no memory for a thread
            if (!willRun) {
                cancelOne(key, task);
            }
        }
    }

    /** Cancels this task, or another if it is at work already, in the place of that other: no thread would come for it. */
    private void cancelOne(long client, FutureTask<?> task) {
        FutureTask<?> left;
        lock.lock();
        try {
            Deque<FutureTask<?>> own = waiting.get(client);
            if (own != null && own.remove(task)) {
                left = task;
                count--;
                if (own.isEmpty()) {
                    waiting.remove(client);
                }
            } else {
                left = next();
            }
        } finally {
            lock.unlock();
        }
        if (left != null) {
            left.cancel(false);
        }
    }

    private void add(long client, FutureTask<?> task) {
        lock.lock();
        try {
            Deque<FutureTask<?>> own = waiting.get(client);
            if (count >= most || own != null && own.size() >= mostOfOne) {
                throw new RejectedExecutionException("too many wait");
            }
            waiting.computeIfAbsent(client, any -> new ArrayDeque<>()).add(task);
            count++;
        } finally {
            lock.unlock();
        }
    }

    /** Takes the task whose turn is next; null if there is none. */
    private FutureTask<?> next() {
        lock.lock();
        try {
            if (waiting.isEmpty()) {
                return null;
            }
            Map.Entry<Long, Deque<FutureTask<?>>> first = waiting.entrySet().iterator().next();
            long client = first.getKey();
            Deque<FutureTask<?>> tasks = first.getValue();
            // behind the others
            waiting.remove(client);
            FutureTask<?> task = tasks.remove();
            if (!tasks.isEmpty()) {
                waiting.put(client, tasks);
            }
            count--;
            return task;
        } finally {
            lock.unlock();
        }
    }

    /** Cancels what waits, and takes no more. */
    @Override
    public void close() {
        threads.shutdownNow();
        lock.lock();
        try {
            waiting.values().forEach(tasks -> tasks.forEach(task -> task.cancel(false)));
        } finally {
            lock.unlock();
        }
    }
}

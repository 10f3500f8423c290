package dev.loomgate.transport;

import java.io.EOFException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.BooleanSupplier;

import javax.net.ssl.SSLException;

/**
 * Does the arithmetic of handshakes, a millisecond or more for each, on threads of the operating system: it shares the processors
 * fairly between these and the carriers of virtual threads, so that a flood of handshakes leaves half of the time to requests.
 * Virtual threads would not give way to each other. Safe for use by many threads.
 */
final class Handshakes implements AutoCloseable {
    private final ExecutorService threads;

    Handshakes(String listenerName) {
        this.threads = Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors(),
                Thread.ofPlatform().name("loomgate-tls-" + listenerName + "-", 0).daemon().factory());
    }

    /**
     * Has a task run and waits for its end.
     *
     * @param wanted whether the client is still waited for when its turn has come
     * @throws IOException if it is not run
     */
    void run(Runnable task, BooleanSupplier wanted) throws IOException {
        var work = new FutureTask<>(() -> {
            if (wanted.getAsBoolean()) {
                task.run();
                return true;
            }
            return false;
        });
        try {
            threads.execute(work);
            if (!work.get()) {
                throw new EOFException("the client was too slow, or left, before its handshake had its turn");
            }
        } catch (ExecutionException e) {
            throw new SSLException("the handshake failed", e.getCause());
        } catch (RejectedExecutionException e) {
            throw new IOException("the listener is closed", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw (IOException) new InterruptedIOException("interrupted within a handshake").initCause(e);
        }
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}

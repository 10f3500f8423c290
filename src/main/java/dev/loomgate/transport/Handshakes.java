package dev.loomgate.transport;

import java.io.EOFException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.BooleanSupplier;

import javax.net.ssl.SSLException;

/**
 * Does the arithmetic of handshakes, a millisecond or more for each, beside the virtual threads, so that a flood of handshakes leaves
 * half of the time to requests. Safe for use by many threads.
 */
final class Handshakes implements AutoCloseable {
    private final FairExecutor threads;

    Handshakes(String listenerName) {
        // connections are limited, and each has one task
        this.threads = new FairExecutor("loomgate-tls-" + listenerName, Runtime.getRuntime().availableProcessors(), Integer.MAX_VALUE,
                Integer.MAX_VALUE);
    }

    /**
     * Has a task run and waits for its end.
     *
     * @param client whom it is for
     * @param wanted whether the client is still waited for when its turn has come
     * @throws IOException if it is not run
     */
    void run(InetAddress client, Runnable task, BooleanSupplier wanted) throws IOException {
        var work = new FutureTask<>(() -> {
            if (wanted.getAsBoolean()) {
                task.run();
                return true;
            }
            return false;
        });
        try {
            threads.execute(client, work);
            if (!work.get()) {
                throw new EOFException("the client was too slow, or left, before its handshake had its turn");
            }
        } catch (ExecutionException e) {
            throw new SSLException("the handshake failed", e.getCause());
        } catch (RejectedExecutionException | CancellationException e) {
            throw new IOException("the listener is closed", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw (IOException) new InterruptedIOException("interrupted within a handshake").initCause(e);
        }
    }

    @Override
    public void close() {
        threads.close();
    }
}

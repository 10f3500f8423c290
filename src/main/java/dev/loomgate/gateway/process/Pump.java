package dev.loomgate.gateway.process;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * Reads a pipe on a thread of its own, because Java can neither wait for a process's pipe with a time limit nor give up a read
 * that has begun. If nobody takes what was read, the thread waits; it ends with the pipe or with {@link #abandon}.
 */
final class Pump {
    private static final int PIECES = 4;
    private static final int PIECE = 8 * 1024;
    private static final byte[] END = new byte[0];

    private final InputStream in;
    private final BlockingQueue<byte[]> pieces = new ArrayBlockingQueue<>(PIECES);
    private final Thread thread;
    private byte[] current = new byte[0];
    private int position;
    private boolean ended;

    private Pump(InputStream in, String name) {
        this.in = in;
        this.thread = Thread.ofPlatform().daemon().name(name).unstarted(this::run);
    }

    static Pump start(InputStream in, String name) {
        var pump = new Pump(in, name);
        pump.thread.start();
        return pump;
    }

    private void run() {
        try (in) {
            byte[] buffer = new byte[PIECE];
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                pieces.put(Arrays.copyOf(buffer, n));
            }
            pieces.put(END);
        } catch (IOException e) {
            // closed under us, because the process has ended: the end of what there is to read
            endWithoutWaiting();
        } catch (InterruptedException e) {
            endWithoutWaiting();
        }
    }

    private void endWithoutWaiting() {
        while (!pieces.offer(END)) {
            pieces.poll();
        }
    }

    /** Waits until there is something to take, or the end; false if time is up. */
    boolean await(long nanos) throws InterruptedException {
        if (position < current.length || ended) {
            return true;
        }
        byte[] next = pieces.poll(nanos, TimeUnit.NANOSECONDS);
        if (next == null) {
            return false;
        }
        ended = next == END;
        current = next;
        position = 0;
        return true;
    }

    /** Takes what there is after {@link #await} said so; -1 at the end. */
    int take(byte[] buffer, int offset, int length) {
        if (position == current.length) {
            return -1;
        }
        int n = Math.min(length, current.length - position);
        System.arraycopy(current, position, buffer, offset, n);
        position += n;
        return n;
    }

    void abandon() {
        thread.interrupt();
    }
}

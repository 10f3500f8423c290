package dev.loomgate.http2;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The streams of a connection (RFC 9113 section 5.1): those that are open, those that ended lately, and how many requests are
 * still worked on. Safe for use by many threads.
 */
final class Streams {
    /** Bytes of a request's body that may wait for its handler. */
    static final int STREAM_WINDOW = 32 * 1024;
    /** Bytes of it that may be on their way, or wait, once the handler has begun to read. */
    static final int READ_WINDOW = 128 * 1024;
    /** Bytes of all bodies of a connection that may be on their way. */
    static final int CONNECTION_WINDOW = 1024 * 1024;
    private static final int REMEMBERED = 128;
    /** More: what the client sent before it knew of the reset comes after many others may have ended, and is no mistake. */
    private static final int RESETS_REMEMBERED = 1024;

    /** How a stream came to its end. */
    enum End {
        /** Both sides have sent all. */
        COMPLETE,
        /** The client has reset it. */
        RESET,
        /** It was reset here: frames that the client sent before it knew may still come. */
        RESET_HERE,
        /** So long ago that it is not known any more, or never opened. */
        UNKNOWN
    }

    /** Numbers of streams, the last ones of them. */
    private static final class Ended {
        private final int most;
        /** Null as long as there is none. */
        private int[] ids;
        /** What the client could still send on each of them; null as long as that is nothing. */
        private int[] rooms;
        private int count;

        private Ended(int most) {
            this.most = most;
        }

        private void add(int id, int room) {
            if (ids == null) {
                ids = new int[most];
            }
            if (rooms == null && room > 0) {
                rooms = new int[most];
            }
            if (rooms != null) {
                rooms[count & most - 1] = room;
            }
            ids[count++ & most - 1] = id;
        }

        /** Takes some of what the client could still send on a stream; returns whether it could. */
        private boolean take(int id, int bytes) {
            for (int i = 0; rooms != null && i < most; i++) {
                if (ids[i] == id && rooms[i] >= bytes) {
                    rooms[i] -= bytes;
                    return true;
                }
            }
            return false;
        }

        private boolean contains(int id) {
            for (int i = 0; ids != null && i < most; i++) {
                if (ids[i] == id) {
                    return true;
                }
            }
            return false;
        }
    }

    private final Map<Integer, Http2Stream> open = new ConcurrentHashMap<>();
    // guarded by lock
    private final Ended completed = new Ended(REMEMBERED);
    private final Ended reset = new Ended(REMEMBERED);
    private final Ended resetHere = new Ended(RESETS_REMEMBERED);
    private final AtomicInteger running = new AtomicInteger();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition idle = lock.newCondition();
    private final Runnable whenIdle;
    private final SendWindows windows;
    private final Intake intake;
    /** By how much more a client may send on a stream that has not heard of its window; for the thread that opens streams. */
    private int slack = SendWindows.INITIAL - STREAM_WINDOW;
    private int last;
    private boolean shut;

    /** @param whenIdle run when the last request that was worked on has ended */
    Streams(SendWindows windows, Intake intake, Runnable whenIdle) {
        this.windows = windows;
        this.intake = intake;
        this.whenIdle = whenIdle;
    }

    SendWindows windows() {
        return windows;
    }

    /** What comes of all bodies. */
    Intake intake() {
        return intake;
    }

    /** The open stream of this number; null if there is none. */
    Http2Stream find(int id) {
        return open.get(id);
    }

    /** Whether the client has used this number, or one above it. */
    boolean isUsed(int id) {
        lock.lock();
        try {
            return id <= last;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Notes that the client has used a number, and that its request is worked on, until {@link #finished}.
     *
     * @return false if no new stream is served any more
     */
    boolean use(int id) {
        lock.lock();
        try {
            if (!shut) {
                last = id;
                running.incrementAndGet();
            }
            return !shut;
        } finally {
            lock.unlock();
        }
    }

    /** Serves no new stream from now on; returns the last one that is, or was. */
    int shut() {
        lock.lock();
        try {
            shut = true;
            return last;
        } finally {
            lock.unlock();
        }
    }

    /** Whether no new stream is served any more. */
    boolean isShut() {
        lock.lock();
        try {
            return shut;
        } finally {
            lock.unlock();
        }
    }

    /** The client keeps to this end's settings from now on. */
    void settingsTaken() {
        slack = 0;
    }

    /** Opens a stream whose number has been noted. */
    Http2Stream open(int id) {
        Http2Stream stream = closed(id);
        open.put(id, stream);
        return stream;
    }

    /** A stream that is not among those that are open: to refuse what it asks for. */
    Http2Stream closed(int id) {
        return new Http2Stream(id, this, windows.open(), new ReceiveWindow(STREAM_WINDOW, slack));
    }

    /** Number of streams that count against the client's limit. */
    int openCount() {
        return open.size();
    }

    /** Number of requests that are worked on, also of streams that the client has given up. */
    int runningCount() {
        return running.get();
    }

    /** A request is not worked on any more. */
    void finished() {
        if (running.decrementAndGet() == 0) {
            lock.lock();
            try {
                idle.signalAll();
            } finally {
                lock.unlock();
            }
            whenIdle.run();
        }
    }

    /** Both sides have sent all on a stream. */
    void leave(Http2Stream stream) {
        if (open.get(stream.id()) == stream) {
            remember(stream.id(), End.COMPLETE, 0);
            open.remove(stream.id(), stream);
        }
    }

    /** A stream was reset, by whom the end says; returns whether it was open. */
    boolean drop(int id, End end) {
        Http2Stream stream = open.get(id);
        // before it is removed: who does not find it among those that are open must find how it ended
        remember(id, end, end != End.RESET_HERE ? 0 : stream == null ? STREAM_WINDOW : stream.receiveWindow().left());
        return open.remove(id) != null;
    }

    private void remember(int id, End end, int room) {
        lock.lock();
        try {
            switch (end) {
                case COMPLETE -> completed.add(id, room);
                case RESET -> reset.add(id, room);
                case RESET_HERE -> resetHere.add(id, room);
                case UNKNOWN -> throw new IllegalArgumentException("an end that is not known can't be remembered");
            }
        } finally {
            lock.unlock();
        }
    }

    /** Whether the client may have sent so many bytes before it knew that their stream was reset here; counts them. */
    boolean mayCome(int id, int bytes) {
        lock.lock();
        try {
            return resetHere.take(id, bytes);
        } finally {
            lock.unlock();
        }
    }

    /** How a stream ended that is not open. */
    End endOf(int id) {
        lock.lock();
        try {
            // if both sides have reset it, the client may not have known
            return resetHere.contains(id) ? End.RESET_HERE
                    : reset.contains(id) ? End.RESET
                    : completed.contains(id) ? End.COMPLETE : End.UNKNOWN;
        } finally {
            lock.unlock();
        }
    }

    /** @return false if a window is larger then than it can be */
    boolean changeInitialWindow(int size) {
        List<SendWindows.Window> all = new ArrayList<>();
        open.values().forEach(stream -> all.add(stream.sendWindow()));
        return windows.changeInitial(size, all);
    }

    /** Ends all that are open, as their connection has. */
    void closeAll(String why) {
        open.values().forEach(stream -> stream.close(new IOException(why)));
    }

    /** Waits until no request is worked on any more. */
    void awaitIdle() {
        lock.lock();
        try {
            while (running.get() > 0) {
                idle.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
    }
}

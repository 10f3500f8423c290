package dev.loomgate.transport;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.function.BooleanSupplier;

/**
 * What a connection waits to read, and until when, in one word, so that the sweep can expire exactly the wait that it found late:
 * the deadline in milliseconds of the coarse clock, shifted by two, and in the lowest bits what is waited for: a request, and the
 * first one, or the rest of a header, or neither. Beginning a wait costs one plain store.
 *
 * <p>One thread begins and ends waits at a time; any thread may expire one.
 */
final class ReadWait {
    private static final long WAIT = 3;
    private static final long IDLE = 1;
    private static final long FIRST = 3;
    private static final long HEADER = 2;
    private static final long WORKING = Long.MAX_VALUE;
    /** Its thread has not come to read yet: as if for the first request, and with no end. */
    private static final long NEW = 1L << 60 | FIRST;
    /** At work on several requests: reads what may come, with no end. */
    private static final long BUSY = 1L << 60;
    private static final long EXPIRED = -1;
    private static final long NEVER = -1;
    /** Time in milliseconds that a client has for its first request while the listener drains: it may be on its way. */
    private static final long GRACE = 1_000;
    /** Time in milliseconds that a thread has to read what came before its wait was found late; who drips gains no more by it. */
    private static final long PROCESSOR_GRACE = 5_000;
    private static final VarHandle WORD;
    private static final VarHandle IDLE_SINCE;

    static {
        try {
            WORD = MethodHandles.lookup().findVarHandle(ReadWait.class, "word", long.class);
            IDLE_SINCE = MethodHandles.lookup().findVarHandle(ReadWait.class, "idleSince", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** What came of a sweep. */
    enum Sweep {
        /** It is not late. */
        IN_TIME,
        /** It waited for a request for too long, and has been expired. */
        IDLE_TOO_LONG,
        /** It waited for what the client owes for too long, and has been expired. */
        OWED_TOO_LONG
    }

    private final Deadlines deadlines;
    private volatile long word = NEW;
    /**
     * When it began to wait for a request, in milliseconds of the coarse clock: the deadline does not tell, as the limit may have
     * changed since.
     */
    private volatile long idleSince = NEVER;
    private volatile boolean outputShut;
    /** When the header began to come that is waited for, or nothing more was to be sent; milliseconds of the coarse clock. */
    private volatile long since;

    ReadWait(Deadlines deadlines) {
        this.deadlines = deadlines;
    }

    /** Begins to wait for a request, for as long as the listener's idle limit allows; returns what to {@link #end}. */
    long forRequest() {
        long now = deadlines.now();
        boolean first = (long) IDLE_SINCE.getOpaque(this) == NEVER;
        IDLE_SINCE.setOpaque(this, now);
        return begin(now + deadlines.idleLimit() << 2 | (first ? FIRST : IDLE));
    }

    /** Begins to wait for what the client owes. */
    long forMore(long deadline) {
        return begin(deadline << 2);
    }

    /** Begins to wait for more of a header, which began to come then. */
    long forHeader(long deadline, long begun) {
        since = begun;
        return begin(deadline << 2 | HEADER);
    }

    private long begin(long waiting) {
        WORD.setOpaque(this, waiting);
        return waiting;
    }

    /** Ends a wait; returns whether it was not expired before. One that was stays so until {@link #goOn}. */
    boolean end(long waiting) {
        return WORD.compareAndSet(this, waiting, WORKING);
    }

    /** Goes on after a wait that was expired. */
    void goOn() {
        WORD.setOpaque(this, WORKING);
    }

    /** Begins to read with no end, as several requests are served; what {@link #becomeIdle} changes. */
    void whileBusy() {
        IDLE_SINCE.setOpaque(this, deadlines.now());
        // volatile, so that either the caller sees that no request is served any more, or that is told to becomeIdle
        WORD.setVolatile(this, BUSY);
    }

    /** Ends what {@link #whileBusy} began; returns whether it was not expired before. */
    boolean endBusy() {
        return (long) WORD.getAndSet(this, WORKING) != EXPIRED;
    }

    /**
     * No request is served any more: from now on it waits for one.
     *
     * @param working whether any is, after all: one may have begun before who says that the last has ended came to say so
     */
    void becomeIdle(BooleanSupplier working) {
        long idle;
        do {
            long now = deadlines.now();
            IDLE_SINCE.setOpaque(this, now);
            idle = now + deadlines.idleLimit() << 2 | IDLE;
        } while (WORD.compareAndSet(this, BUSY, idle) && working.getAsBoolean() && WORD.compareAndSet(this, idle, BUSY)
                // that one may have ended, and found it idle
                && !working.getAsBoolean());
    }

    /** Nothing more will be sent: who waits, waits for the client to close. */
    void outputShut() {
        since = deadlines.now();
        outputShut = true;
    }

    boolean isOutputShut() {
        return outputShut;
    }

    /** Whether it waits, and has for too long. */
    boolean isLate(long now) {
        long read = (long) WORD.getOpaque(this);
        return read != EXPIRED && read >> 2 <= now;
    }

    /**
     * Expires a wait that is late, unless what was waited for has come, and its thread may be about to read it.
     *
     * @param unread whether something has come that was not read yet; without a meaning if it is not late
     */
    Sweep sweep(long now, boolean unread) {
        long read = (long) WORD.getOpaque(this);
        long late = now - (read >> 2);
        if (read == EXPIRED || late < 0 || late < PROCESSOR_GRACE && unread || !WORD.compareAndSet(this, read, EXPIRED)) {
            return Sweep.IN_TIME;
        }
        return (read & IDLE) != 0 ? Sweep.IDLE_TOO_LONG : Sweep.OWED_TOO_LONG;
    }

    /** Expires a wait for a request, unless the connection has just come, or has been told otherwise; returns whether it did. */
    boolean expireIfIdle(LeanSocket socket) {
        long read = (long) WORD.getOpaque(this);
        if (!isIdle(read) || socket.hasArrived()) {
            return false;
        }
        boolean justCome = (read & WAIT) == FIRST && waited(read) < GRACE;
        return !justCome && WORD.compareAndSet(this, read, EXPIRED);
    }

    /** Expires a wait of this kind; returns whether it did. {@code unread}: also if something has come that was not read yet. */
    boolean expire(Wait wait, boolean unread, LeanSocket socket) {
        long read = (long) WORD.getOpaque(this);
        return kind(read) == wait && (unread || !isIdle(read) || !socket.hasArrived()) && WORD.compareAndSet(this, read, EXPIRED);
    }

    /** What it waits for that may be given up; null if it is at work. */
    Wait kind() {
        return kind((long) WORD.getOpaque(this));
    }

    private Wait kind(long read) {
        if (read == WORKING || read == EXPIRED) {
            return null;
        }
        return switch ((int) (read & WAIT)) {
            case (int) FIRST -> Wait.FIRST_BYTE;
            case (int) IDLE -> Wait.REQUEST;
            case (int) HEADER -> Wait.HEADER;
            default -> outputShut ? Wait.CLOSE : null;
        };
    }

    /** For how long it has waited, in milliseconds; without a meaning if it does not. */
    long waited() {
        return waited((long) WORD.getOpaque(this));
    }

    private long waited(long read) {
        return read == NEW ? 0 : deadlines.now() - (isIdle(read) ? (long) IDLE_SINCE.getOpaque(this) : since);
    }

    private static boolean isIdle(long read) {
        return read != WORKING && read != EXPIRED && (read & IDLE) != 0;
    }
}

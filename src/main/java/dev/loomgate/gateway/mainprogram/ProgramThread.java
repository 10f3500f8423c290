package dev.loomgate.gateway.mainprogram;

/**
 * A thread that a program starts: rewritten code makes and extends this class where it says {@code Thread}. It is what such a
 * thread would be in a JVM of the program's own: no daemon, unless the thread that made it is one, although a request's first
 * thread is virtual and therefore counts as a daemon. What it does not catch goes to the request's log.
 */
public class ProgramThread extends Thread {
    private boolean handled;

    /** As of {@code Thread}. */
    public ProgramThread() {
        begin();
    }

    /** As of {@code Thread}. */
    public ProgramThread(Runnable task) {
        super(task);
        begin();
    }

    /** As of {@code Thread}. */
    public ProgramThread(ThreadGroup group, Runnable task) {
        super(group, task);
        begin();
    }

    /** As of {@code Thread}. */
    public ProgramThread(String name) {
        super(name);
        begin();
    }

    /** As of {@code Thread}. */
    public ProgramThread(ThreadGroup group, String name) {
        super(group, name);
        begin();
    }

    /** As of {@code Thread}. */
    public ProgramThread(Runnable task, String name) {
        super(task, name);
        begin();
    }

    /** As of {@code Thread}. */
    public ProgramThread(ThreadGroup group, Runnable task, String name) {
        super(group, task, name);
        begin();
    }

    /** As of {@code Thread}. */
    public ProgramThread(ThreadGroup group, Runnable task, String name, long stackSize) {
        super(group, task, name, stackSize);
        begin();
    }

    /** As of {@code Thread}. */
    public ProgramThread(ThreadGroup group, Runnable task, String name, long stackSize, boolean inheritThreadLocals) {
        super(group, task, name, stackSize, inheritThreadLocals);
        begin();
    }

    private void begin() {
        if (Thread.currentThread().isVirtual()) {
            setDaemon(false);
        }
    }

    @Override
    public void setUncaughtExceptionHandler(UncaughtExceptionHandler handler) {
        handled = handler != null;
        super.setUncaughtExceptionHandler(handler);
    }

    @Override
    public UncaughtExceptionHandler getUncaughtExceptionHandler() {
        UncaughtExceptionHandler own = super.getUncaughtExceptionHandler();
        return (thread, failure) -> {
            if (failure instanceof ProgramEnd) {
                return;
            }
            if (handled) {
                own.uncaughtException(thread, failure);
            } else {
                ProgramSystem.uncaught(thread, failure);
            }
        };
    }
}

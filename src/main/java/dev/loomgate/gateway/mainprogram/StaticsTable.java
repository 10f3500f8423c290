package dev.loomgate.gateway.mainprogram;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

/** The static fields that the classes of a program have in one request. Safe for use by many threads. */
final class StaticsTable {
    private static final Statics[] NONE = {};

    private final Program program;
    /** One for all classes: Java's own locks, one a class, let two threads wait for each other's. */
    private final ReentrantLock lock = new ReentrantLock();
    private volatile Statics[] initialised = NONE;
    private Statics[] initialising = NONE;
    /** Classes whose initialisers have failed: Java does not try them again. */
    private final Set<Integer> failed = new HashSet<>();

    StaticsTable(Program program) {
        this.program = program;
    }

    /** The static fields of a class; initialised, unless this thread is about to do that. */
    Statics find(int index) {
        Statics[] known = initialised;
        if (index < known.length) {
            Statics found = known[index];
            if (found != null) {
                return found;
            }
        }
        lock.lock();
        try {
            return findLocked(index);
        } finally {
            lock.unlock();
        }
    }

    private Statics findLocked(int index) {
        if (index < initialised.length && initialised[index] != null) {
            return initialised[index];
        }
        if (index < initialising.length && initialising[index] != null) {
            // it sees what there is, as in Java
            return initialising[index];
        }
        if (failed.contains(index)) {
            throw new NoClassDefFoundError("Could not initialize class " + program.className(index));
        }
        int above = program.superIndex(index);
        if (above >= 0) {
            find(above);
        }
        Statics made = program.newStatics(index);
        initialising = with(initialising, index, made);
        boolean done = false;
        try {
            made.initialise();
            done = true;
        } catch (Error e) {
            throw e;
        } catch (Throwable e) {
            // code that is not the compiler's throws what it likes
            throw new ExceptionInInitializerError(e);
        } finally {
            if (!done) {
                failed.add(index);
            }
            initialising[index] = null;
        }
        initialised = with(initialised, index, made);
        return made;
    }

    private static Statics[] with(Statics[] table, int index, Statics one) {
        Statics[] result = Arrays.copyOf(table, Math.max(table.length, index + 1));
        result[index] = one;
        return result;
    }
}

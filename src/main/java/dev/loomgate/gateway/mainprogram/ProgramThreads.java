package dev.loomgate.gateway.mainprogram;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Finds the platform threads that belong to a request, whoever has made them: the program itself, or Java for it, as pools and
 * timers do. They have inherited the context class loader of the request's first thread.
 */
final class ProgramThreads {
    private ProgramThreads() {
    }

    /** Those that are alive. */
    static List<Thread> of(ClassLoader mark) {
        ThreadGroup root = Thread.currentThread().getThreadGroup();
        while (root.getParent() != null) {
            root = root.getParent();
        }
        Thread[] all = new Thread[root.activeCount() + 16];
        int count = root.enumerate(all);
        while (count == all.length) {
            all = new Thread[all.length * 2];
            count = root.enumerate(all);
        }
        List<Thread> found = new ArrayList<>();
        for (Thread thread : Arrays.asList(all).subList(0, count)) {
            if (thread.getContextClassLoader() == mark && thread.isAlive()) {
                found.add(thread);
            }
        }
        return found;
    }
}

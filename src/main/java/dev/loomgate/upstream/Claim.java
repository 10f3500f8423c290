package dev.loomgate.upstream;

import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

/**
 * A request that needs a connection to a server of a group, and perhaps another one after that. One thread takes; any thread may
 * {@link #abandon}.
 */
public final class Claim {
    /** No limit of one's own. */
    public static final Duration EVER = Duration.ofDays(1);

    private final Group group;
    private final String client;
    private Set<Backend> tried = Set.of();
    private volatile Thread waiter;
    private volatile boolean abandoned;

    Claim(Group group, String client) {
        this.group = group;
        this.client = client;
    }

    /**
     * Takes a connection to one of the servers, after others that came before. One that can't be reached is passed over for
     * another, as often as the settings of the group say: nothing of the request has been sent then. It is not asked again for
     * the same claim.
     *
     * @param reuse which may be one that is kept
     * @param limit longest time in all, above zero; the limits of the group hold as well
     * @throws UnavailableException if no server can be reached, or has room in time, or the claim was abandoned
     * @throws InterruptedException if the thread is interrupted meanwhile
     */
    public Lease take(Reuse reuse, Duration limit) throws UnavailableException, InterruptedException {
        return group.take(this, reuse, limit);
    }

    /** Gives up its place in the queue: nobody waits for the answer any more. Any number of times. */
    public void abandon() {
        abandoned = true;
        LockSupport.unpark(waiter);
    }

    boolean isAbandoned() {
        return abandoned;
    }

    void waits(Thread thread) {
        waiter = thread;
    }

    String client() {
        return client;
    }

    /** Servers that could not be reached. */
    Set<Backend> tried() {
        return tried;
    }

    /** This server could not be reached. */
    void passOver(Backend backend) {
        var more = new HashSet<>(tried);
        more.add(backend);
        tried = more;
    }
}

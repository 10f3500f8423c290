package dev.loomgate.guard;

import java.util.HashMap;
import java.util.Map;

/** The addresses that have connections. Asked when a connection comes and when it goes, and never in between. */
final class AddressShares {
    private final Map<Long, AddressShare> shares = new HashMap<>();

    /**
     * Counts a connection; returns null if its address has as many as it may.
     *
     * @param most connections of one address at a time
     */
    synchronized AddressShare join(long key, int most) {
        AddressShare share = shares.computeIfAbsent(key, AddressShare::new);
        if (share.connections >= most) {
            return null;
        }
        share.connections++;
        return share;
    }

    synchronized int connectionsOf(long key) {
        AddressShare share = shares.get(key);
        return share == null ? 0 : share.connections;
    }

    synchronized void leave(AddressShare share) {
        if (--share.connections == 0) {
            shares.remove(share.key);
        }
    }

    /** Most requests of one address that are at work or wait for their turn. */
    synchronized int peak() {
        int peak = 0;
        for (AddressShare share : shares.values()) {
            peak = Math.max(peak, share.atWork.get() + share.waiting);
        }
        return peak;
    }

    /** Wakes so many requests of each address that wait for their turn. */
    synchronized void wake(int count) {
        for (AddressShare share : shares.values()) {
            if (share.waiting > 0) {
                share.wake(Math.min(count, share.waiting));
            }
        }
    }

    /** Number of addresses. */
    synchronized int size() {
        return shares.size();
    }
}

package dev.loomgate.guard;

import java.util.HashMap;
import java.util.Map;

/** The addresses that have connections. Asked when a connection comes and when it goes, and never in between. */
final class AddressShares {
    private final Map<Long, AddressShare> shares = new HashMap<>();
    private final int most;

    /** @param most connections of one address at a time */
    AddressShares(int most) {
        this.most = most;
    }

    /** Counts a connection; returns null if its address has as many as it may. */
    synchronized AddressShare join(long key) {
        AddressShare share = shares.computeIfAbsent(key, AddressShare::new);
        if (share.connections >= most) {
            return null;
        }
        share.connections++;
        return share;
    }

    synchronized void leave(AddressShare share) {
        if (--share.connections == 0) {
            shares.remove(share.key);
        }
    }

    /** Number of addresses. */
    synchronized int size() {
        return shares.size();
    }
}

package dev.loomgate.guard;

import java.util.HashMap;
import java.util.Map;

/** The addresses that have connections. Asked when a connection comes and when it goes, and never in between. */
final class AddressShares {
    private final Map<Long, AddressShare> shares = new HashMap<>();
    private int connections;

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
        connections++;
        return share;
    }

    /**
     * Connections that each address could have if those that are counted here were shared out evenly. All numbers are of the same
     * moment, so that there is an address with more than that.
     *
     * @param newcomer address that wants one more; null if it is not known
     * @return 0 if the newcomer has as many already, or if no address has more
     */
    synchronized int fairShareFor(Long newcomer) {
        AddressShare known = newcomer == null ? null : shares.get(newcomer);
        int own = known == null ? 0 : known.connections;
        int share = connections / (shares.size() + (known == null ? 1 : 0));
        return own < share ? share : 0;
    }

    synchronized void leave(AddressShare share) {
        connections--;
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

    /** Lets requests go on that wait for their turn, as long as fewer than so many of their address are at work. */
    synchronized void wake(int most) {
        for (AddressShare share : shares.values()) {
            if (share.waiting > 0) {
                share.wake(most);
            }
        }
    }

    /** Number of addresses. */
    synchronized int size() {
        return shares.size();
    }
}

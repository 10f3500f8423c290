package dev.loomgate.guard;

import java.net.InetAddress;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/**
 * A set of networks that is asked for addresses. Networks that touch or overlap are joined, what is left is sorted: looking an
 * address up is a binary search, and a list of a hundred thousand networks is four arrays. Immutable.
 */
public final class AddressList {
    private static final Comparator<Network> BY_FIRST = (a, b) -> compare(a.high(), a.low(), b.high(), b.low());

    /** The list that holds no address. */
    public static final AddressList EMPTY = new AddressList(List.of());

    private final long[] firstHigh;
    private final long[] firstLow;
    private final long[] lastHigh;
    private final long[] lastLow;
    private int size;

    private AddressList(Collection<Network> networks) {
        firstHigh = new long[networks.size()];
        firstLow = new long[networks.size()];
        lastHigh = new long[networks.size()];
        lastLow = new long[networks.size()];
        networks.stream().sorted(BY_FIRST).forEach(this::append);
    }

    /** A list of these networks, in any order. */
    public static AddressList of(Collection<Network> networks) {
        return networks.isEmpty() ? EMPTY : new AddressList(networks);
    }

    private void append(Network network) {
        int end = size - 1;
        if (end >= 0 && compare(network.high(), network.low(), lastHigh[end], lastLow[end]) <= 0) {
            // two networks are apart or one holds the other
            if (compare(network.lastHigh(), network.lastLow(), lastHigh[end], lastLow[end]) > 0) {
                lastHigh[end] = network.lastHigh();
                lastLow[end] = network.lastLow();
            }
            return;
        }
        firstHigh[size] = network.high();
        firstLow[size] = network.low();
        lastHigh[size] = network.lastHigh();
        lastLow[size++] = network.lastLow();
    }

    /** Whether an address is in one of the networks. */
    public boolean contains(InetAddress address) {
        if (size == 0) {
            return false;
        }
        byte[] bytes = address.getAddress();
        long high = AddressKey.high(bytes);
        long low = AddressKey.low(bytes);
        int last = lastBeginningAt(high, low);
        return last >= 0 && compare(high, low, lastHigh[last], lastLow[last]) <= 0;
    }

    /** Index of the last network that begins at this address or before it; -1 if there is none. */
    private int lastBeginningAt(long high, long low) {
        int from = 0;
        int to = size - 1;
        while (from <= to) {
            int middle = from + to >>> 1;
            if (compare(high, low, firstHigh[middle], firstLow[middle]) < 0) {
                to = middle - 1;
            } else {
                from = middle + 1;
            }
        }
        return to;
    }

    /** Whether it holds no address. */
    public boolean isEmpty() {
        return size == 0;
    }

    private static int compare(long high, long low, long otherHigh, long otherLow) {
        int upper = Long.compareUnsigned(high, otherHigh);
        return upper != 0 ? upper : Long.compareUnsigned(low, otherLow);
    }
}

package dev.loomgate.guard;

/** What the connections of one address have in common. Its number of connections is guarded by the lock of {@link AddressShares}. */
final class AddressShare {
    final long key;
    int connections;

    AddressShare(long key) {
        this.key = key;
    }
}

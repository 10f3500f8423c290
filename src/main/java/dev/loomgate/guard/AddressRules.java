package dev.loomgate.guard;

import java.net.InetAddress;

/**
 * Which addresses are let in: none that is denied, and where there is an allow list, only those on it.
 *
 * @param allow networks that are let in; empty for all
 * @param deny  networks that are not, whether they are on the other list or not
 */
public record AddressRules(AddressList allow, AddressList deny) {
    /** Lets everyone in. */
    public static final AddressRules ANYONE = new AddressRules(AddressList.EMPTY, AddressList.EMPTY);

    /** Whether an address is let in; null, where it is not known, only if there is no list at all. */
    public boolean admit(InetAddress address) {
        if (address == null) {
            return isAnyone();
        }
        return !deny.contains(address) && (allow.isEmpty() || allow.contains(address));
    }

    /** Whether there is no list to ask. */
    public boolean isAnyone() {
        return allow.isEmpty() && deny.isEmpty();
    }
}

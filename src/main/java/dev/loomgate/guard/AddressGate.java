package dev.loomgate.guard;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;

/** Who may come at all. The lists are replaced as a whole when a file of theirs has changed. */
final class AddressGate {
    private final List<Network> allowed;
    private final List<Network> denied;
    private final List<AddressFile> allowFiles;
    private final List<AddressFile> denyFiles;
    private final boolean restricted;
    private volatile AddressList allow;
    private volatile AddressList deny;

    /** @throws IllegalArgumentException if a file can't be read; the message names it, and the line */
    AddressGate(GuardSettings settings) {
        allowed = settings.allow;
        denied = settings.deny;
        allowFiles = settings.allowFiles.stream().map(AddressFile::open).toList();
        denyFiles = settings.denyFiles.stream().map(AddressFile::open).toList();
        // a list whose file has become empty lets nobody in, not everybody
        restricted = !allowed.isEmpty() || !allowFiles.isEmpty();
        allow = join(allowed, allowFiles);
        deny = join(denied, denyFiles);
    }

    private static AddressList join(List<Network> fixed, List<AddressFile> files) {
        var all = new ArrayList<>(fixed);
        files.forEach(file -> all.addAll(file.networks()));
        return AddressList.of(all);
    }

    boolean admits(InetAddress address) {
        return !deny.contains(address) && (!restricted || allow.contains(address));
    }

    /** Reads files again that have changed; by one thread. */
    void refresh() {
        if (refresh(allowFiles)) {
            allow = join(allowed, allowFiles);
        }
        if (refresh(denyFiles)) {
            deny = join(denied, denyFiles);
        }
    }

    private static boolean refresh(List<AddressFile> files) {
        boolean changed = false;
        for (AddressFile file : files) {
            changed |= file.refresh();
        }
        return changed;
    }
}

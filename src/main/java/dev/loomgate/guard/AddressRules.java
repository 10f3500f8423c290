package dev.loomgate.guard;

import java.net.InetAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Who may come at all. The lists are replaced as a whole when a file of theirs has changed. */
final class AddressRules {
    private final List<Network> allowed;
    private final List<Network> denied;
    private final List<AddressFile> allowFiles;
    private final List<AddressFile> denyFiles;
    private final boolean restricted;
    private volatile AddressList allow;
    private volatile AddressList deny;

    /**
     * @param allow      networks that are let in; if there are none, and no files of them, all are
     * @param allowFiles files of more
     * @param deny       networks that are not, also if they are allowed
     * @param denyFiles  files of more
     * @throws IllegalArgumentException if a file can't be read; the message names it, and the line
     */
    AddressRules(List<Network> allow, List<Path> allowFiles, List<Network> deny, List<Path> denyFiles) {
        this.allowed = allow;
        this.denied = deny;
        this.allowFiles = allowFiles.stream().map(AddressRules::open).toList();
        this.denyFiles = denyFiles.stream().map(AddressRules::open).toList();
        // a list whose file has become empty lets nobody in, not everybody
        this.restricted = !allow.isEmpty() || !allowFiles.isEmpty();
        this.allow = join(allowed, this.allowFiles);
        this.deny = join(denied, this.denyFiles);
    }

    private static AddressFile open(Path file) {
        return AddressFile.open(file);
    }

    private static AddressList join(List<Network> fixed, List<AddressFile> files) {
        var all = new ArrayList<>(fixed);
        files.forEach(file -> all.addAll(file.networks()));
        return AddressList.of(all);
    }

    /** Whether an address is let in; null, where it is not known, unless only some are. */
    boolean admits(InetAddress address) {
        return address == null ? !restricted : !deny.contains(address) && (!restricted || allow.contains(address));
    }

    /** Whether there are lists to ask. */
    boolean isNeeded() {
        return restricted || !denied.isEmpty() || !denyFiles.isEmpty();
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

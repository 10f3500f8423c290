package dev.loomgate.config;

import java.util.Optional;

/** Reads {@code admin}. */
final class AdminReader {
    private AdminReader() {
    }

    /** The admin listener; empty if there is none: only who asks for it has a port opened. */
    static Optional<AdminConfig> read(Section root) {
        if (!root.isSection("admin")) {
            return root.value("admin", AdminReader::isOn).filter(on -> on).map(on -> AdminConfig.DEFAULT);
        }
        Section section = root.section("admin").orElseThrow();
        var admin = new AdminConfig(section.value("host", ConfigurationReader::notBlank).orElse(AdminConfig.DEFAULT.host()),
                section.integer("port", 0, 65_535, AdminConfig.DEFAULT.port()));
        section.finish();
        return Optional.of(admin);
    }

    private static boolean isOn(String text) {
        return switch (text) {
            case "on", "true" -> true;
            case "off", "false" -> false;
            default -> throw new IllegalArgumentException("on, off or keys such as {host: 127.0.0.1, port: 9090} are allowed");
        };
    }

    /** Notes that an address is one of the listeners' already. */
    static void reportTwins(Section root, AdminConfig admin, Iterable<ListenerConfig> listeners) {
        for (ListenerConfig listener : listeners) {
            if (admin.port() != 0 && admin.port() == listener.port() && admin.host().equals(listener.host())) {
                root.problem("admin", "found port " + admin.port() + " of " + admin.host() + ", which the listener "
                        + listener.name() + " has already");
            }
        }
    }
}

package dev.loomgate.gateway.scgi;

import java.nio.file.Path;
import java.util.Optional;

/** SCGI over a Unix-domain socket. */
class UnixScgiConformanceTest extends ScgiConformance {
    @Override
    Optional<Path> socket(int number) {
        return Optional.of(top.resolve("scgi" + number));
    }
}

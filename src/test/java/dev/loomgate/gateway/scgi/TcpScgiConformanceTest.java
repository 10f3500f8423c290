package dev.loomgate.gateway.scgi;

import java.nio.file.Path;
import java.util.Optional;

/** SCGI over TCP. */
class TcpScgiConformanceTest extends ScgiConformance {
    @Override
    Optional<Path> socket(int number) {
        return Optional.empty();
    }
}

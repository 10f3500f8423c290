package dev.loomgate.gateway.process;

import java.util.Optional;

import org.junit.jupiter.api.Assumptions;

import dev.loomgate.foreign.Libc;

/** Launchers for tests. */
final class Launchers {
    private Launchers() {
    }

    /** The launcher for Java 22 and later, or a skipped test where it can't be. */
    static Launcher spawn() {
        Optional<Libc> libc = SpawnLauncher.library();
        Assumptions.assumeTrue(libc.isPresent(), "needs Java 22, Linux and glibc 2.34, or later");
        return new SpawnLauncher(libc.orElseThrow());
    }
}

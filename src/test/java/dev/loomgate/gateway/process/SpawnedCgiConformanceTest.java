package dev.loomgate.gateway.process;

/** The conformance suite with scripts started by {@link SpawnLauncher}. */
class SpawnedCgiConformanceTest extends ProcessConformance {
    @Override
    Launcher launcher() {
        return Launchers.spawn();
    }
}

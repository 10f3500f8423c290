package dev.loomgate.gateway.process;

/** The conformance suite with scripts started by {@link BuilderLauncher}. */
class BuiltCgiConformanceTest extends ProcessConformance {
    @Override
    Launcher launcher() {
        return new BuilderLauncher();
    }
}

package dev.loomgate.gateway.process;

/** The behaviour of processes started by {@link BuilderLauncher}. */
class BuiltProcessBehaviourTest extends ProcessBehaviour {
    @Override
    Launcher launcher() {
        return new BuilderLauncher();
    }
}

package dev.loomgate.gateway.process;

/** The behaviour of processes started by {@link SpawnLauncher}. */
class SpawnedProcessBehaviourTest extends ProcessBehaviour {
    @Override
    Launcher launcher() {
        return Launchers.spawn();
    }
}

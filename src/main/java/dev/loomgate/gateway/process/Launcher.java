package dev.loomgate.gateway.process;

import dev.loomgate.gateway.GatewayException;
import dev.loomgate.gateway.StderrLog;

/** Starts processes, each as the leader of a process group of its own. */
sealed interface Launcher permits SpawnLauncher, BuilderLauncher {
    /**
     * Starts a process.
     *
     * @param command what to start
     * @param stderr  where its error output goes
     * @return the running process; to be closed by the caller
     * @throws GatewayException with the reason in words, and 503 where waiting may help, if it can't be started
     */
    ScriptProcess launch(Command command, StderrLog stderr) throws GatewayException;

    /** The best way that this machine offers. */
    static Launcher best() {
        return SpawnLauncher.library().<Launcher>map(SpawnLauncher::new).orElseGet(BuilderLauncher::new);
    }
}

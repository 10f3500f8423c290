package dev.loomgate;

import dev.loomgate.cli.CommandLineInterface;
import dev.loomgate.cli.ParentProcess;

/** Where Java begins. */
public final class Loomgate {
    private Loomgate() {
    }

    /**
     * Runs the command line and ends the process with its exit status.
     *
     * @param arguments see {@code --help}
     */
    public static void main(String[] arguments) {
        ParentProcess.endTogether();
        System.exit(CommandLineInterface.run(arguments));
    }
}

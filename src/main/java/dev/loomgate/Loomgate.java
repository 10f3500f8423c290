package dev.loomgate;

import dev.loomgate.cli.CommandLineInterface;

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
        System.exit(CommandLineInterface.run(arguments));
    }
}

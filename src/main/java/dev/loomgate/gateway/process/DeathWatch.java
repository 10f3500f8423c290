package dev.loomgate.gateway.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

import dev.loomgate.gateway.GatewayException;
import dev.loomgate.gateway.Octets;
import dev.loomgate.gateway.StderrLog;

/**
 * A shell that ends the process groups of programs when this server has ended without doing so itself, as after
 * {@code kill -9}: its input is a pipe that the system closes then. A program that waits for connections on a socket of its own, such
 * as php-cgi, would not notice, and stay for ever.
 *
 * <p>Not PR_SET_PDEATHSIG: that tells the program itself and none of its children, which php-cgi's outlive it when it is killed;
 * it comes when the thread that started the program ends, not the process; and it needs a launcher in between, which would hide why
 * a program can't be started.
 *
 * <p>Safe for use by many threads.
 */
final class DeathWatch implements AutoCloseable {
    private static final Path SHELL = Path.of("/bin/sh");

    /** How long the shell may take to be gone. */
    private static final Duration DEATH = Duration.ofSeconds(2);

    /** Time between SIGTERM and SIGKILL, in seconds. */
    private static final String GRACE = "2";

    /** Signals of a terminal or a service manager are for the server, which ends its programs in good order. */
    private static final String SCRIPT = """
            trap '' HUP INT QUIT TERM
            groups=
            while read -r what group; do
                others=
                for one in $groups; do
                    [ "$one" = "$group" ] || others="$others $one"
                done
                groups=$others
                [ "$what" = - ] || groups="$groups $group"
            done
            [ -n "$groups" ] || exit 0
            for one in $groups; do kill -TERM "-$one" 2> /dev/null; done
            sleep "$2"
            for one in $groups; do kill -KILL "-$one" 2> /dev/null; done
            rm -f "$1/socket"
            rmdir "$1"
            """;

    private final ScriptProcess shell;

    private DeathWatch(ScriptProcess shell) {
        this.shell = shell;
    }

    /**
     * Starts the shell.
     *
     * @param directory holds the programs' socket; is removed when the server has been killed
     * @throws GatewayException if it can't be started
     */
    static DeathWatch start(Launcher launcher, Path directory) throws GatewayException {
        List<String> words = List.of(SHELL.toString(), "-c", SCRIPT, "loomgate-death-watch", Octets.of(directory), GRACE);
        var command = new Command(SHELL, words, Map.of("PATH", "/usr/bin:/bin"), directory.getParent(), new Command.Stdin.Pipe());
        return new DeathWatch(launcher.launch(command, new StderrLog(SHELL)));
    }

    /** The group that this process leads is to be ended with the server. */
    void add(long leader) {
        tell("+ " + leader);
    }

    /** The group has ended, or is no business of the server any more. */
    void remove(long leader) {
        tell("- " + leader);
    }

    private synchronized void tell(String line) {
        byte[] bytes = (line + '\n').getBytes(StandardCharsets.US_ASCII);
        // shorter than PIPE_BUF: as a whole or not at all. A shell that is gone or stopped can't be helped
        shell.write(bytes, 0, bytes.length);
    }

    /** Ends the shell, and no other process. */
    @Override
    public synchronized void close() throws IOException {
        shell.signal(ScriptProcess.Signal.KILL);
        shell.awaitExit(DEATH);
        shell.close();
    }
}

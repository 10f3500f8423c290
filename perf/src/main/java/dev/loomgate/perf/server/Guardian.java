package dev.loomgate.perf.server;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Ends what is still running when this process has ended, whatever way, kill -9 among them: a shell in a session of its own that
 * knows the sessions that were started, and waits for the end of its input. Then it kills them and removes the working directory.
 */
final class Guardian {
    private static final String SCRIPT = """
            trap '' HUP INT TERM
            live=
            while read -r verb id; do
                rest=
                for one in $live; do
                    [ "$one" = "$id" ] || rest="$rest $one"
                done
                live=$rest
                [ "$verb" = ended ] || live="$live $id"
            done
            for one in $live; do
                kill -s KILL -- "-$one" 2> /dev/null # as dash wants it
            done
            rm -rf "$1"
            """;

    private final PrintStream news;

    Guardian(Path work) throws IOException {
        var process = new ProcessBuilder("setsid", "sh", "-c", SCRIPT, "guardian", work.toString())
                .redirectError(ProcessBuilder.Redirect.DISCARD).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
        news = new PrintStream(process.getOutputStream(), true, StandardCharsets.US_ASCII);
    }

    synchronized void started(long session) {
        news.println("started " + session);
    }

    synchronized void ended(long session) {
        news.println("ended " + session);
    }
}

package dev.loomgate.gateway;

import java.nio.file.Path;
import java.util.List;

/**
 * A script that a request path leads to.
 *
 * @param name        SCRIPT_NAME: the decoded part of the path that names the script, empty or beginning with a slash
 *                    ({@linkplain Octets octets})
 * @param pathInfo    PATH_INFO: the decoded rest, empty or beginning with a slash (octets)
 * @param file        the program or the file that an interpreter runs; absolute
 * @param interpreter command that runs the file, without the file itself; empty if the file is itself executable
 */
public record Script(String name, String pathInfo, Path file, List<String> interpreter) implements Resolution {
    /** Keeps its own copy of the interpreter's command. */
    public Script {
        interpreter = List.copyOf(interpreter);
    }

    /** Whether the script writes the whole HTTP response itself (RFC 3875 section 5): its file name begins with nph-. */
    public boolean isNonParsedHeader() {
        return file.getFileName().toString().startsWith("nph-");
    }
}

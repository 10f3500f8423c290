package dev.loomgate.gateway;

import io.helidon.http.Status;

/** What a request path leads to. */
public sealed interface Resolution permits Script, Resolution.NotAScript, Resolution.MissingSlash, Resolution.Refused {
    /**
     * A file that is there but is no script, by its extension: another route may serve it.
     *
     * @param reason what was found, for the log
     */
    record NotAScript(String reason) implements Resolution {
    }

    /**
     * A directory with an index script, asked for without the slash at its end; relative links of the index would not work.
     *
     * @param location encoded path to redirect the client to; begins with exactly one slash
     */
    record MissingSlash(String location) implements Resolution {
    }

    /**
     * Nothing that may be run.
     *
     * @param status status for the client
     * @param reason what was wrong and what to do, for the log
     */
    record Refused(Status status, String reason) implements Resolution {
    }
}

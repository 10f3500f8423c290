package dev.loomgate.handler;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;

/**
 * Servers that do the same, reached by HTTP in blocking code: a virtual thread that waits for one is parked. Safe for use by many
 * threads. A thread that is interrupted while it waits gives up, so that calls can be cancelled.
 */
public interface HttpBackend {
    /**
     * The same, with another time for each call; the wait for a connection has the limits of the group instead.
     *
     * @param limit above zero
     */
    HttpBackend within(Duration limit);

    /**
     * Asks one of the servers. Only what was not sent, or may be sent twice (RFC 9110 section 9.2.2) and met a kept connection that
     * was closed, is tried again.
     *
     * @param method such as {@code POST}
     * @param target path and query, percent-encoded, beginning with a slash
     * @param fields header fields; Host and the length are set by themselves
     * @param body   may be empty
     * @return the answer, whatever its status
     * @throws IOException          if no server can be reached, or none answers in time or as it should
     * @throws InterruptedException if the thread is interrupted
     */
    HttpReply send(String method, String target, Map<String, String> fields, byte[] body) throws IOException, InterruptedException;

    /** Asks one of the servers for what is at a place. Throws as {@link #send}. */
    default HttpReply get(String target) throws IOException, InterruptedException {
        return send("GET", target, Map.of(), new byte[0]);
    }
}

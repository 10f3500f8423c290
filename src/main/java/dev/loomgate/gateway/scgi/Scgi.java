package dev.loomgate.gateway.scgi;

import java.util.Map;

import dev.loomgate.gateway.Dialogue;
import dev.loomgate.gateway.Script;
import dev.loomgate.gateway.StreamExchanges;
import dev.loomgate.upstream.Connection;

/**
 * SCGI, as {@link StreamExchanges} speaks it. Immutable.
 *
 * @param halfClose whether the end of the body is told by closing this direction of the connection, as well as by
 *                  CONTENT_LENGTH: scripts whose standard input is the connection read to its end, and some servers take it for
 *                  the client's leaving
 */
public record Scgi(boolean halfClose) implements StreamExchanges.Protocol {
    @Override
    public Dialogue open(Connection connection, Script script, Map<String, String> variables) {
        return new ScgiDialogue(connection, variables, halfClose);
    }
}

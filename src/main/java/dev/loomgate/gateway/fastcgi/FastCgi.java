package dev.loomgate.gateway.fastcgi;

import java.util.Map;

import dev.loomgate.gateway.Dialogue;
import dev.loomgate.gateway.Script;
import dev.loomgate.gateway.StreamExchanges;
import dev.loomgate.upstream.Connection;

/**
 * FastCGI, as {@link StreamExchanges} speaks it. Immutable.
 *
 * @param keep whether connections are kept for further requests
 */
record FastCgi(boolean keep) implements StreamExchanges.Protocol {
    @Override
    public Dialogue open(Connection connection, Script script, Map<String, String> variables) {
        return new FastCgiDialogue(connection, Role.RESPONDER, script.file(), variables, keep);
    }
}

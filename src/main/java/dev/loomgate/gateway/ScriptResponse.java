package dev.loomgate.gateway;

import java.util.List;
import java.util.OptionalLong;

import io.helidon.http.Status;

/**
 * What the header of a script's output says (RFC 3875 section 6). Values are {@linkplain Octets octets}.
 *
 * <p>The RFC's four kinds of response are three here: a client redirect with a document is a {@link Document} with its
 * status and its Location among the fields.
 */
public sealed interface ScriptResponse {
    /**
     * A header field for the client.
     *
     * @param name  as the script wrote it
     * @param value without blanks around it
     */
    record Field(String name, String value) {
    }

    /**
     * A document, or anything else with a status of its own (sections 6.2.1 and 6.2.4); the body follows.
     *
     * @param status        status for the client
     * @param fields        fields for the client, in the script's order, without Status, Content-Length and those that belong
     *                      to the connection
     * @param contentLength length of the body, in bytes, if the script says it
     */
    record Document(Status status, List<Field> fields, OptionalLong contentLength) implements ScriptResponse {
        /** Keeps a copy of the fields. */
        public Document {
            fields = List.copyOf(fields);
        }
    }

    /**
     * A redirect within this server (section 6.2.2).
     *
     * @param location path and optional query; begins with a slash
     */
    record LocalRedirect(String location) implements ScriptResponse {
    }

    /**
     * A redirect of the client without a document (section 6.2.3).
     *
     * @param location where to
     * @param fields   all fields for the client, Location among them
     */
    record ClientRedirect(String location, List<Field> fields) implements ScriptResponse {
        /** Keeps a copy of the fields. */
        public ClientRedirect {
            fields = List.copyOf(fields);
        }
    }
}

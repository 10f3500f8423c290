package dev.loomgate.gateway;

import java.io.IOException;

/** A script's output ends here because the script failed, is late, or is not wanted any more; carries what to tell the client. */
public final class ScriptFailedException extends IOException {
    private final GatewayException failure;

    /** For the failure that the request ends with. */
    public ScriptFailedException(GatewayException failure) {
        super(failure.getMessage(), failure);
        this.failure = failure;
    }

    /** What the request ends with. */
    public GatewayException failure() {
        return failure;
    }
}

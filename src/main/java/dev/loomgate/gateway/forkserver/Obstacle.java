package dev.loomgate.gateway.forkserver;

import java.time.Duration;
import java.util.Optional;

import io.helidon.http.Status;

import dev.loomgate.gateway.GatewayException;
import dev.loomgate.gateway.Script;

/**
 * Why a script has no fork server now.
 *
 * @param reason in words, for the log
 * @param passes when it may have one again, if the script is not to blame
 */
record Obstacle(String reason, Optional<Duration> passes) {
    /** One that stays until the script changes. */
    static Obstacle lasting(String reason) {
        return new Obstacle(reason, Optional.empty());
    }

    /** What a client is told where the script may run in no other way. */
    GatewayException forClient(Script script) {
        return new GatewayException(passes.isPresent() ? Status.SERVICE_UNAVAILABLE_503 : Status.INTERNAL_SERVER_ERROR_500,
                "no fork server for '" + script.file() + "', and the route allows nothing else: " + reason, passes.orElse(null), null);
    }
}

package dev.loomgate.server;

import java.util.Optional;

import dev.loomgate.gateway.Load;

/**
 * What a gateway does, for people.
 *
 * @param route   path pattern of its route
 * @param handler name of the handler, as in the configuration
 * @param load    what it has to do now
 * @param trouble why nothing can run at present, if there is such a reason
 */
public record GatewayLine(String route, String handler, Load load, Optional<String> trouble) {
}

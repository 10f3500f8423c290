package dev.loomgate.gateway;

/**
 * Who sent the request, once something before the gateway has established it. A filter that authenticates registers one in
 * {@code ServerRequest.context()}; scripts then see AUTH_TYPE and REMOTE_USER (RFC 3875 sections 4.1.1 and 4.1.11).
 *
 * @param authType the authentication scheme, such as {@code Basic}
 * @param name     the user's name
 */
public record AuthenticatedUser(String authType, String name) {
    /** Neither part may be empty: RFC 3875 says so of AUTH_TYPE, and an empty user name reads as "nobody" to scripts. */
    public AuthenticatedUser {
        if (authType.isEmpty() || name.isEmpty()) {
            throw new IllegalArgumentException("authentication type and user name must not be empty");
        }
    }
}

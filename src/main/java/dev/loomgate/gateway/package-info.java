/**
 * What every gateway of the CGI family shares: the meta-variables of RFC 3875 section 4.1, the split of a request path into
 * script and extra path, and the reading of a script's response (section 6).
 *
 * <p>May use {@code route} and the capability interfaces of {@code transport}.
 */
package dev.loomgate.gateway;

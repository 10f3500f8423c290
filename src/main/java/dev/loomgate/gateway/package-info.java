/**
 * What every gateway of the CGI family shares, in the order in which a request meets it:
 * <ol>
 * <li>{@link dev.loomgate.gateway.ScriptResolver} finds the script and splits the path (RFC 3875 section 3.3);
 * <li>{@link dev.loomgate.gateway.RequestBody} brings the body into a form of known length;
 * <li>{@link dev.loomgate.gateway.MetaVariables} builds the environment (section 4.1);
 * <li>the gateway hands these to the script in its own way, and has a {@link dev.loomgate.gateway.ScriptOutput};
 * <li>{@link dev.loomgate.gateway.ResponseRelay} reads the output's header with a
 *     {@link dev.loomgate.gateway.ScriptResponseParser} (section 6) and passes the rest on as it comes;
 * <li>{@link dev.loomgate.gateway.LocalRedirection} sends the request on, if that is what the script wants.
 * </ol>
 * What fails on the way is a {@link dev.loomgate.gateway.GatewayException}: a status for the client, a reason for the log.
 * Everything that is bytes to client and script is kept as {@linkplain dev.loomgate.gateway.Octets octets}.
 *
 * <p>{@link dev.loomgate.gateway.ScriptGateway} is the frame of all this. {@link dev.loomgate.gateway.Exchange} is one request while
 * a script works on it: its time, and why it ends early. Programs that listen on a socket share
 * {@link dev.loomgate.gateway.StreamExchanges}; what they speak is a {@link dev.loomgate.gateway.Dialogue}. An
 * {@link dev.loomgate.gateway.Authorizer} is such a program that is asked whether a request may be served, by whatever handler.
 *
 * <p>May use {@code route}, {@code upstream} and the capability interfaces of {@code transport}.
 */
package dev.loomgate.gateway;

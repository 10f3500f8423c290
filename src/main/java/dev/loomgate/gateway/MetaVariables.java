package dev.loomgate.gateway;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

import dev.loomgate.transport.RequestId;
import io.helidon.common.socket.PeerInfo;
import io.helidon.http.Header;
import io.helidon.http.HeaderNames;
import io.helidon.http.HttpPrologue;
import io.helidon.http.ServerRequestHeaders;
import io.helidon.webserver.http.ServerRequest;

/**
 * Builds the meta-variables of a request (RFC 3875 section 4.1), which every gateway of the CGI family hands to its script.
 * Names and values are {@linkplain Octets octets}.
 *
 * <p>Beyond the RFC there are the variables that scripts have come to expect of Apache httpd: REQUEST_URI, REQUEST_SCHEME,
 * HTTPS, DOCUMENT_ROOT, SCRIPT_FILENAME, SERVER_ADDR, REMOTE_PORT, REDIRECT_STATUS (without which php-cgi refuses to run) and,
 * after a local redirect, REDIRECT_URL. UNIQUE_ID and HTTP_X_REQUEST_ID are the request's id, whatever the client wrote into
 * {@code X-Request-Id}: only a trusted proxy's is taken.
 *
 * <p>Request header fields become HTTP_ variables (section 4.1.18) with these exceptions, each for a reason:
 * <ul>
 * <li>{@code Proxy} never: HTTP_PROXY is what libraries read to find their own proxy ("httpoxy").
 * <li>{@code Authorization} and {@code Proxy-Authorization} only if allowed (section 9.2: the script need not be trusted with
 *     passwords that the server checks).
 * <li>{@code Content-Type} and {@code Content-Length} are CONTENT_TYPE and CONTENT_LENGTH already; {@code Transfer-Encoding}
 *     is no longer true of the body that the script reads.
 * <li>names with anything but letters, digits and hyphens: {@code X_Y} would become the same variable as {@code X-Y}, so that
 *     a client could forge what a front server sets.
 * </ul>
 *
 * <p>Immutable and safe for use by many threads.
 */
public final class MetaVariables {
    private static final Set<String> NEVER = Set.of("proxy", "content-type", "content-length", "transfer-encoding");
    private static final Set<String> CREDENTIALS = Set.of("authorization", "proxy-authorization");

    private static final Set<String> NOT_IN_QUESTIONS = Set.of("CONTENT_LENGTH", "PATH_INFO", "PATH_TRANSLATED", "SCRIPT_NAME");

    private final Options options;
    private final Optional<String> documentRoot;

    /** Builds variables with these options. */
    public MetaVariables(Options options) {
        this.options = options;
        this.documentRoot = options.documentRoot().map(Octets::of);
    }

    /**
     * What the variables are built with besides the request.
     *
     * @param documentRoot      directory that PATH_TRANSLATED maps into, also DOCUMENT_ROOT; without one neither is set
     * @param passAuthorization whether the script gets HTTP_AUTHORIZATION and HTTP_PROXY_AUTHORIZATION
     * @param scriptIsFile      whether the script is a file, so that there is a SCRIPT_FILENAME
     * @param serverSoftware    SERVER_SOFTWARE: name, slash, version
     */
    public record Options(Optional<Path> documentRoot, boolean passAuthorization, boolean scriptIsFile,
                          String serverSoftware) {
        /** Makes the document root absolute. */
        public Options {
            documentRoot = documentRoot.map(Path::toAbsolutePath).map(Path::normalize);
            Objects.requireNonNull(serverSoftware);
        }
    }

    /** Name and version of this server as SERVER_SOFTWARE says them; the version is known in the packaged server only. */
    public static String serverSoftware() {
        String version = MetaVariables.class.getPackage().getImplementationVersion();
        return version == null ? "Loomgate" : "Loomgate/" + version;
    }

    /**
     * The variables of one request.
     *
     * @param request       the request
     * @param script        the script that it leads to
     * @param contentLength length of the body as the script will read it, in bytes; empty if there is no body
     * @return a new map that the caller may change
     */
    public Map<String, String> of(ServerRequest request, Script script, OptionalLong contentLength) {
        var variables = new LinkedHashMap<String, String>(64);
        headerVariables(variables, request.headers());
        requestVariables(variables, request, contentLength);
        scriptVariables(variables, script);
        serverVariables(variables, request);
        remoteVariables(variables, request);
        redirectVariables(variables, request);
        String id = RequestId.of(request);
        put(variables, "UNIQUE_ID", id);
        put(variables, "HTTP_X_REQUEST_ID", id);
        GrantedVariables.of(request).ifPresent(granted -> granted.values().forEach((name, value) -> put(variables, name, value)));
        return variables;
    }

    /**
     * The variables for a program that is asked about a request before it is known what serves it (FastCGI 1.0, section 6.3): there
     * are no CONTENT_LENGTH, PATH_INFO, PATH_TRANSLATED and SCRIPT_NAME, since there is no body, and the path has not been split.
     * Such a program is to decide by DOCUMENT_URI, as nginx calls it: the path in the one form by which routes are found. A path has
     * many spellings in REQUEST_URI, which is that of the request as it comes to the route, also after a local redirect.
     *
     * @param request the request
     * @param asked   the program
     * @return a new map that the caller may change
     */
    public Map<String, String> ofQuestion(ServerRequest request, Script asked) {
        Map<String, String> variables = of(request, asked, OptionalLong.empty());
        NOT_IN_QUESTIONS.forEach(variables::remove);
        if (request.headers().contains(HeaderNames.CONTENT_TYPE)) {
            put(variables, "CONTENT_TYPE", request.headers().get(HeaderNames.CONTENT_TYPE).get());
        }
        put(variables, "REQUEST_URI", LocalRedirection.uriOf(request));
        put(variables, "DOCUMENT_URI", Octets.of(request.prologue().uriPath().path()));
        return variables;
    }

    private void headerVariables(Map<String, String> variables, ServerRequestHeaders headers) {
        for (Header header : headers) {
            String name = header.headerName().lowerCase();
            if (NEVER.contains(name) || CREDENTIALS.contains(name) && !options.passAuthorization()) {
                continue;
            }
            String variable = variableOf(name);
            if (variable != null) {
                if (name.equals("traceparent") || name.equals("tracestate")) {
                    // where tracers of scripts look for it (OpenTelemetry, environment variables as context propagation)
                    put(variables, name.toUpperCase(Locale.ROOT), header.get());
                }
                put(variables, variable, header.valueCount() == 1
                        ? header.get()
                        : String.join(name.equals("cookie") ? "; " : ", ", header.allValues()));
            }
        }
    }

    /** HTTP_ and the name in capitals with underscores; null if the name has a character that this could not tell apart. */
    private static String variableOf(String lowerCaseName) {
        var variable = new StringBuilder(5 + lowerCaseName.length()).append("HTTP_");
        for (int i = 0; i < lowerCaseName.length(); i++) {
            char c = lowerCaseName.charAt(i);
            if (c >= 'a' && c <= 'z') {
                variable.append((char) (c - 'a' + 'A'));
            } else if (c == '-') {
                variable.append('_');
            } else if (c >= '0' && c <= '9') {
                variable.append(c);
            } else {
                return null;
            }
        }
        return variable.toString();
    }

    private static void requestVariables(Map<String, String> variables, ServerRequest request, OptionalLong contentLength) {
        HttpPrologue prologue = request.prologue();
        ServerRequestHeaders headers = request.headers();
        if (contentLength.isPresent()) {
            put(variables, "CONTENT_LENGTH", Long.toString(contentLength.getAsLong()));
            if (headers.contains(HeaderNames.CONTENT_TYPE)) {
                put(variables, "CONTENT_TYPE", headers.get(HeaderNames.CONTENT_TYPE).get());
            }
        }
        put(variables, "REQUEST_METHOD", LocalRedirection.method(request).text());
        put(variables, "QUERY_STRING", prologue.query().rawValue());
        put(variables, "SERVER_PROTOCOL", prologue.protocol() + '/' + prologue.protocolVersion());
        put(variables, "REQUEST_SCHEME", request.isSecure() ? "https" : "http");
        if (request.isSecure()) {
            put(variables, "HTTPS", "on");
        }
        TlsVariables.put(variables, request);
        request.context().get(AuthenticatedUser.class).ifPresent(user -> {
            put(variables, "AUTH_TYPE", Octets.of(user.authType()));
            put(variables, "REMOTE_USER", Octets.of(user.name()));
        });
    }

    private void scriptVariables(Map<String, String> variables, Script script) {
        put(variables, "SCRIPT_NAME", script.name());
        if (options.scriptIsFile()) {
            put(variables, "SCRIPT_FILENAME", Octets.of(script.file()));
        }
        documentRoot.ifPresent(root -> put(variables, "DOCUMENT_ROOT", root));
        if (!script.pathInfo().isEmpty()) {
            put(variables, "PATH_INFO", script.pathInfo());
            documentRoot.ifPresent(root -> put(variables, "PATH_TRANSLATED", root + script.pathInfo()));
        }
    }

    private void serverVariables(Map<String, String> variables, ServerRequest request) {
        put(variables, "GATEWAY_INTERFACE", "CGI/1.1");
        put(variables, "SERVER_SOFTWARE", options.serverSoftware());
        String address = addressOf(request.localPeer());
        String authority = authorityOf(request);
        put(variables, "SERVER_ADDR", address);
        put(variables, "SERVER_NAME", hostOf(authority).orElse(address.indexOf(':') < 0 ? address : '[' + address + ']'));
        put(variables, "SERVER_PORT", Integer.toString(request.localPeer().port()));
        if (!authority.isEmpty()) {
            // HTTP/2 has no Host field, but scripts build their links from HTTP_HOST
            variables.putIfAbsent("HTTP_HOST", authority);
        }
    }

    private static void remoteVariables(Map<String, String> variables, ServerRequest request) {
        String address = addressOf(request.remotePeer());
        put(variables, "REMOTE_ADDR", address);
        // section 4.1.9 allows the address for the name, which nobody wants to wait for
        put(variables, "REMOTE_HOST", address);
        put(variables, "REMOTE_PORT", Integer.toString(request.remotePeer().port()));
    }

    private static void redirectVariables(Map<String, String> variables, ServerRequest request) {
        Optional<LocalRedirection> redirection = LocalRedirection.of(request);
        put(variables, "REQUEST_URI", redirection.map(LocalRedirection::requestUri)
                .orElseGet(() -> LocalRedirection.uriOf(request)));
        put(variables, "REDIRECT_STATUS", "200");
        redirection.ifPresent(r -> put(variables, "REDIRECT_URL", r.from()));
    }

    private static String addressOf(PeerInfo peer) {
        if (!(peer.address() instanceof InetSocketAddress inet)) {
            return Octets.of(peer.host());
        }
        InetAddress address = inet.getAddress();
        if (address == null) {
            return inet.getHostString();
        }
        String text = address.getHostAddress();
        int zone = text.indexOf('%');
        return zone < 0 ? text : text.substring(0, zone);
    }

    private static String authorityOf(ServerRequest request) {
        ServerRequestHeaders headers = request.headers();
        if (headers.contains(HeaderNames.HOST)) {
            return headers.get(HeaderNames.HOST).get();
        }
        // HTTP/1.0 may come without a host, and asking for the authority then fails
        return request.prologue().protocolVersion().startsWith("1.") ? "" : request.authority();
    }

    /** The host without its port, or empty if it is none that a script could safely print. */
    private static Optional<String> hostOf(String authority) {
        int bracket = authority.indexOf(']');
        int colon = authority.indexOf(':', Math.max(bracket, 0));
        String host = colon < 0 ? authority : authority.substring(0, colon);
        boolean plain = !host.isEmpty() && host.chars().allMatch(MetaVariables::isHostCharacter);
        return plain ? Optional.of(host) : Optional.empty();
    }

    private static boolean isHostCharacter(int c) {
        return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || "-._[]:".indexOf(c) >= 0;
    }

    /** A NUL would end the variable early on its way to the script: such a value is not passed at all. */
    private static void put(Map<String, String> variables, String name, String value) {
        if (value.indexOf('\0') < 0) {
            variables.put(name, value);
        }
    }
}

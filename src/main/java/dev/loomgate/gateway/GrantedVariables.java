package dev.loomgate.gateway;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

import io.helidon.webserver.http.ServerRequest;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Variables that authorizers have given a request together with their consent (FastCGI 1.0, section 6.3: fields of the name
 * {@code Variable-NAME}). They are kept in the request's context, from where every script gets them that the request comes to,
 * also after a local redirect. They take the place of variables that the client's fields make, so that no client can set one that
 * an authorizer sets. AUTH_TYPE and REMOTE_USER say who the user is, also to servlets and handlers.
 *
 * <p>What the server itself says of a request is not replaced: a variable that would decide which file is run, or with what, is
 * left out, and so is one that the system's loader or PHP would obey.
 *
 * @param values names and values, {@linkplain Octets octets}
 */
public record GrantedVariables(Map<String, String> values) {
    /** Under which handlers that know no gateway find the same map in a request's context. */
    public static final String VARIABLES = "AUTHORIZER_VARIABLES";
    /** Under which they find who the user is: a text. */
    public static final String REMOTE_USER = "REMOTE_USER";
    private static final String AUTH_TYPE = "AUTH_TYPE";

    private static final Logger LOGGER = LoggerFactory.getLogger(GrantedVariables.class);
    private static final String PREFIX = "variable-";
    private static final Set<String> OF_THE_SERVER = Set.of("CONTENT_LENGTH", "CONTENT_TYPE", "DOCUMENT_ROOT", "DOCUMENT_URI",
            "GATEWAY_INTERFACE", "HTTPS", "HTTP_PROXY", "PATH", "PATH_INFO", "PATH_TRANSLATED", "PHP_ADMIN_VALUE", "PHP_VALUE",
            "QUERY_STRING", "REDIRECT_STATUS", "REDIRECT_URL", "REMOTE_ADDR", "REMOTE_HOST", "REMOTE_PORT", "REQUEST_METHOD",
            "REQUEST_SCHEME", "REQUEST_URI", "SCRIPT_FILENAME", "SCRIPT_NAME", "SERVER_ADDR", "SERVER_NAME", "SERVER_PORT",
            "SERVER_PROTOCOL", "SERVER_SOFTWARE", "UNIQUE_ID", "HTTP_X_REQUEST_ID");

    /** Keeps a copy. */
    public GrantedVariables {
        values = Map.copyOf(values);
    }

    /** What a request has been given; empty if nothing. */
    public static Optional<GrantedVariables> of(ServerRequest request) {
        return request.context().get(GrantedVariables.class, GrantedVariables.class);
    }

    /** Those that are among the fields of an authorizer's answer; the last of a name counts. */
    static GrantedVariables in(List<ScriptResponse.Field> fields) {
        var values = new LinkedHashMap<String, String>();
        for (ScriptResponse.Field field : fields) {
            if (field.name().toLowerCase(Locale.ROOT).startsWith(PREFIX) && field.name().length() > PREFIX.length()) {
                String name = nameOf(field.name().substring(PREFIX.length()));
                if (OF_THE_SERVER.contains(name) || name.startsWith("LD_")) {
                    LOGGER.debug("an authorizer's variable {} is left out: the server itself sets it", name);
                } else {
                    values.put(name, field.value());
                }
            }
        }
        return new GrantedVariables(values);
    }

    /** A field's name may hold what no variable's can: as Apache httpd does, that becomes an underscore. */
    private static String nameOf(String text) {
        var name = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean letter = c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z';
            name.append(letter || i > 0 && c >= '0' && c <= '9' ? c : '_');
        }
        return name.toString();
    }

    /** Gives them to a request, beside those that it has been given before. */
    void grantTo(ServerRequest request) {
        if (values.isEmpty()) {
            return;
        }
        var all = new LinkedHashMap<>(of(request).map(GrantedVariables::values).orElse(Map.of()));
        all.putAll(values);
        var granted = new GrantedVariables(all);
        request.context().register(GrantedVariables.class, granted);
        request.context().register(VARIABLES, granted.values);
        granted.user().ifPresent(user -> request.context().register(REMOTE_USER, user));
    }

    /** Who the user is, if an authorizer says it. */
    public Optional<String> user() {
        return text(REMOTE_USER);
    }

    /** How that was found out, if an authorizer says it. */
    public Optional<String> authType() {
        return text(AUTH_TYPE);
    }

    private Optional<String> text(String name) {
        return Optional.ofNullable(values.get(name)).filter(value -> !value.isEmpty())
                .map(value -> Octets.decode(value).orElse(value));
    }
}

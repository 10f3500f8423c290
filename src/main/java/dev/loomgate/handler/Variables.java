package dev.loomgate.handler;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** The meta-variables of a request (RFC 3875 section 4.1), for {@link Request#variable}. */
final class Variables {
    /** Two have variables of their own; Proxy would be HTTP_PROXY, which HTTP clients obey; credentials stay out of it. */
    private static final Set<String> WITHHELD = Set.of("CONTENT_TYPE", "CONTENT_LENGTH", "PROXY", "AUTHORIZATION",
            "PROXY_AUTHORIZATION");

    private Variables() {
    }

    /**
     * Of a request.
     *
     * @param user    who was authenticated; null if nobody was
     * @param granted what an authorizer has given the request, over all others; null if nothing
     */
    static Map<String, String> of(Request request, String protocol, String user, String id, Map<?, ?> granted) {
        var variables = new LinkedHashMap<String, String>();
        variables.put("GATEWAY_INTERFACE", "CGI/1.1");
        variables.put("SERVER_PROTOCOL", protocol);
        variables.put("SERVER_SOFTWARE", "Loomgate");
        variables.put("SERVER_NAME", request.serverName());
        variables.put("SERVER_PORT", Integer.toString(request.serverPort()));
        variables.put("REQUEST_METHOD", request.method());
        variables.put("REQUEST_SCHEME", request.secure() ? "https" : "http");
        variables.put("REQUEST_URI", request.requestUri());
        variables.put("SCRIPT_NAME", request.scriptName());
        variables.put("QUERY_STRING", request.queryString());
        variables.put("REMOTE_ADDR", request.remoteAddress());
        variables.put("REMOTE_HOST", request.remoteAddress());
        variables.put("REMOTE_PORT", Integer.toString(request.remotePort()));
        if (user != null) {
            variables.put("AUTH_TYPE", "Basic");
            variables.put("REMOTE_USER", user);
        }
        if (request.secure()) {
            variables.put("HTTPS", "on");
        }
        if (!request.pathInfo().isEmpty()) {
            variables.put("PATH_INFO", request.pathInfo());
        }
        if (request.contentLength() >= 0) {
            variables.put("CONTENT_LENGTH", Long.toString(request.contentLength()));
        }
        if (request.contentType() != null) {
            variables.put("CONTENT_TYPE", request.contentType());
        }
        for (String name : request.headerNames()) {
            putField(variables, name, request.headers(name));
        }
        variables.put("UNIQUE_ID", id);
        variables.put("HTTP_X_REQUEST_ID", id);
        if (granted != null) {
            granted.forEach((name, value) -> variables.put(name.toString(), value.toString()));
        }
        return Collections.unmodifiableMap(variables);
    }

    private static void putField(Map<String, String> variables, String name, List<String> values) {
        if (name.indexOf('_') >= 0) {
            // X_User and X-User would both be HTTP_X_USER: one could pass for the other
            return;
        }
        String variable = name.replace('-', '_').toUpperCase(Locale.ROOT);
        if (!WITHHELD.contains(variable)) {
            variables.put("HTTP_" + variable, String.join(variable.equals("COOKIE") ? "; " : ", ", values));
        }
    }
}

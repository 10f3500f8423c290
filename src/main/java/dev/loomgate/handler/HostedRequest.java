package dev.loomgate.handler;

import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

import dev.loomgate.transport.RequestId;
import io.helidon.common.uri.UriPath;
import io.helidon.http.Header;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.RequestException;
import io.helidon.webserver.http.ServerRequest;

/** A {@link Request} over Helidon's. */
final class HostedRequest implements Request {
    private static final String FORM = "application/x-www-form-urlencoded";

    private final ServerRequest request;
    private final FormSettings formSettings;
    private final String path;
    private final String scriptName;
    private Map<String, List<String>> parameters;
    private Map<String, String> cookies;
    private Map<String, String> variables;
    private RequestBody received;
    private byte[] form;
    private MultipartForm files;
    private InputStream body;
    private BufferedReader reader;

    /** A path whose percent-encoding is malformed stays empty until {@link #requirePlainPath} refuses it. */
    HostedRequest(ServerRequest request, String mountPath, FormSettings formSettings) {
        this.request = request;
        this.formSettings = formSettings;
        this.path = decodedPath(request.path().absolute());
        this.scriptName = isUnder(mountPath, path) ? mountPath : "";
    }

    private static String decodedPath(UriPath uriPath) {
        try {
            return uriPath.path();
        } catch (IllegalArgumentException malformed) {
            return "";
        }
    }

    /** Refuses a path that no handler should have to think of. */
    void requirePlainPath() {
        if (path.isEmpty()) {
            throw new Refusal(400, "The path has a malformed percent-encoding");
        }
        // Loomgate's routes resolve dot segments, Helidon's own leave encoded ones: an attempt to climb out of something
        if (path.indexOf('\0') >= 0 || Stream.of(path.split("/")).anyMatch(s -> s.equals("..") || s.equals("."))) {
            throw new Refusal(400, "The path has an encoded dot segment or NUL");
        }
    }

    private static boolean isUnder(String mountPath, String path) {
        return path.startsWith(mountPath) && (path.length() == mountPath.length() || path.charAt(mountPath.length()) == '/');
    }

    @Override
    public String method() {
        return request.prologue().method().text();
    }

    @Override
    public String path() {
        return path;
    }

    @Override
    public String scriptName() {
        return scriptName;
    }

    @Override
    public String pathInfo() {
        return path.substring(scriptName.length());
    }

    @Override
    public String requestUri() {
        String query = queryString();
        String rawPath = request.prologue().uriPath().rawPath();
        return query.isEmpty() ? rawPath : rawPath + "?" + query;
    }

    @Override
    public String queryString() {
        return Objects.requireNonNullElse(request.prologue().query().rawValue(), "");
    }

    @Override
    public String parameter(String name) {
        List<String> values = parameters().get(name);
        return values == null ? null : values.getFirst();
    }

    @Override
    public List<String> parameters(String name) {
        return parameters().getOrDefault(name, List.of());
    }

    @Override
    public Map<String, List<String>> parameters() {
        if (parameters == null) {
            var parser = new FormParser(formSettings.maxParameters());
            parser.addQuery(queryString(), formSettings.charset());
            if (hasForm()) {
                readForm();
                parser.add(form, charset(formSettings.charset()));
            } else if (hasFiles()) {
                readFiles(parser);
            }
            parameters = parser.parameters();
        }
        return parameters;
    }

    private boolean hasForm() {
        String type = contentType();
        return type != null && ContentTypes.mediaType(type).equals(FORM) && request.content().hasEntity();
    }

    private boolean hasFiles() {
        String type = contentType();
        return type != null && ContentTypes.mediaType(type).equals(MultipartForm.TYPE) && request.content().hasEntity();
    }

    private void readFiles(FormParser parser) {
        requireUntouched();
        files = new MultipartForm(formSettings, parser);
        body = received();
        try {
            files.read(body, contentType());
        } catch (IOException e) {
            throw new UncheckedIOException("Reading the form of " + method() + " " + requestUri() + " failed", e);
        }
    }

    @Override
    public Upload upload(String name) {
        return uploads().stream().filter(upload -> upload.name().equals(name)).findFirst().orElse(null);
    }

    @Override
    public List<Upload> uploads() {
        parameters();
        return files == null ? List.of() : Collections.unmodifiableList(files.uploads());
    }

    /** Deletes what was uploaded and not moved away. */
    void deleteUploads() throws IOException {
        if (files != null) {
            files.delete();
        }
    }

    private void requireUntouched() {
        if (body != null) {
            throw new IllegalStateException("The body was taken by body() or in() before the parameters of the form in it were"
                    + " asked for; ask for a parameter first, the body can be read after that");
        }
    }

    private void readForm() {
        if (form != null) {
            return;
        }
        requireUntouched();
        int limit = formSettings.maxBytes();
        if (contentLength() > limit) {
            throw tooLarge(limit);
        }
        try {
            InputStream in = received();
            form = in.readNBytes(limit);
            if (form.length == limit && in.read() >= 0) {
                throw tooLarge(limit);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("Reading the form of " + method() + " " + requestUri() + " failed", e);
        }
    }

    private static Refusal tooLarge(int limit) {
        return new Refusal(413, "The form is longer than " + limit + " bytes");
    }

    @Override
    public String header(String name) {
        HeaderName headerName = HeaderNames.create(name);
        return request.headers().contains(headerName) ? request.headers().get(headerName).get() : null;
    }

    @Override
    public List<String> headers(String name) {
        HeaderName headerName = HeaderNames.create(name);
        return request.headers().contains(headerName) ? request.headers().get(headerName).allValues() : List.of();
    }

    @Override
    public List<String> headerNames() {
        return StreamSupport.stream(request.headers().spliterator(), false).map(Header::name).toList();
    }

    @Override
    public String cookie(String name) {
        return cookies().get(name);
    }

    @Override
    public Map<String, String> cookies() {
        if (cookies == null) {
            var found = new LinkedHashMap<String, String>();
            for (String field : headers("Cookie")) {
                for (String pair : field.split(";")) {
                    int equals = pair.indexOf('=');
                    if (equals > 0) {
                        String value = ContentTypes.unquoted(pair.substring(equals + 1).strip());
                        found.putIfAbsent(pair.substring(0, equals).strip(), value);
                    }
                }
            }
            cookies = Collections.unmodifiableMap(found);
        }
        return cookies;
    }

    @Override
    public String contentType() {
        return header("Content-Type");
    }

    @Override
    public long contentLength() {
        return request.headers().contentLength().orElse(-1);
    }

    @Override
    public String remoteAddress() {
        return numeric(request.remotePeer().address());
    }

    @Override
    public int remotePort() {
        return request.remotePeer().address() instanceof InetSocketAddress address ? address.getPort() : 0;
    }

    @Override
    public String serverName() {
        String authority = request.authority();
        if (authority == null || authority.isEmpty()) {
            return numeric(request.localPeer().address());
        }
        int port = authority.lastIndexOf(':');
        // the colons of [2001:db8::1] are not a port's
        return port > authority.lastIndexOf(']') ? authority.substring(0, port) : authority;
    }

    @Override
    public int serverPort() {
        return request.localPeer().address() instanceof InetSocketAddress address ? address.getPort() : 0;
    }

    @Override
    public boolean secure() {
        return request.isSecure();
    }

    private static String numeric(SocketAddress address) {
        // never getHostName: that would ask the DNS
        boolean resolved = address instanceof InetSocketAddress inet && !inet.isUnresolved();
        return resolved ? ((InetSocketAddress) address).getAddress().getHostAddress() : "";
    }

    @Override
    public String variable(String name) {
        if (name.equals("CONTENT_LENGTH") && contentLength() < 0 && hasForm() && (form != null || body == null)) {
            // a form in chunks: the program reads as many bytes as this says
            readForm();
            return Integer.toString(form.length);
        }
        return variables().get(name);
    }

    @Override
    public Map<String, String> variables() {
        if (variables == null) {
            // whoever has authenticated the user leaves the name there; nobody did where there are no credentials
            String user = header("Authorization") == null ? null
                    : request.context().get("REMOTE_USER", String.class).orElse(null);
            variables = Variables.of(this, request.prologue().protocol() + "/" + request.prologue().protocolVersion(), user,
                    RequestId.of(request), request.context().get("AUTHORIZER_VARIABLES", Map.class).orElse(null));
        }
        return variables;
    }

    @Override
    public InputStream body() throws IOException {
        if (reader != null) {
            throw new IllegalStateException("The body is being read as text: in() was called before body()");
        }
        return bytes();
    }

    private InputStream bytes() {
        if (body == null) {
            body = form != null ? new ByteArrayInputStream(form) : received();
        }
        return body;
    }

    private InputStream received() {
        received = new RequestBody(request.content().inputStream());
        return received;
    }

    /** Why the server refuses the body; null if it does not. */
    RequestException refusal() {
        return received == null ? null : received.refusal();
    }

    /** Whether the body could not be read to its end. */
    boolean clientGone() {
        return received != null && received.failed();
    }

    @Override
    public BufferedReader in() throws IOException {
        if (reader == null) {
            if (body != null) {
                throw new IllegalStateException("The body is being read as bytes: body() was called before in()");
            }
            Charset charset = charset(StandardCharsets.UTF_8);
            reader = new BufferedReader(new InputStreamReader(bytes(), charset));
        }
        return reader;
    }

    private Charset charset(Charset fallback) {
        String type = contentType();
        String name = type == null ? null : ContentTypes.charset(type);
        try {
            return name == null ? fallback : Charset.forName(name);
        } catch (IllegalArgumentException e) {
            throw new Refusal(415, "There is no character set '" + name + "'");
        }
    }
}

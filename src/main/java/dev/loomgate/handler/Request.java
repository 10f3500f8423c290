package dev.loomgate.handler;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;

/**
 * What a client asked. The words are those of the programs that are ported: a parameter or header that is absent is
 * {@code null}, as with {@code HttpServletRequest}, and {@link #variable} answers as {@code System.getenv} did in a CGI
 * program.
 */
public interface Request {
    /** Method as sent, such as {@code GET}; methods are case-sensitive (RFC 9110 section 9.1). */
    String method();

    /** Whole path, percent-decoded, without query, such as {@code /pets/7}; begins with {@code /}. */
    String path();

    /** The part of the path that led here: the route's mount path, such as {@code /pets}; empty for a route at the root. */
    String scriptName();

    /** The part of the path after {@link #scriptName}, percent-decoded, such as {@code /7}; empty if there is none. */
    String pathInfo();

    /** Path and query as they were sent, nothing decoded. */
    String requestUri();

    /** Query as it was sent, nothing decoded, without the {@code ?}; empty if there is none. */
    String queryString();

    /**
     * First value of a parameter of the query or of a form in the body ({@code application/x-www-form-urlencoded} or
     * {@code multipart/form-data}); the query's values come first. The body is read when a parameter is first asked for.
     *
     * @return the value, or {@code null} if there is no such parameter
     * @throws Refusal               with 400 or 413 if there are more parameters or bytes than the server allows
     * @throws IllegalStateException if the body is a form that was already taken by {@link #body} or {@link #in}
     */
    String parameter(String name);

    /** As {@link #parameter(String)}, with another answer than {@code null} for an absent parameter. */
    default String parameter(String name, String fallback) {
        String value = parameter(name);
        return value == null ? fallback : value;
    }

    /** All values of a parameter, in their order; empty if there is no such parameter. Throws as {@link #parameter(String)}. */
    List<String> parameters(String name);

    /** All parameters in the order of their first values, unmodifiable. Throws as {@link #parameter(String)}. */
    Map<String, List<String>> parameters();

    /**
     * A file of a form with files ({@code multipart/form-data}), whose texts are {@linkplain #parameter parameters}. The body is
     * read when a file or a parameter is first asked for, and can't be read again. Files are as long as a body may be.
     *
     * @param name name of the form's field
     * @return the first such file, or {@code null}. It is deleted when the handler returns, unless it was moved
     * @throws Refusal               with 400 if the form is malformed or has too many parts, 413 if its texts are too long
     * @throws IllegalStateException if the body was already taken by {@link #body} or {@link #in}
     */
    Upload upload(String name);

    /** All files of the form, in their order. Throws as {@link #upload}. */
    List<Upload> uploads();

    /** First value of a header field, letter case of the name ignored, or {@code null} if it was not sent. */
    String header(String name);

    /** All values of a header field, one for each time it was sent; empty if it was not. */
    List<String> headers(String name);

    /** Names of the header fields as they were sent, each once. */
    List<String> headerNames();

    /** Value of a cookie (RFC 6265 section 5.4), without surrounding quotes, or {@code null} if it was not sent. */
    String cookie(String name);

    /** All cookies by name; of two with one name the first counts, which is the one with the longer path. */
    Map<String, String> cookies();

    /** Media type of the body with its parameters, as sent, or {@code null}. */
    String contentType();

    /** Length of the body in bytes, or -1 if there is no body or the client didn't say (chunked transfer coding). */
    long contentLength();

    /** Address of the peer in its numeric form, such as {@code 192.0.2.7}; empty on a Unix-domain socket. */
    String remoteAddress();

    /** Port of the peer; 0 on a Unix-domain socket. */
    int remotePort();

    /** Name of the server as the client called it (Host field or its like, without port). */
    String serverName();

    /** Port that the request came in on; 0 on a Unix-domain socket. */
    int serverPort();

    /** Whether the request came over TLS to this server. */
    boolean secure();

    /**
     * A meta-variable as a CGI program finds it in its environment (RFC 3875 section 4.1): {@code REQUEST_METHOD},
     * {@code QUERY_STRING}, {@code PATH_INFO}, {@code HTTP_USER_AGENT} and so on. Makes the port of
     * {@code System.getenv(name)} a change of one word.
     *
     * <p>A form whose length the client didn't say (chunked transfer coding) is read when {@code CONTENT_LENGTH} is asked for,
     * so that a program that reads as many bytes as that says gets it; of any other body it is {@code null} then.
     *
     * <p>As for a CGI program, there is neither {@code HTTP_PROXY} nor {@code HTTP_AUTHORIZATION}; {@link #header} has the
     * latter.
     *
     * @return the value, or {@code null} if the variable is not set
     */
    String variable(String name);

    /** All meta-variables that are set, by name. */
    Map<String, String> variables();

    /**
     * The body as bytes; empty if there is none. After a form was read for {@link #parameter}, gives its bytes again.
     * Every call returns the same stream.
     *
     * @throws IllegalStateException if {@link #in} was called before
     */
    InputStream body() throws IOException;

    /**
     * The body as text, in the character set that its Content-Type names, else UTF-8. Every call returns the same reader.
     *
     * @throws IllegalStateException if {@link #body} was called before
     * @throws Refusal               with 415 if the Content-Type names a character set that doesn't exist
     */
    BufferedReader in() throws IOException;
}

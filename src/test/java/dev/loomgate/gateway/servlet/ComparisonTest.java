package dev.loomgate.gateway.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

import dev.loomgate.testing.RawClient;
import dev.loomgate.testing.RawClient.Field;
import dev.loomgate.testing.RawClient.Response;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * The same application in Loomgate and in plain Tomcat, asked the same: the responses have the same status, the same header
 * fields with the same values, and the same body. What may differ:
 *
 * <table>
 * <caption>differences that are allowed</caption>
 * <tr><th>what</th><th>why</th></tr>
 * <tr><td>reason phrase</td><td>Tomcat sends none; RFC 9112 section 4 lets a client ignore it</td></tr>
 * <tr><td>Date</td><td>the time</td></tr>
 * <tr><td>Connection, Keep-Alive</td><td>each server's own business with its client (RFC 9110 section 7.6.1): Tomcat closes
 * after 400 and 500 and says how long it waits</td></tr>
 * <tr><td>Content-Length instead of Transfer-Encoding</td><td>Loomgate knows the length of what is complete before anything was
 * sent, where Tomcat has begun chunks</td></tr>
 * <tr><td>Set-Cookie, Location: the session's id; Host and addresses: the port</td><td>made up by each server</td></tr>
 * <tr><td>the path of a request, and its query, in an odd spelling</td><td>applications see the path in the form by which its
 * route was found, without {@code //} and {@code ..}; a percent sign of the path that is none is refused before it gets there</td></tr>
 * <tr><td>Server</td><td>neither sends it; a server in front may</td></tr>
 * </table>
 */
class ComparisonTest {
    private static final String HOST = "Host: localhost:8080\r\n";

    @TempDir
    static Path directory;
    private static ServletServer loomgate;
    private static PlainTomcat tomcat;

    @BeforeAll
    static void start() throws Exception {
        Path war = WebArchives.pack(WebArchives.behaviours(directory.resolve("exploded")), directory.resolve("behaviours.war"));
        tomcat = PlainTomcat.start(directory.resolve("tomcat"), "/app", war);
        loomgate = ServletServer.start(directory, "- {path: /app/**, handler: servlet, war: behaviours.war}\n");
    }

    @AfterAll
    static void stop() throws Exception {
        if (loomgate != null) {
            loomgate.close();
        }
        if (tomcat != null) {
            tomcat.close();
        }
    }

    private static List<Response> ask(int port, List<String> requests) throws Exception {
        var responses = new ArrayList<Response>();
        String cookie = "";
        RawClient client = null;
        try {
            for (String request : requests) {
                client = client == null ? RawClient.connect(port).readTimeout(Duration.ofSeconds(20)) : client;
                client.send(request.replace("COOKIE\r\n", cookie));
                Response response = request.startsWith("HEAD ") ? client.readHead() : client.readResponse();
                while (response.status() == 100) {
                    response = client.readResponse();
                }
                responses.add(response);
                for (Field field : response.headers()) {
                    if (field.name().equalsIgnoreCase("Set-Cookie") && field.value().startsWith("JSESSIONID=")) {
                        cookie = "Cookie: " + field.value().replaceAll(";.*", "") + "\r\n";
                    }
                }
                if (response.header("Connection").filter("close"::equalsIgnoreCase).isPresent()) {
                    client.close();
                    client = null;
                }
            }
        } finally {
            if (client != null) {
                client.close();
            }
        }
        return responses;
    }

    private static boolean isChunked(Response response) {
        return response.header("Transfer-Encoding").isPresent();
    }

    private static void compare(List<String> requests) throws Exception {
        List<Response> theirs = ask(tomcat.port(), requests);
        List<Response> ours = ask(loomgate.port(), requests);
        for (int i = 0; i < requests.size(); i++) {
            boolean chunked = isChunked(theirs.get(i)) || isChunked(ours.get(i));
            assertThat(ComparableResponse.of(ours.get(i), loomgate.port()).withLength(chunked)).as(requests.get(i))
                    .isEqualTo(ComparableResponse.of(theirs.get(i), tomcat.port()).withLength(chunked));
        }
    }

    private static String get(String path, String... fields) {
        return request("GET", path, "", fields);
    }

    private static String request(String method, String path, String body, String... fields) {
        var text = new StringBuilder(method + " /app" + path + " HTTP/1.1\r\n" + HOST);
        for (String field : fields) {
            text.append(field).append("\r\n");
        }
        if (!body.isEmpty() && !String.join("", fields).contains("Transfer-Encoding")) {
            text.append("Content-Length: ").append(body.length()).append("\r\n");
        }
        return text.append("\r\n").append(body).toString();
    }

    private static String form(String path, String body, String... fields) {
        var all = new ArrayList<>(List.of(fields));
        all.add("Content-Type: application/x-www-form-urlencoded");
        return request("POST", path, body, all.toArray(String[]::new));
    }

    private static String multipart(String path) {
        String body = """
                --B\r
                Content-Disposition: form-data; name="field"\r
                \r
                v\u00c3\u00a4lue\r
                --B\r
                Content-Disposition: form-data; name="file"; filename="a b.txt"\r
                Content-Type: text/x-test\r
                \r
                %s\r
                --B--\r
                """.formatted("content ".repeat(5000));
        return request("POST", path, body, "Content-Type: multipart/form-data; boundary=B");
    }

    @TestFactory
    List<DynamicTest> answersAsTomcatDoes() {
        var cases = new ArrayList<List<String>>();
        for (String path : List.of("text", "length", "too-long", "latin1", "utf8", "locale", "large", "flush", "buffer", "reset",
                "empty", "204", "205", "304", "418", "headers", "cookies", "redirect", "redirect-absolute", "redirect-303",
                "error?code=400&text=a%3Cb", "error?code=404", "error?code=500", "error?code=503&text=later", "exception",
                "illegal", "include", "forward", "named", "trailers", "trailers-unannounced", "attributes", "nothing")) {
            cases.add(List.of(get("/answers/" + path)));
            cases.add(List.of(request("HEAD", "/answers/" + path, "")));
        }
        cases.add(List.of(get("/answers/text"), get("/answers/large"), get("/answers/204"), get("/answers/text")));
        for (String method : List.of("POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "UNKNOWN")) {
            cases.add(List.of(request(method, "/answers/text", "")));
        }
        // how a request is understood
        for (String path : List.of("/echo", "/echo/", "/echo/a%20b/%C3%A4?q=%C3%A4+b&q=2&empty=&novalue&=x",
                "/echo/a;p=1/b;q", "/echo;jsessionid=0123", "/any/thing.echo?a=b;c=d", 
                "/echo/a+b", "/echo/%41", "/echo/~a!$&'()*,:@", "/echo?charset=ISO-8859-1&x=%E4")) {
            cases.add(List.of(get(path)));
        }
        cases.add(List.of(get("/echo", "Cookie: a=1; b=\"2\"; $Version=1; c=\u00c3\u00a4", "Cookie: d=4", "Accept-Language: de, en;q=0.5",
                "X-Many: 1", "x-many: 2", "X-Latin: \u00e4", "User-Agent: test")));
        cases.add(List.of(form("/echo?a=1", "a=2&b=%C3%A4")));
        cases.add(List.of(form("/echo?charset=ISO-8859-1", "b=%E4")));
        cases.add(List.of(request("POST", "/echo", "b=%E4", "Content-Type: application/x-www-form-urlencoded; charset=ISO-8859-1")));
        cases.add(List.of(request("PUT", "/echo", "b=1", "Content-Type: application/x-www-form-urlencoded")));
        cases.add(List.of(request("POST", "/echo", "{}", "Content-Type: application/json;charset=utf-8")));
        cases.add(List.of("GET /app/echo HTTP/1.0\r\n\r\n"));
        cases.add(List.of("GET http://other.example:81/app/echo HTTP/1.1\r\nHost: other.example:81\r\n\r\n"));
        cases.add(List.of("GET /app/echo HTTP/1.1\r\nHost: [::1]:8443\r\n\r\n"));
        // bodies
        cases.add(List.of(request("POST", "/transfers/raw", "body"), get("/answers/text")));
        cases.add(List.of(request("POST", "/transfers/raw", "4\r\nwiki\r\n5\r\npedia\r\n0\r\n\r\n", "Transfer-Encoding: chunked"),
                get("/answers/text")));
        for (String trailer : List.of("", "X-Sum: 42\r\n", "x-sum:  4 2 \r\nX-Other: \u00c3\u00a4\r\nx-sum: second\r\n", "X-Other:\r\n")) {
            cases.add(List.of(request("POST", "/transfers/trailers", "4\r\nwiki\r\n0\r\n" + trailer + "\r\n",
                    "Transfer-Encoding: chunked", "Trailer: X-Sum"), get("/answers/text")));
        }
        cases.add(List.of(request("POST", "/transfers/trailers", "body"), request("POST", "/transfers/trailers", "")));
        cases.add(List.of(request("POST", "/transfers/raw", "x".repeat(100_000)), get("/answers/text")));
        cases.add(List.of(request("POST", "/transfers/ignore", "x".repeat(100_000)), get("/answers/text")));
        cases.add(List.of(request("POST", "/transfers/raw", "body", "Expect: 100-continue"), get("/answers/text")));
        cases.add(List.of(request("POST", "/transfers/reader", "\u00c3\u00a4\nb", "Content-Type: text/plain; charset=utf-8")));
        cases.add(List.of(multipart("/transfers/parts"), get("/answers/text")));
        cases.add(List.of(request("POST", "/transfers/parts", "no parts", "Content-Type: text/plain")));
        cases.add(List.of(request("POST", "/transfers/parts", "--B\r\nbroken", "Content-Type: multipart/form-data; boundary=B")));
        cases.add(List.of(get("/transfers/x?size=0")));
        cases.add(List.of(get("/transfers/x?size=8192")));
        cases.add(List.of(get("/transfers/x?size=1000000"), request("HEAD", "/transfers/x?size=1000000", "")));
        cases.add(List.of("GET /app/transfers/x?size=100000 HTTP/1.0\r\nHost: localhost\r\n\r\n"));
        // sessions
        cases.add(List.of(get("/sessions/who"), get("/sessions/login?name=anna"), get("/sessions/who", "COOKIE"),
                get("/sessions/who", "COOKIE"), get("/sessions/change", "COOKIE"), get("/sessions/who", "COOKIE"),
                get("/sessions/logout", "COOKIE"), get("/sessions/who", "COOKIE")));
        cases.add(List.of(get("/sessions/who", "Cookie: JSESSIONID=forged")));
        // filters, security, code
        cases.add(List.of(get("/filtered/added"), get("/filtered/added?refuse=1"), get("/added")));
        cases.add(List.of(get("/secret/x"), get("/WEB-INF/web.xml"), get("/web-inf/web.xml"), get("/META-INF/x")));
        // pages
        cases.add(List.of(get("/pages/hello.jsp?name=5%"), get("/pages/hello.jsp?name=%u0041")));
        cases.add(List.of(get("/pages/hello.jsp?name=x"), get("/pages/forward.jsp"), request("HEAD", "/pages/hello.jsp", "")));
        files(cases);
        for (String path : List.of("complete", "complete-at-once", "start", "dispatch", "dispatch-elsewhere", "twice", "timeout",
                "timeout-handled", "listener", "exception", "error", "slowly", "write")) {
            cases.add(List.of(get("/waiting/" + path), get("/answers/text")));
        }
        cases.add(List.of(request("POST", "/waiting/read", "y".repeat(50_000)), get("/answers/text")));
        cases.add(List.of(request("POST", "/waiting/read", "4\r\nwiki\r\n5\r\npedia\r\n0\r\n\r\n", "Transfer-Encoding: chunked"),
                get("/answers/text")));
        cases.add(List.of(get("/waiting/read"), get("/answers/text")));
        var names = new HashSet<String>();
        return cases.stream().map(requests -> DynamicTest.dynamicTest(name(requests, names), () -> compare(requests))).toList();
    }

    private static void files(List<List<String>> cases) {
        for (String path : List.of("", "/", "/docs", "/docs/", "/docs/long.txt", "/docs/style.css", "/docs/missing", "/index.html",
                "/pages/", "/docs/long.txt/", "/docs/long.txt/more")) {
            cases.add(List.of(get(path)));
            cases.add(List.of(request("HEAD", path, "")));
        }
        for (String range : List.of("bytes=0-9", "bytes=-10", "bytes=100-", "bytes=5-3", "bytes=999999999-", "lines=1-2")) {
            cases.add(List.of(get("/docs/long.txt", "Range: " + range)));
        }
        cases.add(List.of(get("/docs/long.txt", "If-Modified-Since: Fri, 31 Dec 2100 23:59:59 GMT")));
        cases.add(List.of(get("/docs/long.txt", "If-Modified-Since: Fri, 31 Dec 1999 23:59:59 GMT")));
        cases.add(List.of(get("/docs/long.txt", "If-None-Match: *"), get("/docs/long.txt", "If-None-Match: \"other\""),
                get("/docs/long.txt", "If-Match: \"other\"")));
        cases.add(List.of(get("/docs/long.txt", "If-Unmodified-Since: Fri, 31 Dec 1999 23:59:59 GMT")));
        cases.add(List.of(request("POST", "/docs/long.txt", ""), request("PUT", "/docs/long.txt", "x"),
                request("OPTIONS", "/docs/long.txt", "")));
    }

    private static String name(List<String> requests, Set<String> names) {
        String name = String.join(", ", requests.stream().map(request -> request.substring(0, request.indexOf(" HTTP/"))).toList());
        String unique = name;
        for (int i = 2; !names.add(unique); i++) {
            unique = name + " (" + i + ")";
        }
        return unique;
    }
}

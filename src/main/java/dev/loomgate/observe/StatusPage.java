package dev.loomgate.observe;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

import io.helidon.http.Header;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;

/** The page that shows the server at work. It asks nobody but the admin listener for anything. */
final class StatusPage implements Handler {
    private static final Header TYPE = HeaderValues.createCached(HeaderNames.CONTENT_TYPE, "text/html; charset=utf-8");
    private static final String BEGIN = "<script>";

    private final byte[] page = read();
    private final Header policy = HeaderValues.createCached("Content-Security-Policy", policy(page));

    private static byte[] read() {
        try (InputStream page = StatusPage.class.getResourceAsStream("status.html")) {
            return page.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException("the status page can't be read from the server's jar", e);
        }
    }

    /** What a client could smuggle into the page must not run: only the page's own script does, which its hash names. */
    private static String policy(byte[] page) {
        String text = new String(page, StandardCharsets.UTF_8);
        int begin = text.indexOf(BEGIN) + BEGIN.length();
        byte[] script = text.substring(begin, text.indexOf("</script>", begin)).getBytes(StandardCharsets.UTF_8);
        try {
            String hash = Base64.getEncoder().encodeToString(MessageDigest.getInstance("SHA-256").digest(script));
            return "default-src 'none'; script-src 'sha256-" + hash + "'; style-src 'unsafe-inline'; img-src data:; "
                    + "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    @Override
    public void handle(ServerRequest request, ServerResponse response) {
        response.header(TYPE).header(policy).send(page);
    }
}

package dev.loomgate.tls.ocsp;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URL;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;

/** One question and what is known of it, in the form of HTTP (RFC 6960 appendix A), without a network. For one thread. */
final class KnownStatus extends HttpURLConnection {
    private final ByteArrayOutputStream question = new ByteArrayOutputStream();

    KnownStatus(URL url) {
        super(url);
    }

    private Optional<byte[]> answer() throws IOException {
        if (question.size() > 0) {
            return Staples.find(question.toByteArray());
        }
        String encoded = URLDecoder.decode(url.getPath().substring(1), StandardCharsets.US_ASCII);
        try {
            return Staples.find(Base64.getDecoder().decode(encoded));
        } catch (IllegalArgumentException e) {
            throw new IOException("not a question that the JDK asks: " + url, e);
        }
    }

    @Override
    public OutputStream getOutputStream() {
        return question;
    }

    @Override
    public int getResponseCode() throws IOException {
        return answer().isPresent() ? HTTP_OK : HTTP_NOT_FOUND;
    }

    @Override
    public String getResponseMessage() {
        return "not known";
    }

    @Override
    public InputStream getInputStream() throws IOException {
        return new ByteArrayInputStream(answer().orElseThrow(() -> new IOException("the status is not known")));
    }

    @Override
    public void connect() {
        // there is nothing to connect to
    }

    @Override
    public void disconnect() {
        // see above
    }

    @Override
    public boolean usingProxy() {
        return false;
    }
}

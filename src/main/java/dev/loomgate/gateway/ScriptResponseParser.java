package dev.loomgate.gateway;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

import io.helidon.http.Status;

/**
 * Reads the header of a script's output piece by piece (RFC 3875 section 6). Lines end with LF or CRLF; a status line of
 * HTTP in front, which scripts written for other servers print, is taken as the Status. Anything that is no header is a
 * {@link GatewayException} with status 502 and a reason that quotes the line.
 *
 * <p>For one response; not safe for use by several threads.
 */
public final class ScriptResponseParser {
    /** Longest header that a script may write, in bytes. */
    public static final int MAX_HEADER = 64 * 1024;

    private static final int LONGEST_QUOTE = 80;
    private static final Set<String> OF_THE_CONNECTION = Set.of("connection", "keep-alive", "proxy-connection", "te", "trailer",
            "upgrade");

    private final List<ScriptResponse.Field> fields = new ArrayList<>();
    private byte[] line = new byte[256];
    private int lineLength;
    private int headerLength;
    private boolean firstLine = true;
    private boolean foldable;
    private Status status;
    private String location;
    private OptionalLong contentLength = OptionalLong.empty();
    private ScriptResponse response;

    /**
     * Takes more of the output.
     *
     * @param bytes  array that holds it
     * @param offset first byte
     * @param length number of bytes
     * @return how many bytes belonged to the header; fewer than given only when the header has ended, the rest is the body
     * @throws GatewayException      if this is no CGI response
     * @throws IllegalStateException if the header has ended before
     */
    public int feed(byte[] bytes, int offset, int length) throws GatewayException {
        if (response != null) {
            throw new IllegalStateException("the header has ended");
        }
        for (int i = 0; i < length; i++) {
            byte b = bytes[offset + i];
            if (++headerLength > MAX_HEADER) {
                throw malformed("its header is longer than " + MAX_HEADER + " bytes");
            }
            if (b != '\n') {
                append(b);
                continue;
            }
            if (lineLength > 0 && line[lineLength - 1] == '\r') {
                lineLength--;
            }
            if (lineLength == 0) {
                response = conclude();
                return i + 1;
            }
            takeLine();
            lineLength = 0;
        }
        return length;
    }

    /** What the header says; empty until it has ended. */
    public Optional<ScriptResponse> response() {
        return Optional.ofNullable(response);
    }

    /** The failure that it is for the output to end here, inside the header. */
    public GatewayException endedEarly() {
        return malformed(headerLength == 0 ? "it wrote nothing" : "its output ended inside the header, after " + quote()
                + ": an empty line must follow the header");
    }

    private void append(byte b) {
        if (lineLength == line.length) {
            line = Arrays.copyOf(line, lineLength * 2);
        }
        line[lineLength++] = b;
    }

    private void takeLine() throws GatewayException {
        boolean first = firstLine;
        firstLine = false;
        requireText();
        if (line[0] == ' ' || line[0] == '\t') {
            continueField();
            return;
        }
        foldable = false;
        if (first && startsLikeStatusLine()) {
            String text = text(0, lineLength);
            int blank = text.indexOf(' ');
            takeStatus(blank < 0 ? "" : text.substring(blank + 1).strip());
            return;
        }
        int colon = 0;
        while (colon < lineLength && isTokenCharacter(line[colon])) {
            colon++;
        }
        if (colon == 0 || colon == lineLength || line[colon] != ':') {
            throw malformed(quote() + " is no header field");
        }
        take(text(0, colon), text(colon + 1, lineLength).strip());
    }

    /** A NUL, a lone CR or another control character would let a value mean something else to the client. */
    private void requireText() throws GatewayException {
        for (int i = 0; i < lineLength; i++) {
            if (line[i] >= 0 && line[i] < ' ' && line[i] != '\t' || line[i] == 0x7F) {
                throw malformed("its header has a control character in " + quote());
            }
        }
    }

    /** A folded line, which RFC 9112 section 5.2 has servers replace by blanks. */
    private void continueField() throws GatewayException {
        if (!foldable) {
            throw malformed(quote() + " begins with a blank but continues no field");
        }
        ScriptResponse.Field last = fields.removeLast();
        fields.add(new ScriptResponse.Field(last.name(), (last.value() + ' ' + text(0, lineLength).strip()).strip()));
    }

    private boolean startsLikeStatusLine() {
        return lineLength >= 8 && text(0, 7).equals("HTTP/1.");
    }

    private void take(String name, String value) throws GatewayException {
        String lowerCase = name.toLowerCase(Locale.ROOT);
        switch (lowerCase) {
            case "status" -> takeStatus(value);
            case "location" -> takeLocation(name, value);
            case "content-length" -> takeContentLength(value);
            case "content-type" -> {
                // the last one counts, as with Apache httpd: a script's default before the script's choice
                fields.removeIf(field -> field.name().equalsIgnoreCase("content-type"));
                add(name, value);
            }
            case "transfer-encoding" -> throw malformed("it set Transfer-Encoding, which is the server's to choose: "
                    + "write the body plainly, without chunks");
            default -> {
                if (!OF_THE_CONNECTION.contains(lowerCase)) {
                    add(name, value);
                }
            }
        }
    }

    private void add(String name, String value) {
        fields.add(new ScriptResponse.Field(name, value));
        foldable = true;
    }

    private void takeStatus(String value) throws GatewayException {
        int code = 0;
        int digits = 0;
        while (digits < value.length() && digits < 4 && value.charAt(digits) >= '0' && value.charAt(digits) <= '9') {
            code = code * 10 + value.charAt(digits++) - '0';
        }
        if (digits != 3 || value.length() > 3 && value.charAt(3) != ' ' && value.charAt(3) != '\t') {
            throw malformed("its status '" + shorten(value) + "' is not a number of three digits and a reason");
        }
        if (code < 200) {
            throw malformed("its status " + code + " is not a final one");
        }
        if (status != null && status.code() != code) {
            throw malformed("it set two statuses, " + status.code() + " and " + code);
        }
        String reason = value.substring(3).strip();
        status = reason.isEmpty() ? Status.create(code) : Status.create(code, reason);
    }

    private void takeLocation(String name, String value) throws GatewayException {
        if (value.isEmpty()) {
            // section 6.3: a field without a value is as if it were not sent
            return;
        }
        if (location != null && !location.equals(value)) {
            throw malformed("it set two locations, '" + shorten(location) + "' and '" + shorten(value) + "'");
        }
        if (location == null) {
            location = value;
            fields.add(new ScriptResponse.Field(name, value));
        }
    }

    private void takeContentLength(String value) throws GatewayException {
        boolean digits = !value.isEmpty() && value.length() <= 18 && value.chars().allMatch(c -> c >= '0' && c <= '9');
        if (!digits) {
            throw malformed("its Content-Length '" + shorten(value) + "' is not a number of bytes");
        }
        long length = Long.parseLong(value);
        if (contentLength.isPresent() && contentLength.getAsLong() != length) {
            throw malformed("it set two lengths, " + contentLength.getAsLong() + " and " + length);
        }
        contentLength = OptionalLong.of(length);
    }

    private ScriptResponse conclude() throws GatewayException {
        if (firstLine) {
            throw malformed("its output begins with an empty line where the header should be");
        }
        if (location != null && status == null) {
            // only a Location alone is a local redirect; with a cookie, say, it must reach the client. A path that begins with
            // two slashes names another host to every browser
            if (fields.size() == 1 && location.startsWith("/") && !location.startsWith("//") && contentLength.isEmpty()) {
                return new ScriptResponse.LocalRedirect(location);
            }
            boolean hasDocument = fields.stream().anyMatch(field -> field.name().equalsIgnoreCase("content-type"));
            if (!hasDocument) {
                return new ScriptResponse.ClientRedirect(location, fields);
            }
            status = Status.FOUND_302;
        }
        return new ScriptResponse.Document(status == null ? Status.OK_200 : status, fields, contentLength);
    }

    private String text(int from, int to) {
        return new String(line, from, to - from, StandardCharsets.ISO_8859_1);
    }

    private String quote() {
        String text = text(0, Math.min(lineLength, LONGEST_QUOTE));
        var printable = new StringBuilder("'");
        text.chars().forEach(c -> printable.append(
                c >= ' ' && c < 0x7F ? String.valueOf((char) c) : String.format("\\x%02X", c)));
        return printable.append(lineLength > LONGEST_QUOTE ? "...'" : "'").toString();
    }

    private static String shorten(String text) {
        return text.length() <= LONGEST_QUOTE ? text : text.substring(0, LONGEST_QUOTE) + "...";
    }

    private static GatewayException malformed(String reason) {
        return new GatewayException(Status.BAD_GATEWAY_502, "the script did not answer as CGI requires: " + reason);
    }

    private static boolean isTokenCharacter(byte b) {
        return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9'
                || b > 0 && "!#$%&'*+-.^_`|~".indexOf(b) >= 0;
    }
}

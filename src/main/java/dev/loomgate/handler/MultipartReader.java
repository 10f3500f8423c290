package dev.loomgate.handler;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** Reads the parts of a multipart body one after the other (RFC 2046 section 5.1.1), with one buffer. */
final class MultipartReader {
    private static final int BUFFER = 16 * 1024;
    /** Longest header of a part in bytes. */
    private static final int LONGEST_HEADER = 8 * 1024;
    private static final int LONGEST_BOUNDARY = 70;

    private final InputStream in;
    /** What ends a part: a line end, two hyphens and the boundary. */
    private final byte[] delimiter;
    private final byte[] buffer = new byte[BUFFER];
    private int position;
    private int limit;
    /** Whether the bytes at hand are those behind a boundary. */
    private boolean behindBoundary;

    /**
     * Reads a body.
     *
     * @throws Refusal with 400 if the boundary can't be one
     */
    MultipartReader(InputStream in, String boundary) {
        if (boundary == null || boundary.isEmpty() || boundary.length() > LONGEST_BOUNDARY) {
            throw malformed("its Content-Type has no boundary of 1 to " + LONGEST_BOUNDARY + " characters");
        }
        this.in = in;
        this.delimiter = ("\r\n--" + boundary).getBytes(StandardCharsets.ISO_8859_1);
        // so that the first boundary, which may stand at the very beginning, looks like the others
        buffer[0] = '\r';
        buffer[1] = '\n';
        limit = 2;
    }

    static Refusal malformed(String reason) {
        return new Refusal(400, "The form is malformed: " + reason);
    }

    /**
     * Goes to the beginning of the next part, over what is left of the one before.
     *
     * @return the part's header fields by name in lower case; null if there is no further part
     */
    Map<String, String> nextPart() throws IOException {
        if (!behindBoundary) {
            copyPart(OutputStream.nullOutputStream());
        }
        behindBoundary = false;
        if (at(0) == '-' && at(1) == '-') {
            return null;
        }
        String rest = line(LONGEST_HEADER);
        if (!rest.isBlank()) {
            throw malformed("a boundary is not followed by the end of its line");
        }
        var fields = new LinkedHashMap<String, String>();
        int left = LONGEST_HEADER;
        for (String line = line(left); !line.isEmpty(); line = line(left)) {
            left -= line.length() + 2;
            int colon = line.indexOf(':');
            if (colon > 0) {
                fields.put(line.substring(0, colon).strip().toLowerCase(Locale.ROOT), line.substring(colon + 1).strip());
            }
        }
        return fields;
    }

    /** Writes the content of the part, up to the next boundary. */
    void copyPart(OutputStream out) throws IOException {
        while (true) {
            int found = indexOfDelimiter();
            int end = found >= 0 ? found : Math.max(position, limit - delimiter.length + 1);
            out.write(buffer, position, end - position);
            position = end;
            if (found >= 0) {
                position += delimiter.length;
                behindBoundary = true;
                return;
            }
            if (!fill()) {
                throw malformed("it ends within a part");
            }
        }
    }

    private int indexOfDelimiter() {
        int last = limit - delimiter.length;
        for (int i = position; i <= last; i++) {
            if (buffer[i] == '\r' && matches(i)) {
                return i;
            }
        }
        return -1;
    }

    private boolean matches(int at) {
        for (int i = 1; i < delimiter.length; i++) {
            if (buffer[at + i] != delimiter[i]) {
                return false;
            }
        }
        return true;
    }

    private int at(int offset) throws IOException {
        while (limit - position <= offset) {
            if (!fill()) {
                throw malformed("it ends with a boundary that says that more follows");
            }
        }
        return buffer[position + offset];
    }

    private String line(int longest) throws IOException {
        int length = 0;
        while (at(length) != '\r' || at(length + 1) != '\n') {
            if (++length > longest) {
                throw malformed("the header of a part is longer than " + LONGEST_HEADER + " bytes");
            }
        }
        String line = new String(buffer, position, length, StandardCharsets.UTF_8);
        position += length + 2;
        return line;
    }

    private boolean fill() throws IOException {
        System.arraycopy(buffer, position, buffer, 0, limit - position);
        limit -= position;
        position = 0;
        int n = in.read(buffer, limit, buffer.length - limit);
        limit += Math.max(n, 0);
        return n > 0;
    }
}

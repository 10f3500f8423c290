package dev.loomgate.files;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * The path of a request as names of directories and a file. A name is never empty, {@code .} or {@code ..}, and holds no slash,
 * backslash or control character, so that names can be handed to the file system one by one.
 *
 * @param names     names below the server's root; empty for the root
 * @param directory whether the path ends with a slash
 * @param canonical the one spelling that this class gives to these names in a URI: it starts with exactly one slash, so that
 *                  it is safe in {@code Location}, and keys what is known of a file
 */
record RequestPath(List<String> names, boolean directory, String canonical) {
    /** NAME_MAX of every file system in use on Linux. */
    private static final int LONGEST_NAME = 255;
    /** What RFC 3986 section 3.3 lets stand for itself in a path segment, beside letters and digits. */
    private static final String LITERAL = "-._~!$&'()*+,;=:@";
    private static final HexFormat HEX = HexFormat.of().withUpperCase();

    /**
     * Decodes a path. Empty segments count as absent, as nginx does it ({@code merge_slashes}). Dot segments are not resolved
     * but refused: every client resolves them itself before it asks (RFC 3986 section 5.2.4), those that don't are looking for
     * a way out of the root.
     *
     * @param raw path of the request target as it was sent, without the query
     * @throws Unservable 400 if the path is not one, 404 if no file could have this name
     */
    static RequestPath parse(String raw) throws Unservable {
        if (!raw.startsWith("/")) {
            throw Unservable.malformed("the path does not begin with a slash");
        }
        var names = new ArrayList<String>();
        for (int start = 1; start < raw.length();) {
            int slash = raw.indexOf('/', start);
            int end = slash < 0 ? raw.length() : slash;
            if (end > start) {
                names.add(decode(raw, start, end));
            }
            start = end + 1;
        }
        return of(names, raw.endsWith("/"));
    }

    /** Makes a path of names that {@link #parse} has given. */
    static RequestPath of(List<String> names, boolean directory) {
        var canonical = new StringBuilder();
        for (String name : names) {
            canonical.append('/').append(encode(name));
        }
        if (directory) {
            canonical.append('/');
        }
        return new RequestPath(List.copyOf(names), directory, canonical.toString());
    }

    private static String decode(String raw, int start, int end) throws Unservable {
        byte[] bytes = new byte[end - start];
        int length = 0;
        for (int i = start; i < end; i++) {
            char c = raw.charAt(i);
            if (c == '%') {
                if (i + 2 >= end || !HexFormat.isHexDigit(raw.charAt(i + 1)) || !HexFormat.isHexDigit(raw.charAt(i + 2))) {
                    throw Unservable.malformed("a percent sign is not followed by two hexadecimal digits");
                }
                bytes[length++] = (byte) HexFormat.fromHexDigits(raw, i + 1, i + 3);
                i += 2;
            } else if (c <= 0xff) {
                bytes[length++] = (byte) c;
            } else {
                throw Unservable.malformed("the path has a character that is not a byte");
            }
        }
        return checkName(bytes, length);
    }

    /** Whether a file of this name can be asked for. */
    static boolean isName(String name) {
        try {
            byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
            return !name.isEmpty() && checkName(bytes, bytes.length).equals(name) && name.indexOf('\ufffd') < 0;
        } catch (Unservable e) {
            return false;
        }
    }

    private static String checkName(byte[] bytes, int length) throws Unservable {
        if (length > LONGEST_NAME) {
            throw Unservable.missing("a name is longer than " + LONGEST_NAME + " bytes");
        }
        for (int i = 0; i < length; i++) {
            byte b = bytes[i];
            if (b == '/' || b == '\\' || b >= 0 && b < ' ' || b == 0x7f) {
                throw Unservable.missing("a name has an encoded slash, a backslash or a control character");
            }
        }
        try {
            String name = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, 0, length)).toString();
            if (name.equals(".") || name.equals("..")) {
                throw Unservable.missing("the path has dot segments");
            }
            return name;
        } catch (CharacterCodingException e) {
            throw Unservable.missing("a name is not UTF-8");
        }
    }

    /** Encodes a name as a path segment. */
    static String encode(String name) {
        var encoded = new StringBuilder(name.length() + 16);
        for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
            char c = (char) (b & 0xff);
            if (c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || LITERAL.indexOf(c) >= 0) {
                encoded.append(c);
            } else {
                encoded.append('%').append(HEX.toHexDigits(b));
            }
        }
        return encoded.toString();
    }

    /**
     * Takes the names of the directory that a handler is mounted at off the front.
     *
     * @throws Unservable 404 if this path is not below it
     */
    List<String> below(List<String> mount) throws Unservable {
        if (names.size() < mount.size() || !names.subList(0, mount.size()).equals(mount)) {
            throw Unservable.missing("the path is not below the place that these files are mounted at");
        }
        return names.subList(mount.size(), names.size());
    }
}

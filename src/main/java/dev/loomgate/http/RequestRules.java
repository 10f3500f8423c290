package dev.loomgate.http;

import static dev.loomgate.http.Refusal.badRequest;

import io.helidon.http.Method;
import io.helidon.http.Status;

/** What the parts of a request must be, whatever version of HTTP they came in. */
public final class RequestRules {
    private static final int LONGEST_METHOD = 32;
    private static final int LENGTH_DIGITS = 18;
    private static final int MOST_PORT = 65_535;

    private RequestRules() {
    }

    /**
     * The method of this name, which consists of token characters.
     *
     * @throws Refusal if there can't be such a method here
     */
    public static Method method(String name) {
        if (name.length() > LONGEST_METHOD) {
            throw new Refusal(Status.NOT_IMPLEMENTED_501, "a method of " + name.length() + " letters is not known");
        }
        for (int i = 0; i < name.length(); i++) {
            // Helidon would read it as the method in upper case; methods are case-sensitive (RFC 9110 section 9.1)
            if (name.charAt(i) >= 'a' && name.charAt(i) <= 'z') {
                throw new Refusal(Status.NOT_IMPLEMENTED_501, "methods are case-sensitive, and no method has small letters");
            }
        }
        Method named = Method.create(name);
        if (named == Method.CONNECT) {
            throw new Refusal(Status.NOT_IMPLEMENTED_501, "CONNECT is for proxies");
        }
        return named;
    }

    /**
     * Checks the octets of a request target. What percent signs of its query encode, if anything, is for the program to say: see
     * {@link RequestQuery}.
     *
     * @return index of the question mark before its query; -1 if it has none
     * @throws Refusal if one is not allowed, or a percent sign of the path has no two hexadecimal digits behind it
     */
    public static int checkTarget(byte[] bytes, int start, int end) {
        int question = -1;
        for (int i = start; i < end; i++) {
            if (!Octets.isTarget(bytes[i])) {
                throw badRequest("the request target holds an octet that is not allowed: " + (bytes[i] & 0xff));
            }
            if (question < 0) {
                if (bytes[i] == '%') {
                    checkEncoded(bytes, i, end);
                } else if (bytes[i] == '?') {
                    question = i;
                }
            }
        }
        return question;
    }

    private static void checkEncoded(byte[] bytes, int percent, int targetEnd) {
        if (percent + 2 >= targetEnd || !Octets.isHex(bytes[percent + 1]) || !Octets.isHex(bytes[percent + 2])) {
            throw badRequest("the path of the request target has a percent sign without two hexadecimal digits");
        }
        if (bytes[percent + 1] == '0' && bytes[percent + 2] == '0') {
            // no file has such a name, and a program written in C would see another path than we did (RFC 3986 section 7.3)
            throw badRequest("the path of the request target holds an encoded NUL");
        }
    }

    /**
     * Checks a host and port: an invalid one is refused (RFC 9112 section 3.2, RFC 9113 section 8.3.1). RFC 3986 section 3.2 says
     * what is valid; user information is not.
     *
     * @throws Refusal if it is not valid
     */
    public static void checkAuthority(String value) {
        boolean literal = value.startsWith("[");
        int nameEnd = literal ? value.indexOf(']') + 1 : value.indexOf(':');
        nameEnd = nameEnd < 0 ? value.length() : nameEnd;
        boolean valid = literal ? isIpLiteral(value, nameEnd) : isRegisteredName(value, nameEnd);
        if (!valid || !isPort(value, nameEnd)) {
            throw badRequest("the host is not valid");
        }
    }

    private static boolean isIpLiteral(String value, int end) {
        for (int i = 1; i < end - 1; i++) {
            char c = value.charAt(i);
            if (c != ':' && c != '.' && !(c < 0x80 && Octets.isHex((byte) c))) {
                return false;
            }
        }
        return end > 3;
    }

    private static boolean isRegisteredName(String value, int end) {
        for (int i = 0; i < end; i++) {
            if (!isHostCharacter(value.charAt(i))) {
                return false;
            }
        }
        return end > 0;
    }

    /** Whether nothing, a lone colon, or a colon and a port number follows. */
    private static boolean isPort(String value, int start) {
        int port = 0;
        for (int i = start + 1; i < value.length() && port <= MOST_PORT; i++) {
            char digit = value.charAt(i);
            port = digit >= '0' && digit <= '9' ? port * 10 + digit - '0' : MOST_PORT + 1;
        }
        return start == value.length() || value.charAt(start) == ':' && port <= MOST_PORT;
    }

    private static boolean isHostCharacter(char c) {
        return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || "-._~%!$&'()*+,;=".indexOf(c) >= 0;
    }

    /**
     * Reads a Content-Length (RFC 9110 section 8.6).
     *
     * @throws Refusal if it is not a number of 1 to 18 digits
     */
    public static long contentLength(byte[] bytes, int start, int end) {
        if (start == end || end - start > LENGTH_DIGITS) {
            throw badRequest("the Content-Length is empty or has more than " + LENGTH_DIGITS + " digits");
        }
        long value = 0;
        for (int i = start; i < end; i++) {
            if (!Octets.isDigit(bytes[i])) {
                throw badRequest("the Content-Length is not a number");
            }
            value = value * 10 + bytes[i] - '0';
        }
        return value;
    }

    /**
     * Checks what a client expects (RFC 9110 section 10.1.1).
     *
     * @throws Refusal if it is something else than to be told before it sends its body
     */
    public static void checkExpectation(String value) {
        if (!value.equalsIgnoreCase("100-continue")) {
            throw new Refusal(Status.EXPECTATION_FAILED_417, "100-continue is the only expectation that can be met");
        }
    }
}

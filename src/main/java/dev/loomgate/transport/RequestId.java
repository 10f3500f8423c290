package dev.loomgate.transport;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.ThreadLocalRandom;

import io.helidon.webserver.http.ServerRequest;

/**
 * A request that has a name of its own, by which it is found in logs: that which a trusted proxy gave it in
 * {@code X-Request-Id}, or else one that is made when it is first asked for. Implemented by the requests of our
 * connections. For the thread that handles the request.
 */
public interface RequestId {
    /** The longest name that is taken from a proxy, in characters. */
    int LONGEST = 128;
    /** Of which new names consist. */
    String DIGITS = "0123456789abcdef";

    /** The request's name: 1 to {@value #LONGEST} printable ASCII characters without spaces, quotes and the like. */
    String requestId();

    /** The name of any request: of one that has none, that of its connection with its number there. */
    static String of(ServerRequest request) {
        return request instanceof RequestId named ? named.requestId() : request.socketId() + "-" + request.id();
    }

    /** A new name: 128 bits by chance, as 32 hexadecimal digits. It tells requests apart, and is no secret. */
    static String make() {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        var digits = new byte[32];
        long first = random.nextLong();
        long second = random.nextLong();
        for (int i = 0; i < 16; i++) {
            digits[i] = (byte) DIGITS.charAt((int) (first >>> 4 * i) & 15);
            digits[16 + i] = (byte) DIGITS.charAt((int) (second >>> 4 * i) & 15);
        }
        return new String(digits, StandardCharsets.ISO_8859_1);
    }

    /** Whether a text may be a name: it gets into logs, variables of scripts and header fields. */
    static boolean isValid(String text) {
        if (text.isEmpty() || text.length() > LONGEST) {
            return false;
        }
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean valid = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || "-_.:/+=@~".indexOf(c) >= 0;
            if (!valid) {
                return false;
            }
        }
        return true;
    }
}

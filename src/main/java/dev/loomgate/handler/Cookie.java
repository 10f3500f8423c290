package dev.loomgate.handler;

import java.time.Duration;
import java.util.Objects;

/**
 * A cookie to be set (RFC 6265 section 4.1).
 *
 * @param name     a token
 * @param value    printable ASCII without space, quotes, comma, semicolon and backslash; encode anything else
 * @param path     requests under this path send it back; begins with {@code /}
 * @param domain   this host and those below it send it back; {@code null}: only the host that set it
 * @param maxAge   how long the browser keeps it, in whole seconds; zero deletes it; {@code null}: until the browser is closed
 * @param secure   sent back over TLS only
 * @param httpOnly out of reach of scripts in the page
 * @param sameSite whether requests that other sites start send it back
 */
public record Cookie(String name, String value, String path, String domain, Duration maxAge, boolean secure,
                     boolean httpOnly, SameSite sameSite) {
    /** Checks that the parts can stand in a header field. */
    public Cookie {
        FieldSyntax.requireToken("Cookie name", name);
        requireCookieOctets(name, value);
        if (path == null || !path.startsWith("/")) {
            throw new IllegalArgumentException("Path of cookie " + name + " is '" + path + "', must begin with /");
        }
        requireAttribute(name, "Path", path);
        if (domain != null) {
            requireAttribute(name, "Domain", domain);
        }
        if (maxAge != null && maxAge.isNegative()) {
            throw new IllegalArgumentException("Max-Age of cookie " + name + " is negative: " + maxAge);
        }
        Objects.requireNonNull(sameSite, "sameSite");
        if (sameSite == SameSite.NONE && !secure) {
            throw new IllegalArgumentException("Cookie " + name
                    + " is SameSite=None: browsers take it only if it is secure too");
        }
    }

    /** A cookie for the whole host until the browser is closed, out of reach of scripts and of other sites' forms. */
    public static Cookie of(String name, String value) {
        return new Cookie(name, value, "/", null, null, false, true, SameSite.LAX);
    }

    /** The same cookie for requests under a path. */
    public Cookie path(String newPath) {
        return new Cookie(name, value, newPath, domain, maxAge, secure, httpOnly, sameSite);
    }

    /** The same cookie for a domain and those below it. */
    public Cookie domain(String newDomain) {
        return new Cookie(name, value, path, newDomain, maxAge, secure, httpOnly, sameSite);
    }

    /** The same cookie, kept for a time; zero deletes it. */
    public Cookie maxAge(Duration newMaxAge) {
        return new Cookie(name, value, path, domain, newMaxAge, secure, httpOnly, sameSite);
    }

    /** The same cookie, sent back over TLS only or always. */
    public Cookie secure(boolean newSecure) {
        return new Cookie(name, value, path, domain, maxAge, newSecure, httpOnly, sameSite);
    }

    /** The same cookie, out of reach of scripts or not. */
    public Cookie httpOnly(boolean newHttpOnly) {
        return new Cookie(name, value, path, domain, maxAge, secure, newHttpOnly, sameSite);
    }

    /** The same cookie with another rule for requests that other sites start. */
    public Cookie sameSite(SameSite newSameSite) {
        return new Cookie(name, value, path, domain, maxAge, secure, httpOnly, newSameSite);
    }

    /** The value of the Set-Cookie field. */
    String fieldValue() {
        var text = new StringBuilder(name).append('=').append(value).append("; Path=").append(path);
        if (domain != null) {
            text.append("; Domain=").append(domain);
        }
        if (maxAge != null) {
            text.append("; Max-Age=").append(maxAge.toSeconds());
        }
        if (secure) {
            text.append("; Secure");
        }
        if (httpOnly) {
            text.append("; HttpOnly");
        }
        return text.append("; SameSite=").append(sameSite.attribute).toString();
    }

    private static void requireCookieOctets(String name, String value) {
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c <= ' ' || c >= 0x7f || c == '"' || c == ',' || c == ';' || c == '\\') {
                throw new IllegalArgumentException("Value of cookie %s has the character U+%04X at %d"
                        .formatted(name, (int) c, i) + ", which no cookie can hold; encode it, for example with URLEncoder");
            }
        }
    }

    private static void requireAttribute(String name, String attribute, String value) {
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c < ' ' || c >= 0x7f || c == ';') {
                throw new IllegalArgumentException("%s of cookie %s has the character U+%04X at %d"
                        .formatted(attribute, name, (int) c, i));
            }
        }
    }

    /** Whether requests that other sites start send a cookie back. */
    public enum SameSite {
        /** Never. */
        STRICT("Strict"),
        /** When the user follows a link to here. */
        LAX("Lax"),
        /** Always; browsers then demand a secure cookie. */
        NONE("None");

        private final String attribute;

        SameSite(String attribute) {
            this.attribute = attribute;
        }
    }
}

package dev.loomgate.files;

import java.util.OptionalLong;

import io.helidon.http.HeaderNames;
import io.helidon.http.ServerRequestHeaders;

/** The conditional requests of RFC 9110 section 13, for GET and HEAD. */
enum Preconditions {
    /** Answer as if there were no condition. */
    HOLD,
    /** Answer 304: the client has the representation. */
    NOT_MODIFIED,
    /** Answer 412: the representation is not the one that the client means. */
    FAILED;

    /** Evaluates the conditions of a request, but for {@code If-Range}, in the order of RFC 9110 section 13.2.2. */
    static Preconditions evaluate(ServerRequestHeaders request, Representation selected) {
        if (request.contains(HeaderNames.IF_MATCH)) {
            if (!selected.tag().isIn(request.get(HeaderNames.IF_MATCH).values(), true)) {
                return FAILED;
            }
        } else if (request.contains(HeaderNames.IF_UNMODIFIED_SINCE)) {
            OptionalLong since = date(request.get(HeaderNames.IF_UNMODIFIED_SINCE).values(), selected);
            if (since.isPresent() && selected.lastModified() > since.getAsLong()) {
                return FAILED;
            }
        }
        if (request.contains(HeaderNames.IF_NONE_MATCH)) {
            return selected.tag().isIn(request.get(HeaderNames.IF_NONE_MATCH).values(), false) ? NOT_MODIFIED : HOLD;
        }
        if (request.contains(HeaderNames.IF_MODIFIED_SINCE)) {
            OptionalLong since = date(request.get(HeaderNames.IF_MODIFIED_SINCE).values(), selected);
            return since.isPresent() && selected.lastModified() <= since.getAsLong() ? NOT_MODIFIED : HOLD;
        }
        return HOLD;
    }

    /**
     * Whether {@code Range} is to be honoured as far as {@code If-Range} goes (RFC 9110 section 13.1.5): true without one, else
     * only for the very tag or date of the representation, and only if that is a strong validator.
     */
    static boolean rangeApplies(ServerRequestHeaders request, Representation selected) {
        if (!request.contains(HeaderNames.IF_RANGE)) {
            return true;
        }
        String validator = request.get(HeaderNames.IF_RANGE).values().strip();
        if (validator.startsWith("\"") || validator.startsWith("W/")) {
            return !selected.tag().weak() && validator.equals(selected.tag().opaque());
        }
        OptionalLong date = date(validator, selected);
        return selected.isLastModifiedStrong() && date.isPresent() && date.getAsLong() == selected.lastModified();
    }

    /** Reads a date; most clients send back the text that they got, which needs no parsing. */
    private static OptionalLong date(String text, Representation selected) {
        return text.equals(selected.lastModifiedField().get()) ? OptionalLong.of(selected.lastModified())
                : HttpDate.parse(text);
    }
}

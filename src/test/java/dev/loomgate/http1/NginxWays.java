package dev.loomgate.http1;

/** Why we don't answer as nginx does: what nginx does, and what speaks against it. */
final class NginxWays {
    static final String LF_ENDS_LINES = "takes LF for a line end, as 9112 2.2 allows; servers that differ in this"
            + " can be made to see different requests";
    static final String CR_BEFORE_LINES = "passes over any number of CR and LF; nobody sends these by good intent";
    static final String DROPS_BAD_FIELDS = "drops a field with a bad name and goes on; a program behind may read it"
            + " otherwise";
    static final String ANY_VALUE = "lets control characters pass; 9110 5.5 calls them invalid, and logs and"
            + " programs break on them";
    static final String NO_FIELD_LIMIT = "does not count the fields";
    static final String HEADER_400 = "has no 431 and says 400";
    static final String EIGHT_K_FIELDS = "takes no field longer than 8 KiB; ours is a limit for all fields together";
    static final String ANY_HOST = "looks for blanks and slashes only; we compare and log the host, so it must be"
            + " one (9112 3.2)";
    static final String UNKNOWN_CODING = "says 501 to any but chunked; the length of a body whose last coding is"
            + " another can't be told, for which 9112 6.3 demands 400";
    static final String NOT_TRIMMED = "does not trim a tab, though 9110 5.6.3 has it among the blanks";
    static final String CHUNK_OCTETS = "does not look at what extensions and trailers hold";
    static final String CHUNK_UNBOUNDED = "does not limit extensions and trailers; each byte costs work and moves"
            + " no data";
    static final String UNREAD_CHUNKS = "counts chunks when they are read only, and this location does not read them";
    static final String CHUNK_BLANKS = "takes blanks behind the size; 9112 7.1.1 has them before an extension only";
    static final String BODY_FIRST = "answers when the body has been read; here the handler has answered before";
    static final String BODY_ERROR = "refuses the body itself; here the handler hides the error, and must not get"
            + " in step by it";
    static final String EXPECTATION = "ignores an expectation it does not know; 9110 10.1.1 has 417 for it";
    static final String NEEDLESS_100 = "sends 100 to a request without a body; there is nothing to go on with";
    static final String SPACES = "takes more than one space; 9112 3 has exactly one";
    static final String METHOD_400 = "says 400 to a method that it does not like; 9110 9.1 has 501 for one that is"
            + " not implemented";
    static final String METHOD_LETTERS = "takes capitals, hyphen and underscore only; a method is any token (9110 9.1)";
    static final String METHOD_LENGTH = "does not limit the method but by the request line";
    static final String TRACE_405 = "refuses TRACE; here that is for the routes to say";
    static final String NO_OPTIONS_ALL = "does not know the asterisk form";
    static final String VERSION_400 = "says 400 to a version it does not know; 9110 15.6.6 has 505";
    static final String VERSION_DIGITS = "takes more digits; 9112 2.3 has one on each side";
    static final String ANY_SCHEME = "takes any scheme for its own";
    static final String FRAGMENT = "lets a fragment fall; 9112 3.2 has no place for one";
    static final String OCTETS_IN_TARGET = "takes octets that 3986 has encoded; the parts of a chain would decode"
            + " them differently";
    static final String ABOVE_ROOT = "refuses a path that climbs above the root; 3986 5.2.4 has it stop there, and"
            + " it can't escape";
    static final String EIGHT_K_LINE = "counts line end and all; its limit is two bytes less";
    static final String HTTP_09 = "answers as HTTP/0.9, without a header; 9112 does not have that version any more";

    private NginxWays() {
    }
}

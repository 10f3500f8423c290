package dev.loomgate.gateway.fastcgi;

/** What a program is asked as (section 6 of the specification). Filters, which few programs are, are not there. */
enum Role {
    /** It answers the request: section 6.2. */
    RESPONDER(1, "a responder: is it an authorizer or a filter?"),
    /** It says whether the request may be answered: section 6.3. */
    AUTHORIZER(2, "an authorizer: is it a responder?");

    private final int code;
    private final String doubt;

    Role(int code, String doubt) {
        this.code = code;
        this.doubt = doubt;
    }

    /** Its number in BEGIN_REQUEST. */
    int code() {
        return code;
    }

    /** The role in words, and what else a program may be that does not know it. */
    String doubt() {
        return doubt;
    }
}

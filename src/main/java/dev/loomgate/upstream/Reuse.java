package dev.loomgate.upstream;

/** Which connections that have served a request before are good enough for another one. */
public enum Reuse {
    /** Any: the request may be sent again should the other side have closed it just now (RFC 9110 section 9.2.2). */
    ANY,
    /** One that served a request within the last second, and is open at this moment: unlikely to be closed just now. */
    RECENT,
    /** None: a new one is opened. */
    NONE
}

package dev.loomgate.gateway.mainprogram;

/** What requests of one program have in common. */
public enum Isolation {
    /** Nothing: each begins with fresh static fields, as in a JVM of its own. */
    REQUEST,
    /** Static fields: what one request leaves in them, others find. */
    SHARED
}

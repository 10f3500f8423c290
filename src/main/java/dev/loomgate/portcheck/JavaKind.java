package dev.loomgate.portcheck;

/** What Java code is to the server. */
enum JavaKind {
    /** A program with a main method. */
    PROGRAM,
    /** Servlets, in a WAR or not. */
    SERVLETS,
    /** Handlers of this server's interface. */
    HANDLERS,
    /** Classes that are none of these: a library, perhaps. */
    LIBRARY
}

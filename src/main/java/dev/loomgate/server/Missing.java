package dev.loomgate.server;

/**
 * Something that this machine lacks for a part of the configuration; the rest works without it.
 *
 * @param what   what is missing, such as a program
 * @param needed what needs it
 * @param remedy how to get it
 */
public record Missing(String what, String needed, String remedy) {
    /** One line for people. */
    @Override
    public String toString() {
        return what + " is missing, needed by " + needed + "; " + remedy;
    }
}

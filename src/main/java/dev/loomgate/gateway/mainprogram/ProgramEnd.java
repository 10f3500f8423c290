package dev.loomgate.gateway.mainprogram;

/**
 * Ends a thread of a program: it called {@code exit}, or the request is over. An error, so that {@code catch (Exception e)} lets
 * it pass; rewritten code rethrows it from {@code catch (Throwable t)} too. Has no stack trace: it says nothing of a fault.
 */
final class ProgramEnd extends Error {
    private static final long serialVersionUID = 1L;

    ProgramEnd(String reason) {
        super(reason, null, false, false);
    }
}

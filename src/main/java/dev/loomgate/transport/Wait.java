package dev.loomgate.transport;

/** What a connection waits for when it could be closed to make room, the least worth keeping first. */
enum Wait {
    /** That a client closes which has had its last answer, or that it reads the rest of it. */
    CLOSE(1_000),
    /** The very first byte. */
    FIRST_BYTE(1_000),
    /** The rest of a header, which an honest client sends at once. */
    HEADER(2_000),
    /** The next request. */
    REQUEST(10_000);

    private final long young;

    /** @param young age in milliseconds below which it is left alone: what it waits for may be on its way */
    Wait(long young) {
        this.young = young;
    }

    /** Whether it has lasted for so long, in milliseconds, that it may be ended. */
    boolean isLong(long age) {
        return age >= young;
    }
}

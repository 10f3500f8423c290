package dev.loomgate.transport;

/**
 * What connections with TLS share: arrays for records, and who works on handshakes. Safe for use by many threads.
 *
 * @param small      arrays for a record
 * @param large      arrays for as many records as one system call writes
 * @param handshakes who works on handshakes
 */
record TlsBuffers(Buffers small, Buffers large, Handshakes handshakes) {
    /** Bytes of the longest record that the JDK makes or takes, and some. */
    static final int SMALL = 17 * 1024;
    /** Bytes of a body that fit into one record, with what the JDK takes off for TLS 1.3. */
    static final int RECORD = 16 * 1024 - 64;
    /** Bytes of a body that fit into the records of one write. */
    static final int PIECE = 4 * RECORD;
    /** For as many, and room for the longest record behind them, without which the JDK won't begin another. */
    private static final int LARGE = 5 * SMALL;

    static TlsBuffers create(Handshakes handshakes) {
        return new TlsBuffers(new Buffers(SMALL), new Buffers(LARGE), handshakes);
    }
}

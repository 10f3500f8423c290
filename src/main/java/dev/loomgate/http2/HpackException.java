package dev.loomgate.http2;

/** A field section that can't be decoded: the two ends' tables do not agree any more (RFC 9113 section 4.3). */
final class HpackException extends Exception {
    private static final long serialVersionUID = 1L;

    HpackException(String reason) {
        // without a stack trace: clients cause these, at whatever rate they like
        super(reason, null, false, false);
    }
}

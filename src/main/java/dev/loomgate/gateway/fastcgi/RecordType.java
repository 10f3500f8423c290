package dev.loomgate.gateway.fastcgi;

/** Types of records (section 8 of the specification) as this side of FastCGI meets them. */
final class RecordType {
    static final int BEGIN_REQUEST = 1;
    static final int ABORT_REQUEST = 2;
    static final int END_REQUEST = 3;
    static final int PARAMS = 4;
    static final int STDIN = 5;
    static final int STDOUT = 6;
    static final int STDERR = 7;
    static final int GET_VALUES = 9;
    static final int GET_VALUES_RESULT = 10;

    private RecordType() {
    }
}

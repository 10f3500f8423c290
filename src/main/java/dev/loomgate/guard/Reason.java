package dev.loomgate.guard;

import java.util.Locale;

/** Why a client was turned away. */
public enum Reason {
    /** As many connections as there may be. */
    CONNECTIONS("as many connections as there may be"),
    /** As many connections of this address as there may be. */
    CONNECTIONS_OF_ADDRESS("as many connections of one address as there may be"),
    /** A connection that had sent nothing yet, or waited for its next request, was closed to make room. */
    ROOM_NEEDED("connections that waited were closed to make room for new ones"),
    /** No file descriptor was left. */
    DESCRIPTORS("no file descriptor left; raise the limit (ulimit -n, LimitNOFILE)"),
    /** The address is on the deny list, or there is an allow list and the address is not on it. */
    ADDRESS("address not allowed"),
    /** Requests that were worked on, and the queue for more, were as many as there may be. */
    CONCURRENT_REQUESTS("as many requests at once as there may be"),
    /** A request had waited in the queue for as long as it may. */
    REQUEST_QUEUE("a request waited too long for its turn"),
    /** Too many requests of an address, or to a route, in a time. */
    REQUEST_RATE("too many requests in a time"),
    /** A request took longer in all than it may. */
    REQUEST_TIME("a request took too long"),
    /** A connection that should have come from a proxy, and with its PROXY header, did not. */
    PROXY_HEADER("a connection did not begin as one from a trusted proxy does"),
    /** The load average was too high. */
    LOAD("the load average is too high"),
    /** Tasks waited for a processor for too much of the time. */
    CPU_PRESSURE("processors are too busy"),
    /** Tasks waited for memory for too much of the time. */
    MEMORY_PRESSURE("memory is too busy"),
    /** Tasks waited for disks for too much of the time. */
    IO_PRESSURE("disks are too busy"),
    /** Too little memory of the machine or the container was left. */
    MEMORY("memory is short"),
    /** Too little swap space was left. */
    SWAP("swap space is short"),
    /** Too little of the heap was left after garbage collection. */
    HEAP("the heap is short"),
    /** Too many requests in a second on one connection. */
    REQUESTS_OF_CONNECTION("too many requests in a second on one connection"),
    /** Too many frames of HTTP/2 that ask for nothing. */
    FRAMES("too many HTTP/2 frames that ask for nothing"),
    /** Too many requests of HTTP/2 were broken off by, or because of, one client. */
    RESETS("too many HTTP/2 requests broken off on one connection"),
    /** Too many bytes in a second from one connection. */
    BYTES_IN("too many bytes in a second from one connection"),
    /** Too many bytes in a second to one connection. */
    BYTES_OUT("too many bytes in a second to one connection"),
    /** A header or a body did not come in time. */
    SLOW_REQUEST("a request did not come in time"),
    /** What came was no request, or one that can be read in two ways. */
    MALFORMED("a request was not valid HTTP"),
    /** A request line was too long. */
    REQUEST_LINE("a request line was longer than it may be"),
    /** A header was too long, or had too many fields. */
    HEADER("a header was longer than it may be"),
    /** A body was too long: in all, or to be kept in memory. */
    BODY("a body was longer than it may be"),
    /** A connection waited too long for its next request. Clients forget connections by the thousand: no line is logged. */
    IDLE("connections were idle for too long"),
    /** A response was not read in time. */
    SLOW_READER("a response was not read in time");

    private final String text;

    Reason(String text) {
        this.text = text;
    }

    /** The reason in words. */
    String text() {
        return text;
    }

    /** Whether it is worth a line in the log. */
    boolean isLogged() {
        return this != IDLE;
    }

    /** The name as logs and the status page show it: {@code connections-of-address}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}

package dev.loomgate.guard;

import java.util.Locale;

/** Why a client was turned away. */
public enum Reason {
    /** As many connections as there may be. */
    CONNECTIONS,
    /** As many connections of this address as there may be. */
    CONNECTIONS_OF_ADDRESS,
    /** A connection that had sent nothing yet, or waited for its next request, was closed to make room. */
    ROOM_NEEDED,
    /** No file descriptor was left. */
    DESCRIPTORS,
    /** The address is on the deny list, or there is an allow list and the address is not on it. */
    ADDRESS,
    /** Requests that were worked on, and the queue for more, were as many as there may be. */
    CONCURRENT_REQUESTS,
    /** A request had waited in the queue for as long as it may. */
    REQUEST_QUEUE,
    /** Too many requests of this address, or to this route, in a time. */
    REQUEST_RATE,
    /** A request took longer in all than it may. */
    REQUEST_TIME,
    /** A connection that should have come through a proxy, and with its PROXY header, did not. */
    PROXY_HEADER,
    /** The load average was too high. */
    LOAD,
    /** Tasks waited for a processor for too much of the time. */
    CPU_PRESSURE,
    /** Tasks waited for memory for too much of the time. */
    MEMORY_PRESSURE,
    /** Tasks waited for disks for too much of the time. */
    IO_PRESSURE,
    /** Too little memory of the machine or the container was left. */
    MEMORY,
    /** Too little swap space was left. */
    SWAP,
    /** Too little of the heap was left after garbage collection. */
    HEAP,
    /** Too many requests in a second on one connection. */
    REQUESTS_OF_CONNECTION,
    /** Too many bytes in a second from one connection. */
    BYTES_IN,
    /** Too many bytes in a second to one connection. */
    BYTES_OUT,
    /** A header or a body did not come in time. */
    SLOW_REQUEST,
    /** A response was not read in time. */
    SLOW_READER;

    /** The name as logs and the status page show it: {@code connections-of-address}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}

package dev.loomgate.config;

/**
 * Where the status page, the metrics and the health checks are served, apart from what the server is for.
 *
 * @param host name or address to bind; default 127.0.0.1
 * @param port port, 0 to 65535; 0 takes any that is free; default 9090
 */
public record AdminConfig(String host, int port) {
    /** What {@code admin: on} means. */
    public static final AdminConfig DEFAULT = new AdminConfig("127.0.0.1", 9090);

    /** {@code http://host:port}, an IPv6 address in brackets. */
    public String uri(int boundPort) {
        return new ListenerConfig("admin", host, port, 1).uri(boundPort);
    }
}

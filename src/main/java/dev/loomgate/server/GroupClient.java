package dev.loomgate.server;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import dev.loomgate.handler.HttpBackend;
import dev.loomgate.handler.HttpReply;
import dev.loomgate.upstream.Claim;
import dev.loomgate.upstream.Group;
import dev.loomgate.upstream.Lease;
import dev.loomgate.upstream.Reuse;
import dev.loomgate.upstream.UnavailableException;
import dev.loomgate.upstream.http.Field;
import dev.loomgate.upstream.http.HttpExchange;
import dev.loomgate.upstream.http.RequestText;
import dev.loomgate.upstream.http.ResponseHead;

/**
 * A group of servers as handlers call it.
 *
 * @param group where requests go
 * @param limit time of a call in all
 */
record GroupClient(Group group, Duration limit) implements HttpBackend {
    private static final int MOST_BODY = 64 << 20;
    private static final Set<String> IDEMPOTENT = Set.of("GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE");

    @Override
    public HttpBackend within(Duration shorter) {
        if (!shorter.isPositive()) {
            throw new IllegalArgumentException("a limit of " + shorter + "; a time above zero is needed");
        }
        return new GroupClient(group, shorter);
    }

    @Override
    public HttpReply send(String method, String target, Map<String, String> fields, byte[] body)
            throws IOException, InterruptedException {
        requireSafe(method, target, fields);
        long deadline = System.nanoTime() + limit.toNanos();
        boolean repeatable = IDEMPOTENT.contains(method);
        Claim claim = group.claim("");
        while (true) {
            try (Lease lease = claim.take(repeatable ? Reuse.ANY : Reuse.RECENT, left(deadline))) {
                Duration left = left(deadline);
                var exchange = new HttpExchange(lease.connection(), method, false, left);
                try {
                    return converse(lease, exchange, left, header(lease, method, target, fields, body.length), body);
                } catch (IOException e) {
                    if (Thread.interrupted()) {
                        throw new InterruptedException("interrupted while " + lease.backend() + " was asked");
                    }
                    boolean late = lease.connection().isExpired();
                    if (!late && repeatable && lease.connection().isReused() && !exchange.isAnswered()) {
                        continue;
                    }
                    lease.failed(e.getMessage());
                    throw new IOException(late ? lease.backend() + " did not answer within " + limit
                            : lease.backend() + " failed: " + e.getMessage(), e);
                }
            } catch (UnavailableException e) {
                throw new IOException(e.getMessage(), e);
            }
        }
    }

    private Duration left(long deadline) throws IOException {
        Duration left = Duration.ofNanos(deadline - System.nanoTime());
        if (!left.isPositive()) {
            throw new IOException("no connection to upstream '" + group.name() + "' within " + limit);
        }
        return left;
    }

    private static HttpReply converse(Lease lease, HttpExchange exchange, Duration left, RequestText header, byte[] body)
            throws IOException {
        exchange.limitInAll(left);
        exchange.send(header, body, body.length);
        ResponseHead head = exchange.readHead();
        byte[] content = exchange.body().readNBytes(MOST_BODY + 1);
        if (content.length > MOST_BODY) {
            throw new IOException("the answer is longer than " + MOST_BODY + " bytes");
        }
        var headers = new LinkedHashMap<String, List<String>>();
        for (Field field : head.fields()) {
            headers.computeIfAbsent(field.header().lowerCase(), name -> new ArrayList<>()).add(field.value());
        }
        lease.succeeded(exchange.isReusable());
        return new HttpReply(head.status(), headers, content);
    }

    private static RequestText header(Lease lease, String method, String target, Map<String, String> fields, int length) {
        String address = lease.backend().endpoint().toString();
        var header = new RequestText(method, target).field("Host", address.startsWith("unix:") ? "localhost" : address);
        fields.forEach(header::field);
        if (length > 0 || !method.equals("GET") && !method.equals("HEAD")) {
            header.field("Content-Length", length);
        }
        return header;
    }

    private static void requireSafe(String method, String target, Map<String, String> fields) {
        if (!method.matches("[A-Z]+") || !target.startsWith("/") || target.chars().anyMatch(c -> c <= ' ' || c >= 0x7f)) {
            throw new IllegalArgumentException("'" + method + " " + target + "' is no request: a method in capital letters and a "
                    + "target that begins with / and is percent-encoded are needed");
        }
        fields.forEach((name, value) -> {
            if (!name.matches("[!#$%&'*+.^_`|~0-9A-Za-z-]+") || value.chars().anyMatch(c -> c < ' ' && c != '\t' || c > 0xff)
                    || name.matches("(?i)host|content-length|transfer-encoding|connection")) {
                throw new IllegalArgumentException("the field '" + name + "' is set by itself, or not allowed in a header");
            }
        });
    }
}

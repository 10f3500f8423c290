package dev.loomgate.proxy;

import java.io.IOException;
import java.io.InputStream;
import java.util.Set;

import dev.loomgate.transport.ClientWatch;
import dev.loomgate.transport.UpstreamTime;
import dev.loomgate.upstream.Claim;
import dev.loomgate.upstream.Group;
import dev.loomgate.upstream.Lease;
import dev.loomgate.upstream.Reuse;
import dev.loomgate.upstream.UnavailableException;
import dev.loomgate.upstream.http.HttpExchange;
import dev.loomgate.upstream.http.RequestText;
import dev.loomgate.upstream.http.ResponseHead;
import io.helidon.common.socket.PeerInfo;
import io.helidon.http.HeaderNames;
import io.helidon.http.Method;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;

/**
 * One request on its way to a server and back. A short body goes out with the header, and then the response is passed back, by the
 * thread of the request. With a longer one, another virtual thread passes the response back meanwhile: it may begin before the
 * body has ended.
 */
final class Passage {
    private static final int PIECE = 16 * 1024;
    private static final long CHUNKED = -1;
    private static final long NONE = -2;
    private static final byte[] NOTHING = new byte[0];

    /** Methods whose requests may be sent again if a kept connection turns out to be closed (RFC 9110 section 9.2.2). */
    private static final Set<String> IDEMPOTENT = Set.of("GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE");

    private final Claim claim;
    private final ProxySettings settings;
    private final ServerRequest request;
    private final RequestHeader header;
    private final String method;
    private final String target;
    private final Relay relay;
    private final boolean repeatable;
    private InputStream body;
    private byte[] first = NOTHING;
    private int firstLength;
    private long length = NONE;
    private boolean whole = true;

    private volatile Lease lease;
    private volatile boolean brokenOff;

    Passage(Group group, ProxySettings settings, Via via, PathMapping paths, ServerRequest request, ServerResponse response) {
        this.settings = settings;
        this.request = request;
        PeerInfo client = request.remotePeer();
        this.header = new RequestHeader(request, client, settings, via);
        this.claim = group.claim(header.client());
        this.method = request.prologue().method().text();
        String path = request.prologue().method() == Method.OPTIONS && request.prologue().uriPath().rawPath().equals("*")
                ? "*" : paths.toServer(request.prologue().uriPath().rawPath());
        String query = request.prologue().query().rawValue();
        this.target = query.isEmpty() ? path : path + '?' + query;
        this.relay = new Relay(request, response, paths, settings, header.protocols());
        this.repeatable = IDEMPOTENT.contains(method);
    }

    /** Whether a part of the response may have gone to the client, so that no other response can. */
    boolean hasBegun() {
        return relay.hasBegun();
    }

    /** Ends it from outside: the client has gone, or the server stops. */
    void breakOff() {
        brokenOff = true;
        claim.abandon();
        Lease now = lease;
        if (now != null) {
            now.breakOff();
        }
    }

    /**
     * Answers the request.
     *
     * @throws ProxyException       if no server does
     * @throws IOException          if the client fails
     * @throws InterruptedException if the thread is interrupted
     */
    void run() throws ProxyException, IOException, InterruptedException {
        if (header.isLoop()) {
            throw ProxyException.loop();
        }
        boolean asks = request.content().hasEntity() && header.expectsContinue();
        if (request.content().hasEntity()) {
            length = request.headers().contentLength().orElse(CHUNKED);
            body = asks ? null : readFirst();
        } else if (request.headers().contains(HeaderNames.CONTENT_LENGTH)) {
            length = 0;
        }
        try (ClientWatch.Watch watch = request instanceof ClientWatch client ? client.onClientGone(this::breakOff) : () -> { }) {
            while (!pass(asks, watch)) {
                // on another connection
            }
        }
    }

    /** Reads so much that a short body is whole: a client that sends nothing shall take no connection. */
    private InputStream readFirst() throws IOException {
        InputStream in = request.content().inputStream();
        long most = length >= 0 ? Math.min(length, PIECE) : PIECE;
        first = new byte[(int) Math.max(1, most)];
        whole = false;
        do {
            int count = in.read(first, firstLength, first.length - firstLength);
            if (count < 0) {
                whole = true;
                length = firstLength;
                break;
            }
            firstLength += count;
            // what comes bit by bit goes on bit by bit
        } while (length >= 0 && firstLength < most);
        whole |= firstLength == length;
        return in;
    }

    /** Tries once; false if it is to be tried again. */
    private boolean pass(boolean asks, ClientWatch.Watch watch)
            throws ProxyException, IOException, InterruptedException {
        try (Lease one = claim.take(repeatable && whole ? Reuse.ANY : Reuse.RECENT, Claim.EVER)) {
            lease = one;
            requireWanted();
            var exchange = new HttpExchange(one.connection(), method, header.isUpgrade(), settings.timeout());
            try {
                converse(one, exchange, asks, watch);
                return true;
            } catch (Relay.ClientGone e) {
                throw e;
            } catch (IOException e) {
                if (isStale(one, exchange)) {
                    return false;
                }
                throw failed(one, e);
            }
        } catch (UnavailableException e) {
            requireWanted();
            throw ProxyException.of(e);
        } finally {
            lease = null;
        }
    }

    /** Whether a kept connection was closed, as far as can be told before the request came. */
    private boolean isStale(Lease one, HttpExchange exchange) {
        return one.connection().isReused() && !exchange.isAnswered() && !one.connection().isExpired() && !brokenOff && repeatable
                && whole && !relay.hasBegun() && !Thread.currentThread().isInterrupted();
    }

    private Exception failure(Lease one, IOException e) {
        if (brokenOff) {
            return new IOException("it has gone", e);
        }
        if (Thread.currentThread().isInterrupted()) {
            return new InterruptedException("interrupted while " + one.backend() + " worked on the request");
        }
        one.failed(e.getMessage());
        return ProxyException.of(one.backend(), e);
    }

    private IOException failed(Lease one, IOException e) throws ProxyException, InterruptedException {
        switch (failure(one, e)) {
            case ProxyException failure -> throw failure;
            case InterruptedException failure -> {
                Thread.interrupted();
                throw failure;
            }
            case Exception failure -> {
                return (IOException) failure;
            }
        }
    }

    private void requireWanted() throws IOException {
        if (brokenOff) {
            throw new IOException("it has gone");
        }
    }

    private void converse(Lease one, HttpExchange exchange, boolean asks, ClientWatch.Watch watch)
            throws IOException, ProxyException, InterruptedException {
        long begun = System.nanoTime();
        one.connection().limitWait(settings.timeout());
        if (asks && body == null) {
            exchange.send(header.text(one.backend(), target, length, true), NOTHING, 0);
            ResponseHead early = exchange.readHeadOrContinue();
            if (early != null && early.status() != 100) {
                // the answer does not need the body, so the client is never asked for it
                noteTime(begun);
                relay.relay(early, exchange, one, watch);
                return;
            }
            body = readFirst();
            exchange.begin(first, firstLength, length);
        } else if (whole) {
            send(exchange, header.text(one.backend(), target, length, false));
        } else {
            exchange.send(header.text(one.backend(), target, length, false), NOTHING, 0);
            exchange.begin(first, firstLength, length);
        }
        if (whole) {
            ResponseHead head = exchange.readHead();
            noteTime(begun);
            relay.relay(head, exchange, one, watch);
        } else {
            new Duplex(one, exchange, begun, watch).run();
        }
    }

    private void send(HttpExchange exchange, RequestText text) throws IOException {
        try {
            exchange.send(text, first, firstLength);
        } catch (IOException e) {
            // it may have answered and closed without reading; if not, reading fails as well
            if (firstLength == 0) {
                throw e;
            }
        }
    }

    private void noteTime(long begun) {
        if (request instanceof UpstreamTime timed) {
            timed.upstreamTook(System.nanoTime() - begun);
        }
    }

    /** Both directions at once: this thread sends the rest of the body, another one passes the response back. */
    private final class Duplex {
        private final Lease one;
        private final HttpExchange exchange;
        private final long begun;
        private final ClientWatch.Watch watch;
        private volatile boolean answered;
        private Exception failure;

        private Duplex(Lease one, HttpExchange exchange, long begun, ClientWatch.Watch watch) {
            this.one = one;
            this.exchange = exchange;
            this.begun = begun;
            this.watch = watch;
        }

        private void run() throws IOException {
            exchange.sending(true);
            Thread back = Thread.ofVirtual().name("proxy-back").start(this::passBack);
            IOException clientFailure = null;
            try {
                feed();
            } catch (IOException e) {
                clientFailure = e;
                breakOff();
            } catch (RuntimeException e) {
                breakOff();
                throw e;
            } finally {
                exchange.sending(false);
                await(back);
            }
            if (clientFailure != null) {
                throw clientFailure;
            }
            switch (failure) {
                case null -> {
                    // answered
                }
                case IOException e -> throw e;
                case RuntimeException e -> throw e;
                default -> throw new IllegalStateException(failure);
            }
        }

        private void passBack() {
            try {
                ResponseHead head = exchange.readHead();
                noteTime(begun);
                relay.relay(head, exchange, one, watch);
            } catch (IOException | RuntimeException e) {
                failure = e;
            } finally {
                answered = true;
                if (exchange.isSending()) {
                    // it has answered, and does not want the rest
                    one.connection().close();
                }
            }
        }

        private void feed() throws IOException {
            byte[] piece = new byte[PIECE];
            for (int count = body.read(piece); count >= 0; count = body.read(piece)) {
                if (answered || !give(piece, count)) {
                    return;
                }
            }
            if (length == CHUNKED) {
                give(NOTHING, 0);
            }
        }

        private boolean give(byte[] piece, int count) {
            try {
                one.connection().limitWait(settings.timeout());
                if (length != CHUNKED) {
                    exchange.send(piece, count);
                } else if (count > 0) {
                    exchange.sendChunk(piece, count);
                } else {
                    exchange.sendLastChunk();
                }
                one.connection().unlimitWait();
                return true;
            } catch (IOException e) {
                // it reads no more, which it may; or it has gone, which the end of the answer tells
                return false;
            }
        }

        private void await(Thread back) {
            boolean interrupted = false;
            while (back.isAlive()) {
                try {
                    back.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                    breakOff();
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}

package dev.loomgate.guard;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

import io.helidon.http.Header;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.HttpException;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.Filter;
import io.helidon.webserver.http.FilterChain;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.RoutingResponse;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;

/**
 * Holds requests to their {@link RequestLimits}: by address first, then by rate, then by number at once, the cheapest to tell
 * first. Who is turned away gets the status, when to come again, and a line of text. Safe for use by many threads.
 */
public final class RequestGuard implements Filter {
    private static final Header TEXT = HeaderValues.createCached(HeaderNames.CONTENT_TYPE, "text/plain; charset=utf-8");

    private final Rejections rejections;
    private final ClientWatcher watcher;
    private final AddressRules addresses;
    private final RequestRate rate;
    private final Concurrency concurrency;
    private final String queueRetry;

    /**
     * @param addresses  who may come at all; null for anyone
     * @param rejections counts who is turned away
     * @param watcher    tells when a client does not wait any more
     * @param before     what held the same requests to limits until now; null if nothing did
     */
    RequestGuard(AddressRules addresses, RequestLimits limits, Rejections rejections, ClientWatcher watcher, RequestGuard before) {
        this.watcher = watcher;
        this.rejections = rejections;
        this.addresses = addresses;
        this.rate = limits.rate().map(settings -> RequestRate.succeed(before == null ? null : before.rate, settings)).orElse(null);
        this.concurrency = limits.concurrency().map(settings ->
                Concurrency.succeed(before == null ? null : before.concurrency, settings)).orElse(null);
        this.queueRetry = seconds(limits.concurrency().map(ConcurrencySettings::queueTimeout).orElse(Duration.ZERO).toNanos());
    }

    /**
     * Serves a request, or answers why not.
     *
     * @param target serves it; called once at most
     * @return what the target returned, or true if the request was answered here
     * @throws InterruptedException if the thread is interrupted while the request waits for its turn
     * @throws Exception            what the target throws
     */
    public boolean serve(ServerRequest request, ServerResponse response, Callable<Boolean> target) throws Exception {
        if (addresses != null || rate != null) {
            InetAddress client = clientOf(request);
            if (addresses != null && !addresses.admits(client)) {
                return refuse(Reason.ADDRESS, request, response, Status.FORBIDDEN_403, null);
            }
            long wait = rate == null ? 0 : rate.take(client);
            if (wait > 0) {
                return refuse(Reason.REQUEST_RATE, request, response, Status.TOO_MANY_REQUESTS_429, seconds(wait));
            }
        }
        return concurrency == null ? target.call() : serveInTurn(request, response, target);
    }

    /** Holds all requests of a routing to the limits. */
    @Override
    public void filter(FilterChain chain, RoutingRequest request, RoutingResponse response) {
        try {
            serve(request, response, () -> {
                chain.proceed();
                return true;
            });
        } catch (RuntimeException e) {
            throw e;
        } catch (InterruptedException e) {
            throw new HttpException("interrupted while waiting for other requests to end", Status.SERVICE_UNAVAILABLE_503, e);
        } catch (Exception e) {
            throw new IllegalStateException("the chain of filters has no checked exceptions", e);
        }
    }

    private boolean serveInTurn(ServerRequest request, ServerResponse response, Callable<Boolean> target) throws Exception {
        Concurrency.Permit permit = concurrency.acquireNow();
        if (permit == null) {
            Reason reason = Reason.CONCURRENT_REQUESTS;
            if (concurrency.enqueue()) {
                permit = await(request);
                reason = Reason.REQUEST_QUEUE;
            }
            if (permit == null) {
                return refuse(reason, request, response, Status.SERVICE_UNAVAILABLE_503, queueRetry);
            }
        }
        boolean telling = false;
        try {
            boolean taken = target.call();
            telling = response.status().code() < Status.INTERNAL_SERVER_ERROR_500.code();
            return taken;
        } finally {
            permit.release(telling);
        }
    }

    /** Waits for a permit, unless the client goes: to serve those who left would keep those who still wait waiting. */
    private Concurrency.Permit await(ServerRequest request) throws InterruptedException {
        Thread thread = Thread.currentThread();
        var gone = new AtomicBoolean();
        Concurrency.Permit permit = null;
        try (ClientWatcher.Watch watch = watcher.watch(request, () -> {
            gone.set(true);
            thread.interrupt();
        })) {
            permit = concurrency.await();
        } catch (InterruptedException e) {
            if (!gone.get()) {
                throw e;
            }
        }
        if (gone.get()) {
            Thread.interrupted();
            if (permit != null) {
                permit.release(false);
            }
            throw new CloseConnectionException("the client left while its request waited for its turn");
        }
        return permit;
    }

    private static InetAddress clientOf(ServerRequest request) {
        return request.remotePeer().address() instanceof InetSocketAddress inet ? inet.getAddress() : null;
    }

    private boolean refuse(Reason reason, ServerRequest request, ServerResponse response, Status status, String retryAfter) {
        rejections.count(reason, request.remotePeer().host());
        if (retryAfter != null) {
            response.header(HeaderNames.RETRY_AFTER, retryAfter);
        }
        response.status(status).header(TEXT).send(status.reasonPhrase() + "\n");
        return true;
    }

    /** Whole seconds, at least one: {@code Retry-After} has no smaller unit (RFC 9110 section 10.2.3). */
    private static String seconds(long nanos) {
        return Long.toString(Math.max(1, TimeUnit.NANOSECONDS.toSeconds(nanos + TimeUnit.SECONDS.toNanos(1) - 1)));
    }
}

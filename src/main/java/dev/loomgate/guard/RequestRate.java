package dev.loomgate.guard;

import java.net.InetAddress;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.stream.Stream;

/**
 * Limits the rate of requests, of each client or of all. What is kept of clients is bounded: there are so many buckets and no
 * more, those of clients that have been quiet are thrown away when others come, and while all are in use, newcomers share
 * buckets. So an attack from many addresses fills no memory, and slows no client that was there before it.
 *
 * <p>Safe for use by many threads, without a lock.
 */
final class RequestRate {
    /** About 10 MB when all are in use. */
    static final int MOST_BUCKETS = 100_000;
    private static final int SHARED = 1024;
    private static final long EXPIRE_EVERY = TimeUnit.SECONDS.toNanos(1);

    private final TokenBucket rule;
    private final AddressList exempt;
    private final LongSupplier clock;
    private final int most;
    private final RateSettings.Of of;
    /** Null if all clients have one bucket. */
    private final ConcurrentHashMap<Long, AtomicLong> buckets;
    private final AtomicLong[] shared;
    private final AtomicLong nextExpiry = new AtomicLong();

    RequestRate(RateSettings settings) {
        this(settings, MOST_BUCKETS, sinceNow());
    }

    /** @param clock nanoseconds, 0 or more */
    RequestRate(RateSettings settings, int most, LongSupplier clock) {
        this.rule = rule(settings);
        this.exempt = settings.exempt();
        this.clock = clock;
        this.most = most;
        this.of = settings.of();
        boolean each = of == RateSettings.Of.CLIENT;
        this.buckets = each ? new ConcurrentHashMap<>() : null;
        this.shared = Stream.generate(AtomicLong::new).limit(each ? SHARED : 1).toArray(AtomicLong[]::new);
    }

    /** In the place of another, whose clients get no new tokens by that. */
    private RequestRate(RateSettings settings, RequestRate before) {
        this.rule = rule(settings);
        this.exempt = settings.exempt();
        this.clock = before.clock;
        this.most = before.most;
        this.of = before.of;
        if (before.rule.isSameAs(rule)) {
            // requests that the other lets in meanwhile count as well
            this.buckets = before.buckets;
            this.shared = before.shared;
            return;
        }
        long now = clock.getAsLong();
        this.shared = Stream.of(before.shared).map(bucket -> convert(before, bucket, now)).toArray(AtomicLong[]::new);
        this.buckets = before.buckets == null ? null : new ConcurrentHashMap<>();
        if (buckets != null) {
            before.buckets.forEach((client, bucket) -> buckets.put(client, convert(before, bucket, now)));
        }
    }

    /**
     * A limit in the place of another.
     *
     * @param before null if there was none
     */
    static RequestRate succeed(RequestRate before, RateSettings settings) {
        return before == null || before.of != settings.of() ? new RequestRate(settings) : new RequestRate(settings, before);
    }

    private static TokenBucket rule(RateSettings settings) {
        return new TokenBucket(settings.rate(), settings.period().toNanos(), settings.burst());
    }

    private AtomicLong convert(RequestRate before, AtomicLong bucket, long now) {
        return new AtomicLong(before.rule.convert(bucket.get(), now, rule));
    }

    private static LongSupplier sinceNow() {
        long origin = System.nanoTime();
        return () -> System.nanoTime() - origin;
    }

    /**
     * Counts a request.
     *
     * @param client address of the client; null if it has none, which counts as one more client
     * @return 0 if it may go on, else the time in nanoseconds after which it may be tried again
     */
    long take(InetAddress client) {
        if (client != null && exempt.contains(client)) {
            return 0;
        }
        long now = clock.getAsLong();
        if (buckets == null) {
            return rule.take(shared[0], now);
        }
        long key = client == null ? 0 : AddressKey.of(client);
        while (true) {
            long wait = rule.take(bucket(key, now), now);
            if (wait != TokenBucket.RETRY) {
                return wait;
            }
        }
    }

    private AtomicLong bucket(Long key, long now) {
        AtomicLong bucket = buckets.get(key);
        if (bucket != null && bucket.get() != TokenBucket.GONE) {
            return bucket;
        }
        expire(now);
        if (buckets.mappingCount() >= most) {
            return shared[(int) ((key ^ key >>> 32) * 0x9E3779B9L >>> 16) & SHARED - 1];
        }
        return buckets.compute(key, (k, old) -> old == null || old.get() == TokenBucket.GONE ? new AtomicLong() : old);
    }

    /** Throws away what is not needed, seldom enough that newcomers do not notice. */
    private void expire(long now) {
        long due = nextExpiry.get();
        if (now >= due && nextExpiry.compareAndSet(due, now + EXPIRE_EVERY)) {
            buckets.values().removeIf(bucket -> TokenBucket.expire(bucket, now));
        }
    }

    /** Number of clients that have a bucket of their own. */
    long bucketCount() {
        return buckets == null ? 0 : buckets.mappingCount();
    }
}

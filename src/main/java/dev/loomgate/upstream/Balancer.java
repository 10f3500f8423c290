package dev.loomgate.upstream;

import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Chooses among servers: those that are well; if there is none, those that are kept for that case; and if all have failed, any
 * that no health check has found to be ill, since trying is better than refusing. Safe for use by many threads.
 */
final class Balancer {
    /** Multiples of it, without their whole part, are spread evenly: turns of unequal shares don't come in bunches. */
    private static final double GOLDEN = 0.6180339887498949;

    private final Balance balance;
    private final Backend[] backends;
    private final AtomicInteger turn = new AtomicInteger();

    Balancer(Balance balance, Backend[] backends) {
        this.balance = balance;
        this.backends = backends;
    }

    /** Whether there is any server that could be asked, if it had room. */
    boolean hasCandidate(Set<Backend> tried) {
        for (Backend backend : backends) {
            if (backend.isHealthy() && !tried.contains(backend)) {
                return true;
            }
        }
        return false;
    }

    /** Enters a server; null if none has room. */
    Backend enter(String client, Set<Backend> tried) {
        for (int i = 0; i <= backends.length; i++) {
            Backend chosen = choose(client, tried);
            if (chosen == null || chosen.tryEnter()) {
                return chosen;
            }
        }
        return null;
    }

    private Backend choose(String client, Set<Backend> tried) {
        var candidates = new Backend[backends.length];
        for (Rank rank : Rank.VALUES) {
            int count = 0;
            boolean any = false;
            for (Backend backend : backends) {
                if (rank.has(backend) && !tried.contains(backend)) {
                    any = true;
                    if (backend.hasRoom()) {
                        candidates[count++] = backend;
                    }
                }
            }
            if (any) {
                return count < 2 ? candidates[0] : choose(candidates, count, client);
            }
        }
        return null;
    }

    /** Who is asked first. */
    private enum Rank {
        WELL, BACKUP, HOPE;

        private static final Rank[] VALUES = values();

        private boolean has(Backend backend) {
            return switch (this) {
                case WELL -> !backend.isBackup() && backend.isUsable();
                case BACKUP -> backend.isBackup() && backend.isUsable();
                case HOPE -> backend.isHealthy();
            };
        }
    }

    private Backend choose(Backend[] candidates, int count, String client) {
        return switch (balance) {
            case ROUND_ROBIN -> inTurn(candidates, count);
            case LEAST_CONNECTIONS -> leastLoaded(candidates, count);
            case RANDOM -> ofTwo(candidates, count);
            case CLIENT_ADDRESS -> ofClient(candidates, count, client);
        };
    }

    private Backend inTurn(Backend[] candidates, int count) {
        int now = turn.getAndIncrement() & Integer.MAX_VALUE;
        double sum = 0;
        boolean equal = true;
        for (int i = 0; i < count; i++) {
            sum += candidates[i].weight();
            equal &= candidates[i].weight() == candidates[0].weight();
        }
        if (equal) {
            return candidates[now % count];
        }
        double place = now * GOLDEN % 1 * sum;
        for (int i = 0; i < count; i++) {
            place -= candidates[i].weight();
            if (place < 0) {
                return candidates[i];
            }
        }
        return candidates[count - 1];
    }

    private Backend leastLoaded(Backend[] candidates, int count) {
        // of equals each in turn
        int start = (turn.getAndIncrement() & Integer.MAX_VALUE) % count;
        Backend least = candidates[start];
        for (int i = 1; i < count; i++) {
            Backend other = candidates[(start + i) % count];
            least = other.load() < least.load() ? other : least;
        }
        return least;
    }

    private static Backend ofTwo(Backend[] candidates, int count) {
        var random = ThreadLocalRandom.current();
        int first = random.nextInt(count);
        int second = random.nextInt(count - 1);
        Backend one = candidates[first];
        Backend other = candidates[second < first ? second : second + 1];
        return other.load() < one.load() ? other : one;
    }

    /** Highest random weight: when a server goes, the clients of the others stay where they are. */
    private static Backend ofClient(Backend[] candidates, int count, String client) {
        Backend best = null;
        double highest = 0;
        for (int i = 0; i < count; i++) {
            long hash = mix(client.hashCode() * 0x9e3779b97f4a7c15L ^ candidates[i].toString().hashCode());
            double uniform = ((hash >>> 11) + 0.5) * 0x1.0p-53;
            double score = -candidates[i].weight() / Math.log(uniform);
            if (best == null || score > highest) {
                best = candidates[i];
                highest = score;
            }
        }
        return best;
    }

    private static long mix(long value) {
        long z = (value ^ value >>> 30) * 0xbf58476d1ce4e5b9L;
        z = (z ^ z >>> 27) * 0x94d049bb133111ebL;
        return z ^ z >>> 31;
    }
}

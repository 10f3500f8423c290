package dev.loomgate.files;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Resources by canonical path, up to a number of bytes. A hit costs one lookup and at most one write of a flag: no lock, no
 * list to reorder. What to drop is decided by SIEVE (Zhang and others, NSDI 2024): new entries come in at the head of a queue,
 * and a hand that moves from its tail to its head drops the first entry that nobody has asked for since the hand last passed
 * it. So one walk of a crawler over all files drops what the walk brought in, not what is hot.
 */
final class ResourceCache {
    private final long capacity;
    private final ConcurrentHashMap<String, Entry> entries = new ConcurrentHashMap<>();
    /** Guards what is below, and every change of the map. */
    private final ReentrantLock lock = new ReentrantLock();
    /** Ends of the queue in one: its {@code newer} is the tail, its {@code older} the head. */
    private final Entry ends = new Entry(null);
    private Entry hand = ends;
    private long weight;

    /** @param capacity bytes, as {@link Resource#weight} counts them; 0 for a cache that keeps nothing */
    ResourceCache(long capacity) {
        this.capacity = capacity;
        ends.newer = ends;
        ends.older = ends;
    }

    private static final class Entry {
        private final Resource resource;
        /** Read and written without a lock: a lost update costs an entry one round of the hand. */
        private volatile boolean asked;
        private Entry newer;
        private Entry older;

        Entry(Resource resource) {
            this.resource = resource;
        }
    }

    /** Gives the resource of a path, or null. */
    Resource get(String path) {
        Entry entry = entries.get(path);
        if (entry == null) {
            return null;
        }
        // not written again and again: the line would move between the processors' caches
        if (!entry.asked) {
            entry.asked = true;
        }
        return entry.resource;
    }

    /** Keeps a resource instead of what was kept for its path. One that is larger than an eighth of the cache is not kept. */
    void put(Resource resource) {
        lock.lock();
        try {
            drop(entries.get(resource.path()));
            if (resource.weight() > capacity / 8) {
                return;
            }
            Entry entry = new Entry(resource);
            entries.put(resource.path(), entry);
            weight += resource.weight();
            entry.older = ends.older;
            entry.newer = ends;
            entry.older.newer = entry;
            ends.older = entry;
            while (weight > capacity) {
                evict();
            }
        } finally {
            lock.unlock();
        }
    }

    private void evict() {
        Entry candidate = hand == ends ? ends.newer : hand;
        while (candidate.asked) {
            candidate.asked = false;
            candidate = candidate.newer == ends ? ends.newer : candidate.newer;
        }
        hand = candidate;
        drop(candidate);
    }

    private void drop(Entry entry) {
        if (entry == null) {
            return;
        }
        if (hand == entry) {
            hand = entry.newer;
        }
        entry.newer.older = entry.older;
        entry.older.newer = entry.newer;
        entries.remove(entry.resource.path());
        weight -= entry.resource.weight();
    }

    /** Forgets a path. */
    void remove(String path) {
        lock.lock();
        try {
            drop(entries.get(path));
        } finally {
            lock.unlock();
        }
    }

    /** Forgets everything. */
    void clear() {
        lock.lock();
        try {
            entries.clear();
            ends.newer = ends;
            ends.older = ends;
            hand = ends;
            weight = 0;
        } finally {
            lock.unlock();
        }
    }

    /** Bytes kept, as {@link Resource#weight} counts them. */
    long weight() {
        lock.lock();
        try {
            return weight;
        } finally {
            lock.unlock();
        }
    }
}

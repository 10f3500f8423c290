package dev.loomgate.server;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;

import dev.loomgate.upstream.Backend;
import dev.loomgate.upstream.Group;

/**
 * The configurations that have been served since the start: the present one, those that finish what they have, and what is left of
 * the others, which are counts. Counts never go back at a reload. Safe for use by many threads.
 */
final class Revisions {
    private static final long LONGEST_CLOSE_SECONDS = 30;

    private final List<Revision> retiring = new ArrayList<>();
    private final Map<GatewayLine.Identity, GatewayLine> closed = new LinkedHashMap<>();
    private final Map<String, Group.Status> closedGroups = new HashMap<>();
    private final Set<CountDownLatch> closing = ConcurrentHashMap.newKeySet();
    private volatile Revision current;
    private int served;

    /** The one that is served; null before the first. */
    Revision current() {
        return current;
    }

    /** Goes on with another one; the one before begins to retire. */
    synchronized void follow(Revision next) {
        if (current != null) {
            retiring.add(current);
        }
        current = next;
        served++;
    }

    /** Closes one whose last request has ended. */
    void end(Revision old) {
        var ended = new CountDownLatch(1);
        closing.add(ended);
        try {
            if (keepCounts(old)) {
                old.close();
            }
        } finally {
            ended.countDown();
            closing.remove(ended);
        }
    }

    private synchronized boolean keepCounts(Revision old) {
        if (!retiring.remove(old)) {
            return false;
        }
        old.parts().gateways().forEach(line -> closed.merge(line.identity(), line.closed(), (before, later) ->
                later.after(before)));
        old.parts().upstreams().status().forEach((name, group) -> closedGroups.merge(name, group, Revisions::sum));
        return true;
    }

    /**
     * Closes all that retire, whatever they still do; those that another thread closes have ended then, too, unless that takes longer
     * than {@value #LONGEST_CLOSE_SECONDS} s.
     */
    void endRetiring() {
        List<Revision> all;
        synchronized (this) {
            all = List.copyOf(retiring);
        }
        all.forEach(this::end);
        try {
            for (CountDownLatch other : closing) {
                other.await(LONGEST_CLOSE_SECONDS, TimeUnit.SECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** How many there have been. */
    synchronized int served() {
        return served;
    }

    /** How many of them still have requests, other than the present one. */
    synchronized int retiringCount() {
        return retiring.size();
    }

    /** Gateways of the present one, with what those did and counted that were in their places. */
    synchronized List<GatewayLine> gateways() {
        if (current == null) {
            return List.of();
        }
        Map<GatewayLine.Identity, GatewayLine> former = former();
        return current.parts().gateways().stream().map(line -> {
            GatewayLine before = former.remove(line.identity());
            return before == null ? line : line.after(before);
        }).toList();
    }

    private Map<GatewayLine.Identity, GatewayLine> former() {
        var former = new LinkedHashMap<>(closed);
        retiring.forEach(one -> one.parts().gateways().forEach(line ->
                former.merge(line.identity(), line, (before, later) -> later.after(before))));
        return former;
    }

    /** What gateways have counted, by route, also those that are no more. */
    synchronized Map<String, Long> countOfGateways(ToLongFunction<GatewayLine> count) {
        var counts = new TreeMap<String, Long>();
        former().values().forEach(line -> counts.merge(line.route(), count.applyAsLong(line), Long::sum));
        if (current != null) {
            current.parts().gateways().forEach(line -> counts.merge(line.route(), count.applyAsLong(line), Long::sum));
        }
        return counts;
    }

    /** Groups of servers of the present one, with what has been counted of the same servers before. */
    synchronized Map<String, Group.Status> upstreams() {
        var groups = new LinkedHashMap<String, Group.Status>();
        if (current != null) {
            Map<String, Group.Status> former = formerGroups();
            current.parts().upstreams().status().forEach((name, group) ->
                    groups.put(name, former.containsKey(name) ? ofServers(group, former.get(name)) : group));
        }
        return groups;
    }

    private Map<String, Group.Status> formerGroups() {
        var former = new HashMap<>(closedGroups);
        retiring.forEach(one -> one.parts().upstreams().status().forEach((name, group) ->
                former.merge(name, group, Revisions::sum)));
        return former;
    }

    /** What groups have counted, by name, also those that are no more. */
    synchronized Map<String, Long> countOfUpstreams(ToLongFunction<Group.Status> count) {
        var counts = new TreeMap<String, Long>();
        formerGroups().forEach((name, group) -> counts.merge(name, count.applyAsLong(group), Long::sum));
        if (current != null) {
            current.parts().upstreams().status().forEach((name, group) ->
                    counts.merge(name, count.applyAsLong(group), Long::sum));
        }
        return counts;
    }

    /** All servers of both. */
    private static Group.Status sum(Group.Status before, Group.Status later) {
        var servers = new ArrayList<>(ofServers(later, before).servers());
        before.servers().stream().filter(server -> later.servers().stream().noneMatch(one -> one.address().equals(server.address())))
                .forEach(servers::add);
        return new Group.Status(servers, later.waiting(), before.refused() + later.refused());
    }

    /** The servers of one, with the counts of both. */
    private static Group.Status ofServers(Group.Status later, Group.Status before) {
        var former = new HashMap<String, Backend.Status>();
        before.servers().forEach(server -> former.put(server.address(), server));
        return new Group.Status(later.servers().stream().map(server -> {
            // a server may be named twice
            Backend.Status same = former.remove(server.address());
            return same == null ? server : new Backend.Status(server.address(), server.state(), server.reason(), server.active(),
                    server.idle(), server.weight(), server.backup(), server.requests() + same.requests(), server.failures() + same.failures(),
                    server.ejections() + same.ejections(), server.connects() + same.connects());
        }).toList(), later.waiting(), later.refused() + before.refused());
    }
}

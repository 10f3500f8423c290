package dev.loomgate.observe;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Collectors;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sees virtual threads that keep their carrier, which the others then lack: those that wait while they are pinned to it, those that
 * stay in native code, and those that compute on and on without ever waiting. Each place in the code is logged once, with its stack;
 * all are counted. Safe for use by many threads.
 *
 * <p>Once in five seconds it asks the scheduler how many virtual threads are mounted, and if there are any, looks at their stacks, which
 * stops all threads for some milliseconds. One that waits at the same place in the next look, or is on the same carrier in each for
 * long, is reported; so a wait that is shorter than a tenth of a second is found only if there are many such. That needs neither
 * files nor descriptors. With the flight recorder, each wait of 20 ms or longer is counted instead; but Java ends the process if the
 * recorder needs a descriptor when there is none, so that it is stopped when they become scarce.
 */
public final class CarrierWatch implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(CarrierWatch.class);
    // at one look a second, a server with much to do for short requests lost some per cent of them in every pair of turns that was measured
    private static final Duration LOOK = Duration.ofSeconds(5);
    /** One in so many looks is taken in any case: the scheduler does not count threads that read a file or a pipe as mounted. */
    private static final int QUIET = 5;
    private static final Duration PERIOD = Duration.ofMillis(100);
    private static final int LEAST_LOOKS = 8;
    /** So many times as long as a look takes is the time to the next, at least: it may take long, and stops all threads. */
    private static final int RARE = 200;
    /** The time to the next look is at most so many times what it is as a rule: else one look that took long would be the last. */
    private static final int RAREST = 30;
    private static final int OFTEN = 5;
    /** Looks at one thread, beyond those that its patience takes: the machine may be busy. */
    private static final Duration MARGIN = Duration.ofSeconds(2);
    /** In per cent of a processor; less than that a thread that computes may get on a busy machine. */
    private static final int BUSY = 10;
    private static final String WAITED = "a virtual thread waited without letting go of its carrier";
    private static final String IN_NATIVE_CODE = "a virtual thread stays in native code and keeps its carrier";
    private static final String COMPUTES = "a virtual thread computes without a pause and keeps its carrier";

    private final Duration look;
    private final Duration patience;
    private final boolean recorder;
    private final LongAdder pinned = new LongAdder();
    private final LongAdder monopolised = new LongAdder();
    private final CarrierSites sites = new CarrierSites();
    private final CarrierDump dump = new CarrierDump();
    private final VirtualThreads scheduler = VirtualThreads.ofThisJvm();
    private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    // a platform thread: it must run while no carrier is free
    private final Thread thread = Thread.ofPlatform().daemon().name("carrier-watch").unstarted(this::run);
    // the following of that thread
    private final Set<MountedThread.Place> reported = new HashSet<>();
    private final Set<MountedThread.Place> waiting = new HashSet<>();
    private volatile PinnedEvents events;

    private CarrierWatch(Duration look, Duration patience, boolean recorder) {
        this.look = look;
        this.patience = patience;
        this.recorder = recorder;
    }

    /**
     * Begins to watch. It takes a moment: call it when there is nothing more urgent.
     *
     * @param patience how long a thread may keep its carrier without a pause; longer than it takes to look at it eight times, 0.8 s
     * @param recorder whether Java's flight recorder is used while there are descriptors enough
     * @throws IllegalStateException if this JVM does not tell what its threads do
     */
    public static CarrierWatch start(Duration patience, boolean recorder) {
        return start(LOOK, patience, recorder);
    }

    /** @param look time between two looks */
    static CarrierWatch start(Duration look, Duration patience, boolean recorder) {
        var watch = new CarrierWatch(look, patience, recorder);
        watch.thread.start();
        return watch;
    }

    /**
     * A place in the code where virtual threads kept their carriers.
     *
     * @param place   class and method
     * @param what    what they did there
     * @param times   how often
     * @param longest the longest time
     */
    public record Site(String place, String what, long times, Duration longest) {
        Site plus(Duration time) {
            return new Site(place, what, times + 1, time.compareTo(longest) > 0 ? time : longest);
        }
    }

    /** The places where virtual threads kept their carriers most often, at most so many. */
    public List<Site> sites(int most) {
        return sites.most(most);
    }

    /** How often a virtual thread was found waiting, or staying in native code, while it held its carrier. */
    public long pinnedCount() {
        return pinned.sum();
    }

    /** How often a virtual thread computed for longer than it may without a pause. */
    public long monopolisedCount() {
        return monopolised.sum();
    }

    private void run() {
        try {
            for (int count = 1;; count++) {
                Thread.sleep(shorter(longer(look, dump.time().multipliedBy(RARE)), look.multipliedBy(RAREST)));
                if (recorder) {
                    record();
                }
                if (count % QUIET == 0 || scheduler.scheduler().map(now -> now.mounted() > 0).orElse(true)) {
                    follow(dump.take());
                } else {
                    reported.clear();
                    waiting.clear();
                }
            }
        } catch (InterruptedException e) {
            // closed
        } catch (IllegalStateException | LinkageError e) {
            LOGGER.atWarn().setCause(e).log("virtual threads that keep their carriers are not seen any more");
        } finally {
            stopRecording();
        }
    }

    private void record() {
        if (events != null && DescriptorUse.isHigh()) {
            stopRecording();
            LOGGER.atWarn().log("Java's flight recorder is stopped until there are more file descriptors");
        } else if (events == null && DescriptorUse.isLow()) {
            events = new PinnedEvents((frames, time) -> found(pinned, WAITED, frames, time));
        }
    }

    /** Whether the flight recorder is in use. */
    boolean isRecording() {
        return events != null;
    }

    private void stopRecording() {
        if (events != null) {
            events.close();
            events = null;
        }
    }

    /** One thread, from the first look at it. */
    private static final class Stay {
        private final long begin = System.nanoTime();
        private final long cpuMillis;
        private final long idled;
        private int looks;

        private Stay(long cpuMillis, long idled) {
            this.cpuMillis = cpuMillis;
            this.idled = idled;
        }

        private Duration time() {
            return Duration.ofNanos(System.nanoTime() - begin);
        }
    }

    /** Looks again and again, for as long as one of those that are mounted now may be one that stays. */
    private void follow(List<MountedThread> first) throws InterruptedException {
        Map<MountedThread.Place, Stay> stays = new HashMap<>();
        reported.retainAll(places(first));
        for (MountedThread one : first) {
            if (!reported.contains(one.place())) {
                stays.put(one.place(), new Stay(one.cpuMillis(), idled(one)));
            }
        }
        List<MountedThread> before = first;
        long begin = System.nanoTime();
        for (int looks = 0; !stays.isEmpty() && (looks <= LEAST_LOOKS || System.nanoTime() - begin < patience.plus(MARGIN).toNanos());
                looks++) {
            Thread.sleep(longer(PERIOD, dump.time().multipliedBy(OFTEN)));
            List<MountedThread> now = dump.take();
            stays.keySet().retainAll(places(now));
            reportWaits(before, now, stays);
            for (MountedThread one : now) {
                Stay stay = stays.get(one.place());
                if (stay != null && ++stay.looks >= LEAST_LOOKS && stay.time().compareTo(patience) >= 0) {
                    stays.remove(one.place());
                    reportStay(one, stay);
                }
            }
            before = now;
        }
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }

    private static Duration longer(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? other : one;
    }

    private static Set<MountedThread.Place> places(List<MountedThread> mounted) {
        return mounted.stream().map(MountedThread::place).collect(Collectors.toSet());
    }

    /** How often its carrier has had nothing to do: a thread that is seen on it before and after that has paused in between. */
    private long idled(MountedThread one) {
        ThreadInfo carrier = threads.getThreadInfo(one.carrier());
        return carrier == null ? -1 : carrier.getWaitedCount();
    }

    private void reportWaits(List<MountedThread> before, List<MountedThread> now, Map<MountedThread.Place, Stay> stays) {
        Set<String> waitedAt = before.stream().filter(MountedThread::waits).map(one -> CarrierSites.place(one.frames()))
                .collect(Collectors.toSet());
        List<MountedThread> waits = now.stream().filter(MountedThread::waits).toList();
        waiting.retainAll(places(waits));
        for (MountedThread one : waits) {
            Stay stay = stays.remove(one.place());
            if (events == null && waitedAt.contains(CarrierSites.place(one.frames())) && waiting.add(one.place())) {
                found(pinned, WAITED, one.frames(), stay == null ? PERIOD : stay.time());
            }
        }
    }

    private void reportStay(MountedThread one, Stay stay) {
        long cpuMillis = one.cpuMillis() - stay.cpuMillis;
        if ((one.isNative() || one.frames().isEmpty()) && cpuMillis * 100 < stay.time().toMillis() * BUSY) {
            reported.add(one.place());
            found(pinned, one.isNative() ? IN_NATIVE_CODE : WAITED, one.frames(), stay.time());
        } else if (idled(one) == stay.idled) {
            reported.add(one.place());
            found(monopolised, COMPUTES, one.frames(), stay.time());
        }
    }

    private void found(LongAdder count, String what, List<String> frames, Duration time) {
        sites.add(what, frames, time);
        count.increment();
    }

    /** Looks no more. */
    @Override
    public void close() {
        thread.interrupt();
    }
}

package dev.loomgate.observe;

import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Collectors;

import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordedStackTrace;
import jdk.jfr.consumer.RecordedThread;
import jdk.jfr.consumer.RecordingStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sees virtual threads that keep their carrier, which the others then lack: those that wait while they are pinned to it (the
 * event {@code jdk.VirtualThreadPinned} of Java's flight recorder), and those that compute on and on without ever waiting. Each
 * place in the code is logged once, with its stack; all are counted. Safe for use by many threads.
 *
 * <p>The first are always seen. To see the second, all threads must be sampled, which takes 4 to 8 per cent of the time of a small
 * request; so that is done for some seconds as soon as a carrier has something to do, and not again for half a minute. A thread
 * that computes for less than that may be missed.
 */
public final class CarrierWatch implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(CarrierWatch.class);
    /** Waits that are shorter do no harm. */
    private static final Duration SHORTEST_WAIT = Duration.ofMillis(20);
    private static final Duration PERIOD = Duration.ofMillis(100);
    /** Between two samples of a thread that never left its carrier; the sampler may be late on a busy machine. */
    private static final Duration LONGEST_GAP = PERIOD.multipliedBy(5);
    private static final int LEAST_SAMPLES = 8;
    private static final int MOST_SITES = 1_000;
    private static final int MOST_THREADS = 10_000;
    private static final int DEEPEST = 40;
    private static final long MOST_BYTES = 8 << 20;
    private static final String PINNED = "jdk.VirtualThreadPinned";
    private static final String SAMPLE = "jdk.ExecutionSample";
    private static final long LOOK = 1_000;
    /** Of sampling, beyond the patience: the first samples may come late. */
    private static final Duration MARGIN = Duration.ofSeconds(2);
    private static final Duration REST = Duration.ofSeconds(30);

    private final Duration patience;
    private final RecordingStream stream = new RecordingStream();
    private final LongAdder pinned = new LongAdder();
    private final LongAdder monopolised = new LongAdder();
    private final Map<String, Site> sites = new ConcurrentHashMap<>();
    // a platform thread: it must run while no carrier is free
    private final Thread sampling = Thread.ofPlatform().daemon().name("carrier-watch").unstarted(this::sample);
    // of the stream's thread
    private final Map<Long, Run> runs = new HashMap<>();

    private CarrierWatch(Duration patience) {
        this.patience = patience;
    }

    /**
     * Begins to watch. It takes a moment: call it when there is nothing more urgent.
     *
     * @param patience how long a thread may compute without a pause; longer than it takes to sample it eight times, 0.8 s
     */
    public static CarrierWatch start(Duration patience) {
        var watch = new CarrierWatch(patience);
        watch.stream.setMaxSize(MOST_BYTES);
        watch.stream.enable(PINNED).withThreshold(SHORTEST_WAIT).withStackTrace();
        watch.stream.onEvent(PINNED, watch::pinned);
        watch.stream.onEvent(SAMPLE, watch::sampled);
        watch.stream.startAsync();
        watch.sampling.start();
        return watch;
    }

    private void sample() {
        var load = new CarrierLoad();
        try {
            while (true) {
                Thread.sleep(LOOK);
                if (load.isHigh()) {
                    stream.enable(SAMPLE).withPeriod(PERIOD).withStackTrace();
                    Thread.sleep(patience.plus(MARGIN));
                    stream.disable(SAMPLE);
                    Thread.sleep(REST);
                    load.isHigh();
                }
            }
        } catch (InterruptedException | IllegalStateException e) {
            // closed
        }
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
        private Site plus(Duration time) {
            return new Site(place, what, times + 1, time.compareTo(longest) > 0 ? time : longest);
        }
    }

    /** The places where virtual threads kept their carriers most often, at most so many. */
    public List<Site> sites(int most) {
        return sites.values().stream().sorted(Comparator.comparing(Site::times).reversed()).limit(most).toList();
    }

    /** How often a virtual thread waited for 20 ms or longer while it held its carrier. */
    public long pinnedCount() {
        return pinned.sum();
    }

    /** How often a virtual thread computed for longer than it may without a pause. */
    public long monopolisedCount() {
        return monopolised.sum();
    }

    private void pinned(RecordedEvent event) {
        pinned.increment();
        report("a virtual thread waited without letting go of its carrier", event.getStackTrace(), event.getDuration());
    }

    /** Uninterrupted presence of one thread in the samples. */
    private static final class Run {
        private Instant begin;
        private Instant last;
        private int samples;
        private boolean counted;
    }

    private void sampled(RecordedEvent event) {
        RecordedThread thread = event.getThread("sampledThread");
        if (thread == null || !thread.isVirtual()) {
            return;
        }
        Instant now = event.getStartTime();
        if (runs.size() >= MOST_THREADS) {
            runs.values().removeIf(run -> Duration.between(run.last, now).compareTo(LONGEST_GAP) > 0);
        }
        Run run = runs.computeIfAbsent(thread.getId(), id -> new Run());
        if (run.last == null || Duration.between(run.last, now).compareTo(LONGEST_GAP) > 0) {
            run.begin = now;
            run.samples = 0;
            run.counted = false;
        }
        run.last = now;
        run.samples++;
        Duration time = Duration.between(run.begin, now);
        if (!run.counted && run.samples >= LEAST_SAMPLES && time.compareTo(patience) >= 0) {
            run.counted = true;
            monopolised.increment();
            report("a virtual thread computes without a pause and keeps its carrier", event.getStackTrace(), time);
        }
    }

    private void report(String what, RecordedStackTrace trace, Duration time) {
        List<RecordedFrame> frames = trace == null ? List.of()
                : trace.getFrames().stream().filter(RecordedFrame::isJavaFrame).limit(DEEPEST).toList();
        String place = site(frames);
        String site = what + place;
        Site known = sites.computeIfPresent(site, (key, before) -> before.plus(time));
        if (known == null && sites.size() < MOST_SITES) {
            // one thread reports: that of the recorder
            sites.put(site, new Site(place, what, 1, time));
            LOGGER.atWarn().addKeyValue("ms", time.toMillis()).log("{}; further times at this place are only counted:\n{}", what,
                    frames.stream().map(frame -> "\tat " + describe(frame)).collect(Collectors.joining("\n")));
        }
    }

    /** The innermost method that is not Java's own: that is what can be changed. */
    private static String site(List<RecordedFrame> frames) {
        return frames.stream().filter(frame -> !isOfJava(frame)).findFirst().or(() -> frames.stream().findFirst())
                .map(CarrierWatch::method).orElse("");
    }

    private static boolean isOfJava(RecordedFrame frame) {
        String type = frame.getMethod().getType().getName();
        return type.startsWith("java.") || type.startsWith("jdk.") || type.startsWith("sun.");
    }

    private static String method(RecordedFrame frame) {
        return frame.getMethod().getType().getName() + "." + frame.getMethod().getName();
    }

    private static String describe(RecordedFrame frame) {
        return method(frame) + "(" + (frame.getLineNumber() > 0 ? "line " + frame.getLineNumber() : "unknown line") + ")";
    }

    @Override
    public void close() {
        sampling.interrupt();
        stream.close();
    }
}

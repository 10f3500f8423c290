package dev.loomgate.observe;

import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

import dev.loomgate.observe.CarrierWatch.Site;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Places in the code where virtual threads kept their carriers: each is logged once. Safe for use by many threads. */
final class CarrierSites {
    private static final Logger LOGGER = LoggerFactory.getLogger(CarrierWatch.class);
    private static final int MOST = 1_000;
    private static final int DEEPEST = 40;

    private final Map<String, Site> sites = new ConcurrentHashMap<>();

    /**
     * Counts a place, and logs it if it is new.
     *
     * @param frames the stack, the innermost first: {@code a.Class.method(...)}
     */
    void add(String what, List<String> frames, Duration time) {
        String place = place(frames);
        var first = new Site(place, what, 1, time);
        boolean[] isNew = new boolean[1];
        sites.compute(what + place, (key, known) -> {
            isNew[0] = known == null && sites.size() < MOST;
            return known != null ? known.plus(time) : isNew[0] ? first : null;
        });
        if (isNew[0]) {
            LOGGER.atWarn().addKeyValue("ms", time.toMillis()).log("{}; further times at this place are only counted:\n{}", what,
                    frames.isEmpty() ? "\tJava 23 or later tells where" : frames.stream().limit(DEEPEST).map(frame -> "\tat " + frame)
                            .collect(Collectors.joining("\n")));
        }
    }

    /** The innermost method that is not Java's own: that is what can be changed. */
    static String place(List<String> frames) {
        return frames.stream().filter(frame -> !isOfJava(frame)).findFirst().or(() -> frames.stream().findFirst())
                .map(frame -> frame.substring(0, frame.indexOf('('))).orElse("");
    }

    private static boolean isOfJava(String frame) {
        return frame.startsWith("java.") || frame.startsWith("jdk.") || frame.startsWith("sun.");
    }

    List<Site> most(int count) {
        return sites.values().stream().sorted(Comparator.comparing(Site::times).reversed()).limit(count).toList();
    }
}

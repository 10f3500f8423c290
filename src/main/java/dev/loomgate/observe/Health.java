package dev.loomgate.observe;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Supplier;

/**
 * Whether the server lives, and whether it is ready for requests, with the causes if not. It is not ready until it has started.
 * The form of the answers is that of MicroProfile Health: {@code status} and {@code checks}, each {@code UP} or {@code DOWN}.
 * Safe for use by many threads.
 */
public final class Health {
    /** The cause of not being ready until the server has started. */
    public static final String STARTING = "starting";
    /** The cause of not being ready while the server stops. */
    public static final String DRAINING = "draining";

    private final Map<String, String> causes = new ConcurrentSkipListMap<>();
    private final Map<String, Supplier<Optional<String>>> watched = new ConcurrentSkipListMap<>();

    /** Not ready yet: {@link #STARTING}. */
    public Health() {
        notReady(STARTING, "the server has not started yet");
    }

    /**
     * Says that the server is not ready for requests, until this cause is {@linkplain #clear cleared}. Load balancers take a
     * moment to see it.
     *
     * @param cause  name of the cause, such as {@link #DRAINING}
     * @param detail what is the matter, for people
     */
    public void notReady(String cause, String detail) {
        causes.put(cause, detail);
    }

    /** Takes a cause away, if it is there. */
    public void clear(String cause) {
        causes.remove(cause);
    }

    /**
     * Watches a part that the server can go on without: a trouble is shown, and leaves the server ready.
     *
     * @param name    name of the part
     * @param trouble what is the matter with it now; empty if nothing is. Asked at each look, so it must not wait
     */
    public void watch(String name, Supplier<Optional<String>> trouble) {
        watched.put(name, trouble);
    }

    /** Takes a watched part away, if it is there. */
    public void unwatch(String name) {
        watched.remove(name);
    }

    /** Whether there is no cause against it. */
    public boolean isReady() {
        return causes.isEmpty();
    }

    /** Why the server is not ready, by name. */
    public Map<String, String> causes() {
        return Map.copyOf(causes);
    }

    /** Troubles of watched parts, by name of the part. */
    public Map<String, String> troubles() {
        var troubles = new LinkedHashMap<String, String>();
        watched.forEach((name, trouble) -> {
            try {
                trouble.get().ifPresent(text -> troubles.put(name, text));
            } catch (RuntimeException e) {
                troubles.put(name, "can't be asked: " + e.getMessage());
            }
        });
        return troubles;
    }

    /** One line of an answer. */
    private record Check(String name, String status, Map<String, Object> data) {
        private static Check of(String name, boolean up, Map<String, Object> data) {
            return new Check(name, word(up), data);
        }
    }

    /** That the server lives, as it does if it can answer. */
    String live() {
        return answer(true, List.of(Check.of("process", true, Map.of())));
    }

    /** Whether the server is ready, with causes, and with the troubles of parts. */
    String ready() {
        var checks = new ArrayList<Check>();
        causes.forEach((name, detail) -> checks.add(Check.of(name, false, Map.of("detail", detail))));
        boolean ready = checks.isEmpty();
        if (ready) {
            checks.add(Check.of("requests", true, Map.of()));
        }
        troubles().forEach((name, detail) ->
                checks.add(Check.of(name, false, Map.of("detail", detail, "essential", false))));
        return answer(ready, checks);
    }

    private static String answer(boolean up, List<Check> checks) {
        var answer = new LinkedHashMap<String, Object>();
        answer.put("status", word(up));
        answer.put("checks", checks);
        return JsonText.of(answer);
    }

    private static String word(boolean up) {
        return up ? "UP" : "DOWN";
    }

    /** What the status document says of it. */
    public Map<String, Object> section() {
        var section = new LinkedHashMap<String, Object>();
        section.put("ready", isReady());
        section.put("causes", causes());
        section.put("troubles", troubles());
        return section;
    }
}

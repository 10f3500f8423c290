package dev.loomgate.server;

import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** An answer that takes some work, found out once a minute at most. Safe for use by many threads. */
final class Remembered implements Supplier<Optional<String>> {
    private static final long FRESH = TimeUnit.MINUTES.toNanos(1);

    private final Supplier<Optional<String>> question;
    // guarded by this
    private Optional<String> answer;
    private long askedAt;

    Remembered(Supplier<Optional<String>> question) {
        this.question = question;
    }

    @Override
    public synchronized Optional<String> get() {
        long now = System.nanoTime();
        if (answer == null || now - askedAt > FRESH) {
            answer = question.get();
            askedAt = now;
        }
        return answer;
    }
}

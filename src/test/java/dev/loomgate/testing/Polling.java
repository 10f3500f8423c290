package dev.loomgate.testing;

import java.time.Duration;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.extension.Extension;

/**
 * How tests wait for what is to happen. They look often at first, because most of it happens in a few milliseconds, and seldom
 * later, because others need the processors; and they give up late, because a machine may be busy with something else.
 *
 * <p>JUnit finds this by itself: {@code META-INF/services} names it.
 */
public final class Polling implements Extension {
    private static final int STEP_MILLIS = 5;
    private static final int MOST_MILLIS = 100;
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    /** For all tests of this JVM. */
    public Polling() {
        Awaitility.setDefaultPollDelay(Duration.ZERO);
        Awaitility.setDefaultPollInterval((count, previous) -> Duration.ofMillis(Math.min(MOST_MILLIS, STEP_MILLIS * count)));
        Awaitility.setDefaultTimeout(PATIENCE);
    }
}

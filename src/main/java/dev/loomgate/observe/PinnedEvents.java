package dev.loomgate.observe;

import java.time.Duration;
import java.util.List;
import java.util.function.BiConsumer;

import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordedStackTrace;
import jdk.jfr.consumer.RecordingStream;

/** Each wait of a virtual thread that is pinned to its carrier, as Java's flight recorder tells. */
final class PinnedEvents implements AutoCloseable {
    private static final String PINNED = "jdk.VirtualThreadPinned";
    /** Waits that are shorter do no harm. */
    private static final Duration SHORTEST_WAIT = Duration.ofMillis(20);
    private static final long MOST_BYTES = 8 << 20;

    private final RecordingStream stream = new RecordingStream();

    /**
     * Begins to record. It takes a moment.
     *
     * @param action takes the stack of a wait and how long it was, on the recorder's thread
     */
    PinnedEvents(BiConsumer<List<String>, Duration> action) {
        stream.setMaxSize(MOST_BYTES);
        stream.enable(PINNED).withThreshold(SHORTEST_WAIT).withStackTrace();
        stream.onEvent(PINNED, event -> action.accept(frames(event), event.getDuration()));
        stream.startAsync();
    }

    private static List<String> frames(RecordedEvent event) {
        RecordedStackTrace trace = event.getStackTrace();
        return trace == null ? List.of()
                : trace.getFrames().stream().filter(RecordedFrame::isJavaFrame).map(PinnedEvents::describe).toList();
    }

    private static String describe(RecordedFrame frame) {
        return frame.getMethod().getType().getName() + "." + frame.getMethod().getName() + "("
                + (frame.getLineNumber() > 0 ? "line " + frame.getLineNumber() : "unknown line") + ")";
    }

    @Override
    public void close() {
        stream.close();
    }
}

package dev.loomgate.web;

/** A failure and what caused it, with the places where that happened, for the person who develops what failed. */
final class Explanation {
    private static final int MOST_CAUSES = 8;
    private static final int MOST_FRAMES = 16;

    private final StringBuilder text;

    /** @param text gets it */
    Explanation(StringBuilder text) {
        this.text = text;
    }

    void add(Throwable failure) {
        text.append(failure.getMessage() == null ? failure.toString() : failure.getMessage()).append('\n');
        Throwable cause = failure.getCause();
        for (int i = 0; cause != null && i < MOST_CAUSES; i++, cause = cause.getCause()) {
            text.append("\ncaused by ").append(cause).append('\n');
            StackTraceElement[] frames = cause.getStackTrace();
            for (int f = 0; f < Math.min(MOST_FRAMES, frames.length); f++) {
                text.append("    at ").append(frames[f]).append('\n');
            }
        }
    }
}

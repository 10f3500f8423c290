package dev.loomgate.guard;

import java.util.OptionalDouble;

/** Something about the machine that is a number. */
@FunctionalInterface
interface Measure {
    /**
     * Measures it.
     *
     * @param closed whether its gate is closed at present
     * @return its value, or nothing if this machine does not tell
     */
    OptionalDouble read(boolean closed);
}

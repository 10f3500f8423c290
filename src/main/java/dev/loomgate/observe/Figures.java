package dev.loomgate.observe;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.DoubleSupplier;
import java.util.function.Supplier;

/** Figures that parts of the server tell of themselves, for metrics. Safe for use by many threads. */
public final class Figures {
    private final List<Figure> figures = new CopyOnWriteArrayList<>();

    /** How a figure moves. */
    enum Kind { GAUGE, COUNTER }

    /**
     * A figure, with a value for each value of a label.
     *
     * @param label  name of the label; empty if there is none, and one value whose key does not count
     */
    record Figure(String name, String help, Kind kind, String label, Supplier<? extends Map<String, ? extends Number>> values) {
    }

    /** None yet. */
    public Figures() {
        // nothing to prepare
    }

    /**
     * Adds a figure that goes up and down.
     *
     * @param name   as Prometheus names metrics, with the unit at the end
     * @param help   what it is, in a sentence
     * @param label  name of the label
     * @param values value by label value; few values, which must not come from clients. Asked at each look
     */
    public void gauge(String name, String help, String label, Supplier<? extends Map<String, ? extends Number>> values) {
        figures.add(new Figure(name, help, Kind.GAUGE, label, values));
    }

    /** Adds a figure without a label that goes up and down. */
    public void gauge(String name, String help, DoubleSupplier value) {
        gauge(name, help, "", () -> Map.of("", value.getAsDouble()));
    }

    /** Adds a figure that only goes up; its name without {@code _total}, which is added. */
    public void counter(String name, String help, String label, Supplier<? extends Map<String, ? extends Number>> values) {
        figures.add(new Figure(name, help, Kind.COUNTER, label, values));
    }

    /** Adds a figure without a label that only goes up. */
    public void counter(String name, String help, DoubleSupplier value) {
        counter(name, help, "", () -> Map.of("", value.getAsDouble()));
    }

    List<Figure> all() {
        return List.copyOf(figures);
    }
}

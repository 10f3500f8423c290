package dev.loomgate.perf;

import java.util.Locale;

/** How the report writes things. */
final class Text {
    private Text() {}

    /** A number as people read it: three digits that count, or all before the point. */
    static String count(double value) {
        if (Double.isNaN(value)) {
            return "–";
        }
        return String.format(Locale.ROOT, Math.abs(value) >= 100 ? "%,.0f" : Math.abs(value) >= 10 ? "%.1f" : "%.2f", value);
    }

    static String percent(double share) {
        return Double.isNaN(share) ? "–" : String.format(Locale.ROOT, "%.0f %%", 100 * share);
    }

    static String megabytes(double bytes) {
        return Double.isNaN(bytes) ? "–" : count(bytes / (1 << 20));
    }

    static String html(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\"", "&quot;");
    }
}

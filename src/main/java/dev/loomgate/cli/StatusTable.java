package dev.loomgate.cli;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import jakarta.json.Json;
import jakarta.json.JsonArray;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonNumber;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import jakarta.json.JsonString;
import jakarta.json.JsonValue;

/** The status document as people read it: a block for each section, lists of objects as tables. */
final class StatusTable {
    private static final int WIDEST = 60;
    /** What is looked for first; what is not named here comes behind, and errors last, where a terminal ends. */
    private static final List<String> FIRST = List.of("server", "listeners", "health", "requests", "latest", "connections", "rejections",
            "routes", "gateways", "upstreams");
    private static final String ERRORS = "errors";
    private static final int MOST_ERRORS = 10;
    /** ISO 8601 in UTC, of which a person wants no more than seconds. */
    private static final Pattern MOMENT = Pattern.compile("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?Z");
    /** Times in seconds, by their keys. */
    private static final Set<String> SECONDS = Set.of("p50", "p90", "p99", "longest");

    private StatusTable() {
    }

    static String of(JsonObject status) {
        var lines = new ArrayList<String>();
        var names = new LinkedHashSet<>(FIRST);
        names.addAll(status.keySet());
        names.remove(ERRORS);
        names.add(ERRORS);
        for (String name : names) {
            JsonValue content = status.get(name);
            if (content != null && !isEmpty(content)) {
                lines.add(name);
                block(name.equals("upstreams") ? servers(content.asJsonObject()) : content).stream()
                        .limit(name.equals(ERRORS) ? MOST_ERRORS + 1 : Long.MAX_VALUE).forEach(line -> lines.add("  " + line));
                if (name.equals(ERRORS) && content.asJsonArray().size() > MOST_ERRORS) {
                    lines.add("  and " + (content.asJsonArray().size() - MOST_ERRORS) + " more: --json has them");
                }
            }
        }
        return String.join("\n", lines);
    }

    /** A row for each server of each group. */
    private static JsonValue servers(JsonObject groups) {
        JsonArrayBuilder rows = Json.createArrayBuilder();
        groups.forEach((name, group) -> {
            for (JsonValue server : group.asJsonObject().getJsonArray("servers")) {
                JsonObjectBuilder row = Json.createObjectBuilder().add("group", name);
                server.asJsonObject().forEach(row::add);
                group.asJsonObject().forEach((key, value) -> {
                    if (!(value instanceof JsonArray)) {
                        row.add(key, value);
                    }
                });
                rows.add(row);
            }
        });
        return rows.build();
    }

    /** With the values of an object in a row as columns of their own. */
    private static JsonObject flat(JsonObject row) {
        JsonObjectBuilder flat = Json.createObjectBuilder();
        row.forEach((key, value) -> {
            if (value instanceof JsonObject inner && inner.values().stream().noneMatch(StatusTable::isNested)) {
                inner.forEach(flat::add);
            } else {
                flat.add(key, value);
            }
        });
        return flat.build();
    }

    private static boolean isNested(JsonValue value) {
        return value instanceof JsonObject || value instanceof JsonArray;
    }

    private static boolean isEmpty(JsonValue value) {
        return value instanceof JsonObject object && object.isEmpty() || value instanceof JsonArray array && array.isEmpty()
                || value.getValueType() == JsonValue.ValueType.NULL;
    }

    private static List<String> block(JsonValue content) {
        if (content instanceof JsonArray array && array.stream().allMatch(JsonObject.class::isInstance)) {
            return table(array.getValuesAs(JsonObject.class).stream().map(StatusTable::flat).toList());
        }
        if (content instanceof JsonObject object) {
            int width = object.keySet().stream().mapToInt(String::length).max().orElse(0);
            return object.entrySet().stream().filter(entry -> !isEmpty(entry.getValue()))
                    .map(entry -> pad(entry.getKey(), width) + "  " + text(entry.getKey(), entry.getValue())).toList();
        }
        if (content instanceof JsonArray array) {
            return array.stream().map(value -> text("", value)).toList();
        }
        return List.of(text("", content));
    }

    private static List<String> table(List<JsonObject> rows) {
        var columns = new LinkedHashSet<String>();
        rows.forEach(row -> row.forEach((key, value) -> {
            if (!isEmpty(value)) {
                columns.add(key);
            }
        }));
        var cells = new ArrayList<List<String>>();
        cells.add(List.copyOf(columns));
        rows.forEach(row -> cells.add(columns.stream().map(column ->
                row.containsKey(column) ? text(column, row.get(column)) : "").toList()));
        var widths = new ArrayList<Integer>();
        for (int i = 0; i < columns.size(); i++) {
            int column = i;
            widths.add(cells.stream().mapToInt(row -> Math.min(WIDEST, row.get(column).length())).max().orElse(0));
        }
        return cells.stream().map(row -> {
            var line = new StringBuilder();
            for (int i = 0; i < row.size(); i++) {
                line.append(i == row.size() - 1 ? row.get(i) : pad(row.get(i), widths.get(i)) + "  ");
            }
            return line.toString().stripTrailing();
        }).toList();
    }

    private static String text(String key, JsonValue value) {
        return switch (value) {
            case JsonString string -> MOMENT.matcher(string.getString()).matches() ? string.getString().substring(0, 19) + "Z" : string.getString();
            case JsonNumber number when key.equals("uptime") -> uptime(number.longValue());
            case JsonNumber number when SECONDS.contains(key) -> seconds(number.doubleValue());
            case JsonNumber number when key.startsWith("memory.") -> (number.longValue() >> 20) + " MB";
            case JsonNumber number when key.startsWith("cpu.") -> "%.1f %%".formatted(number.doubleValue() * 100);
            case JsonNumber number when !number.isIntegral() -> "%.1f".formatted(number.doubleValue());
            case JsonObject object -> object.entrySet().stream().filter(entry -> !isEmpty(entry.getValue()))
                    .map(StatusTable::pair).collect(Collectors.joining(" "));
            case JsonArray array -> array.stream().map(one -> text("", one)).collect(Collectors.joining(", "));
            default -> value.getValueType() == JsonValue.ValueType.NULL ? "" : value.toString();
        };
    }

    private static String pair(Map.Entry<String, JsonValue> entry) {
        return entry.getKey() + "=" + text(entry.getKey(), entry.getValue());
    }

    private static String seconds(double time) {
        return time < 0.001 ? "%.0f µs".formatted(time * 1e6) : time < 1 ? "%.1f ms".formatted(time * 1e3) : "%.1f s".formatted(time);
    }

    private static String uptime(long seconds) {
        Duration time = Duration.ofSeconds(seconds);
        return (time.toDays() > 0 ? time.toDays() + " d " : "") + "%d:%02d:%02d".formatted(time.toHoursPart(),
                time.toMinutesPart(), time.toSecondsPart());
    }

    private static String pad(String text, int width) {
        return text + " ".repeat(Math.max(0, width - text.length()));
    }
}

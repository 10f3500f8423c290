package dev.loomgate.cli;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

import jakarta.json.JsonArray;
import jakarta.json.JsonNumber;
import jakarta.json.JsonObject;
import jakarta.json.JsonString;
import jakarta.json.JsonValue;

/** The status document as people read it: a block for each section, lists of objects as tables. */
final class StatusTable {
    private static final int WIDEST = 60;

    private StatusTable() {
    }

    static String of(JsonObject status) {
        var lines = new ArrayList<String>();
        status.forEach((name, content) -> {
            if (!isEmpty(content)) {
                lines.add(name);
                block(content).forEach(line -> lines.add("  " + line));
            }
        });
        return String.join("\n", lines);
    }

    private static boolean isEmpty(JsonValue value) {
        return value instanceof JsonObject object && object.isEmpty() || value instanceof JsonArray array && array.isEmpty()
                || value.getValueType() == JsonValue.ValueType.NULL;
    }

    private static List<String> block(JsonValue content) {
        if (content instanceof JsonArray array && array.stream().allMatch(JsonObject.class::isInstance)) {
            return table(array.getValuesAs(JsonObject.class));
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
            case JsonString string -> string.getString();
            case JsonNumber number when key.equals("uptime") -> uptime(number.longValue());
            case JsonObject object -> object.entrySet().stream().filter(entry -> !isEmpty(entry.getValue()))
                    .map(StatusTable::pair).collect(Collectors.joining(" "));
            case JsonArray array -> array.stream().map(one -> text("", one)).collect(Collectors.joining(", "));
            default -> value.getValueType() == JsonValue.ValueType.NULL ? "" : value.toString();
        };
    }

    private static String pair(Map.Entry<String, JsonValue> entry) {
        return entry.getKey() + "=" + text(entry.getKey(), entry.getValue());
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

package dev.loomgate.observe;

import java.io.StringWriter;
import java.lang.reflect.RecordComponent;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

import jakarta.json.Json;
import jakarta.json.stream.JsonGenerator;

/**
 * Writes plain data as JSON (RFC 8259): maps, records (their components by name), collections, texts, numbers, truth values,
 * enum constants ({@code not-ready}), durations (seconds); of anything else its text. What is empty, null or not a number
 * becomes null.
 */
final class JsonText {
    private JsonText() {
    }

    static String of(Object value) {
        var text = new StringWriter();
        try (JsonGenerator json = Json.createGenerator(text)) {
            write(json, value);
        }
        return text.toString();
    }

    private static void write(JsonGenerator json, Object value) {
        switch (value) {
            case null -> json.writeNull();
            case Optional<?> optional -> write(json, optional.orElse(null));
            case Boolean truth -> json.write(truth);
            case Double number -> write(json, number);
            case Float number -> write(json, number.doubleValue());
            case Number number -> json.write(number.longValue());
            case Duration time -> write(json, time.toNanos() / 1e9);
            case Enum<?> constant -> json.write(constant.name().toLowerCase(Locale.ROOT).replace('_', '-'));
            case Map<?, ?> map -> {
                json.writeStartObject();
                map.forEach((key, content) -> {
                    json.writeKey(String.valueOf(key));
                    write(json, content);
                });
                json.writeEnd();
            }
            case Collection<?> items -> {
                json.writeStartArray();
                items.forEach(item -> write(json, item));
                json.writeEnd();
            }
            case Record data -> write(json, components(data));
            default -> json.write(value.toString());
        }
    }

    private static void write(JsonGenerator json, double number) {
        if (Double.isFinite(number)) {
            // six digits behind the point: microseconds of a second; more is noise
            json.write(new BigDecimal(number).setScale(6, RoundingMode.HALF_UP).stripTrailingZeros());
        } else {
            json.writeNull();
        }
    }

    private static Map<String, Object> components(Record data) {
        var components = new LinkedHashMap<String, Object>();
        for (RecordComponent component : data.getClass().getRecordComponents()) {
            try {
                component.getAccessor().setAccessible(true);
                components.put(component.getName(), component.getAccessor().invoke(data));
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException(data.getClass() + " can't be read", e);
            }
        }
        return components;
    }
}

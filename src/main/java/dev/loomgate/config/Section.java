package dev.loomgate.config;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * One mapping of the file while it is read. A value that is missing or wrong gives the fallback; what is wrong is noted, so
 * that reading goes on to the next mistake. {@link #finish()} notes the keys that nobody asked for.
 */
final class Section {
    private final ConfigTree tree;
    private final Value.Mapping mapping;
    private final String shown;
    private final Set<String> known = new LinkedHashSet<>();

    Section(ConfigTree tree, Value.Mapping mapping, String shown) {
        this.tree = tree;
        this.mapping = mapping;
        this.shown = shown;
    }

    /** Line where the section begins. */
    int line() {
        return mapping.line();
    }

    /** Path of the section as people see it. */
    String key() {
        return shown;
    }

    private String keyOf(String key) {
        return shown.isEmpty() ? key : shown + "." + key;
    }

    /** Null if the key is not there. */
    private Value at(String key) {
        known.add(key);
        return mapping.values().get(key);
    }

    /** Whether the key is there. */
    boolean has(String key) {
        return at(key) != null;
    }

    /** Notes that something about a key is wrong; the key may be missing. */
    void problem(String key, String message) {
        Value value = at(key);
        tree.problem(value == null ? line() : value.line(), keyOf(key), message);
    }

    private void wrongType(String key, String message) {
        problem(key, at(key).isEmpty() ? "has no value; give it one or remove the key" : message);
    }

    /** A text that a parser understands. */
    <T> Optional<T> value(String key, Function<String, T> parser) {
        Value value = at(key);
        if (value == null) {
            return Optional.empty();
        }
        if (!(value instanceof Value.Scalar scalar) || scalar.isEmpty()) {
            wrongType(key, "must be a single value");
            return Optional.empty();
        }
        try {
            return Optional.of(parser.apply(scalar.text()));
        } catch (IllegalArgumentException e) {
            problem(key, "found '" + scalar.text() + "'; " + e.getMessage());
            return Optional.empty();
        }
    }

    Optional<String> text(String key) {
        return value(key, Function.identity());
    }

    /** A text that must be there. */
    Optional<String> required(String key, String example) {
        if (!has(key)) {
            problem(key, "is missing; it must be there, as in " + example);
        }
        return text(key);
    }

    boolean flag(String key, boolean fallback) {
        return value(key, text -> switch (text) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException("true or false is allowed");
        }).orElse(fallback);
    }

    int integer(String key, int min, int max, int fallback) {
        return value(key, text -> {
            String allowed = "a whole number from " + min + " to " + max + " is allowed";
            try {
                int number = Integer.parseInt(text);
                if (number >= min && number <= max) {
                    return number;
                }
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException(allowed, e);
            }
            throw new IllegalArgumentException(allowed);
        }).orElse(fallback);
    }

    Optional<Long> size(String key, long min, long max) {
        return value(key, text -> {
            long bytes = ByteSize.parse(text);
            if (bytes < min || bytes > max) {
                throw new IllegalArgumentException("a size from " + ByteSize.format(min) + " to " + ByteSize.format(max)
                        + " is allowed");
            }
            return bytes;
        });
    }

    int size(String key, int min, int max, int fallback) {
        return size(key, (long) min, max).map(Long::intValue).orElse(fallback);
    }

    Optional<Duration> time(String key, boolean zeroAllowed) {
        return value(key, text -> {
            Duration time = TimeSpan.parse(text);
            if (time.isZero() && !zeroAllowed) {
                throw new IllegalArgumentException("a time above zero is needed");
            }
            return time;
        });
    }

    Duration time(String key, Duration fallback) {
        return time(key, false).orElse(fallback);
    }

    <E extends Enum<E>> E choice(String key, Class<E> type, E fallback) {
        return value(key, text -> constant(type, text)).orElse(fallback);
    }

    static <E extends Enum<E>> E constant(Class<E> type, String text) {
        List<String> allowed = Stream.of(type.getEnumConstants()).map(e -> e.name().toLowerCase(Locale.ROOT).replace('_', '-')).toList();
        int index = allowed.indexOf(text);
        if (index < 0) {
            throw new IllegalArgumentException(Spelling.hint(text, allowed));
        }
        return type.getEnumConstants()[index];
    }

    /** A list of texts that a parser understands; a single text counts as a list of one. */
    <T> List<T> list(String key, List<T> fallback, Function<String, T> parser) {
        Value value = at(key);
        if (value == null) {
            return fallback;
        }
        if (!(value instanceof Value.Items list)) {
            return value instanceof Value.Mapping || value.isEmpty() ? noList(key, fallback)
                    : value(key, parser).map(List::of).orElse(fallback);
        }
        var values = new ArrayList<T>();
        for (Value item : list.items()) {
            if (!(item instanceof Value.Scalar scalar) || scalar.isEmpty()) {
                tree.problem(item.line(), keyOf(key) + "[" + values.size() + "]", "must be a single value");
                continue;
            }
            try {
                values.add(parser.apply(scalar.text()));
            } catch (IllegalArgumentException e) {
                tree.problem(item.line(), keyOf(key), "found '" + scalar.text() + "'; " + e.getMessage());
            }
        }
        return values;
    }

    private <T> List<T> noList(String key, List<T> fallback) {
        wrongType(key, "must be a list, such as [a, b]");
        return fallback;
    }

    List<String> texts(String key, List<String> fallback) {
        return list(key, fallback, Function.identity());
    }

    /** A mapping of words to texts, in the order of the file. */
    Map<String, String> map(String key) {
        return map(key, Function.identity());
    }

    /** As {@link #map(String)}, with the file's directory for <code>${here}</code>: nobody knows which of these are paths. */
    Map<String, String> mapFromHere(String key) {
        return map(key, text -> text.replace("${here}", tree.directory().toString()));
    }

    /** A mapping of words to texts that a parser understands, in the order of the file. */
    <T> Map<String, T> map(String key, Function<String, T> parser) {
        Value value = at(key);
        if (value == null) {
            return Map.of();
        }
        if (!(value instanceof Value.Mapping words)) {
            wrongType(key, "must be keys with values, such as {name: value}");
            return Map.of();
        }
        var section = new Section(tree, words, keyOf(key));
        var map = new LinkedHashMap<String, T>();
        for (String name : words.values().keySet()) {
            section.value(name, parser).ifPresent(parsed -> map.put(name, parsed));
        }
        return map;
    }

    /** Whether the value is a mapping. */
    boolean isSection(String key) {
        return at(key) instanceof Value.Mapping;
    }

    /** Whether the value is a list that begins with a mapping. */
    boolean isSections(String key) {
        return at(key) instanceof Value.Items list && !list.items().isEmpty() && list.items().getFirst() instanceof Value.Mapping;
    }

    /** All keys as sections, by name, in the order of the file. */
    Map<String, Section> sectionsByName() {
        var sections = new LinkedHashMap<String, Section>();
        for (String name : mapping.values().keySet()) {
            section(name).ifPresent(section -> sections.put(name, section));
        }
        return sections;
    }

    /** A section below this one, if it is there. */
    Optional<Section> section(String key) {
        Value value = at(key);
        if (value == null) {
            return Optional.empty();
        }
        if (!(value instanceof Value.Mapping below)) {
            wrongType(key, "must hold keys and values");
            return Optional.empty();
        }
        return Optional.of(new Section(tree, below, keyOf(key)));
    }

    /** The mappings of a list. */
    List<Section> sections(String key) {
        Value value = at(key);
        if (value == null) {
            return List.of();
        }
        if (!(value instanceof Value.Items list)) {
            wrongType(key, "must be a list: each entry begins with '- '");
            return List.of();
        }
        var sections = new ArrayList<Section>();
        int index = 0;
        for (Value item : list.items()) {
            String itemKey = keyOf(key) + "[" + index++ + "]";
            if (item instanceof Value.Mapping below) {
                sections.add(new Section(tree, below, itemKey));
            } else {
                tree.problem(item.line(), itemKey, "must hold keys and values");
            }
        }
        return sections;
    }

    Optional<Path> path(String key) {
        return value(key, this::toPath);
    }

    /** A path of the file. */
    Path toPath(String text) {
        try {
            return tree.resolve(text);
        } catch (InvalidPathException e) {
            throw new IllegalArgumentException("not a path: " + e.getReason(), e);
        }
    }

    /** Notes every key that was not asked for. */
    void finish() {
        mapping.values().forEach((name, value) -> {
            if (!known.contains(name)) {
                // a known key is not what was meant if it is there already
                List<String> missing = known.stream().filter(key -> !mapping.values().containsKey(key)).toList();
                String meant = Spelling.nearest(name, missing).map(word -> "did you mean '" + word + "'? ").orElse("");
                tree.problem(value.line(), keyOf(name), "unknown key; " + meant + "allowed here: " + String.join(", ", known));
            }
        });
    }
}

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

import io.helidon.config.Config;

/**
 * One mapping of the file while it is read. A value that is missing or wrong gives the fallback; what is wrong is noted, so
 * that reading goes on to the next mistake. {@link #finish()} notes the keys that nobody asked for.
 */
final class Section {
    private final ConfigTree tree;
    private final Config config;
    private final String shown;
    private final Set<String> known = new LinkedHashSet<>();

    Section(ConfigTree tree, Config config, String shown) {
        this.tree = tree;
        this.config = config;
        this.shown = shown;
    }

    /** Line where the section begins. */
    int line() {
        return tree.place(config).line();
    }

    /** Path of the section as people see it. */
    String key() {
        return shown;
    }

    private String keyOf(String key) {
        return shown.isEmpty() ? key : shown + "." + key;
    }

    private Config at(String key) {
        known.add(key);
        return config.get(Config.Key.create(Config.Key.escapeName(key)));
    }

    /** Whether the key is there. */
    boolean has(String key) {
        return at(key).exists();
    }

    /** Notes that something about a key is wrong; the key may be missing. */
    void problem(String key, String message) {
        Place place = tree.place(at(key));
        tree.problem(place == null ? line() : place.line(), keyOf(key), message);
    }

    private void wrongType(String key, String message) {
        problem(key, tree.place(at(key)).empty() ? "has no value; give it one or remove the key" : message);
    }

    /** A text that a parser understands. */
    <T> Optional<T> value(String key, Function<String, T> parser) {
        Config node = at(key);
        if (!node.exists()) {
            return Optional.empty();
        }
        if (node.type() != Config.Type.VALUE || tree.place(node).empty()) {
            wrongType(key, "must be a single value");
            return Optional.empty();
        }
        String text = node.asString().get();
        try {
            return Optional.of(parser.apply(text));
        } catch (IllegalArgumentException e) {
            problem(key, "found '" + text + "'; " + e.getMessage());
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
        Config node = at(key);
        if (!node.exists()) {
            return fallback;
        }
        if (node.type() != Config.Type.LIST) {
            return node.type() == Config.Type.OBJECT || tree.place(node).empty() ? noList(key, fallback)
                    : value(key, parser).map(List::of).orElse(fallback);
        }
        var values = new ArrayList<T>();
        for (Config item : node.asNodeList().get()) {
            String itemKey = keyOf(key) + "[" + values.size() + "]";
            if (item.type() != Config.Type.VALUE || tree.place(item).empty()) {
                tree.problem(tree.place(item).line(), itemKey, "must be a single value");
                continue;
            }
            String text = item.asString().get();
            try {
                values.add(parser.apply(text));
            } catch (IllegalArgumentException e) {
                tree.problem(tree.place(item).line(), keyOf(key), "found '" + text + "'; " + e.getMessage());
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
        Config node = at(key);
        if (!node.exists()) {
            return Map.of();
        }
        if (node.type() != Config.Type.OBJECT) {
            wrongType(key, "must be keys with values, such as {name: value}");
            return Map.of();
        }
        var section = new Section(tree, node, keyOf(key));
        var map = new LinkedHashMap<String, T>();
        for (String name : tree.names(node)) {
            section.value(name, parser).ifPresent(value -> map.put(name, value));
        }
        return map;
    }

    /** Whether the value is a mapping. */
    boolean isSection(String key) {
        return at(key).type() == Config.Type.OBJECT;
    }

    /** Whether the value is a list that begins with a mapping. */
    boolean isSections(String key) {
        Config node = at(key);
        return node.type() == Config.Type.LIST && node.asNodeList().get().stream().limit(1)
                .anyMatch(item -> item.type() == Config.Type.OBJECT);
    }

    /** All keys as sections, by name, in the order of the file. */
    Map<String, Section> sectionsByName() {
        var sections = new LinkedHashMap<String, Section>();
        for (String name : tree.names(config)) {
            section(name).ifPresent(section -> sections.put(name, section));
        }
        return sections;
    }

    /** A section below this one, if it is there. */
    Optional<Section> section(String key) {
        Config node = at(key);
        if (!node.exists()) {
            return Optional.empty();
        }
        if (node.type() != Config.Type.OBJECT) {
            wrongType(key, "must hold keys and values");
            return Optional.empty();
        }
        return Optional.of(new Section(tree, node, keyOf(key)));
    }

    /** The mappings of a list. */
    List<Section> sections(String key) {
        Config node = at(key);
        if (!node.exists()) {
            return List.of();
        }
        if (node.type() != Config.Type.LIST) {
            wrongType(key, "must be a list: each entry begins with '- '");
            return List.of();
        }
        var sections = new ArrayList<Section>();
        int index = 0;
        for (Config item : node.asNodeList().get()) {
            String itemKey = keyOf(key) + "[" + index++ + "]";
            if (item.type() == Config.Type.OBJECT) {
                sections.add(new Section(tree, item, itemKey));
            } else {
                tree.problem(tree.place(item).line(), itemKey, "must hold keys and values");
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
        for (String name : tree.names(config)) {
            if (!known.contains(name)) {
                // a known key is not what was meant if it is there already
                List<String> missing = known.stream().filter(key -> !tree.names(config).contains(key)).toList();
                String meant = Spelling.nearest(name, missing).map(word -> "did you mean '" + word + "'? ").orElse("");
                tree.problem(tree.place(config.get(Config.Key.create(Config.Key.escapeName(name)))).line(), keyOf(name),
                        "unknown key; " + meant + "allowed here: " + String.join(", ", known));
            }
        }
    }
}

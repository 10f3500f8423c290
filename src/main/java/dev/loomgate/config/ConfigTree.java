package dev.loomgate.config;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.helidon.config.Config;
import io.helidon.config.ConfigSources;
import io.helidon.config.spi.ConfigNode.ListNode;
import io.helidon.config.spi.ConfigNode.ObjectNode;
import org.yaml.snakeyaml.DumperOptions.ScalarStyle;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;

/**
 * YAML nodes as Helidon configuration, with the place of every key. Values stay as they are written: YAML 1.1 would make a
 * number of seconds out of {@code 1:30} and a boolean out of {@code no}.
 */
final class ConfigTree {
    private final Path file;
    private final List<Problem> problems;
    private final Map<String, Place> places = new HashMap<>();
    private final Map<String, List<String>> keys = new HashMap<>();

    /** @param problems where mistakes are put */
    ConfigTree(Path file, List<Problem> problems) {
        this.file = file;
        this.problems = problems;
    }

    /** Converts the whole file. */
    Section root(MappingNode node) {
        places.put("", new Place(node.getStartMark().getLine() + 1, false));
        ObjectNode root = object(node, "", "", new HashSet<>());
        Config config = Config.builder(ConfigSources.create(root))
                // only the file counts, and nothing in it is special
                .disableEnvironmentVariablesSource()
                .disableSystemPropertiesSource()
                .disableParserServices()
                .disableMapperServices()
                .disableFilterServices()
                .disableKeyResolving()
                .disableValueResolving()
                .disableCaching()
                .build();
        return new Section(this, config, "");
    }

    /**
     * @param key     the key as Helidon has it
     * @param shown   the key as people see it
     * @param parents mappings that this one is inside of: an alias can lead back to one
     */
    private ObjectNode object(MappingNode node, String key, String shown, Set<Node> parents) {
        ObjectNode.Builder builder = ObjectNode.builder();
        var names = new ArrayList<String>();
        keys.put(key, names);
        if (!parents.add(node)) {
            problem(node, shown, "an alias that leads back to itself");
            return builder.build();
        }
        for (NodeTuple tuple : node.getValue()) {
            if (!(tuple.getKeyNode() instanceof ScalarNode scalar)) {
                problem(tuple.getKeyNode(), shown, "a key must be a word; put text that begins with '{' or '[' in quotes");
                continue;
            }
            String name = scalar.getValue();
            String shownChild = shown.isEmpty() ? name : shown + "." + name;
            if (scalar.getTag().equals(Tag.MERGE)) {
                problem(scalar, shown, "'<<' is not supported; repeat the keys, or use an alias for a whole value");
            } else if (name.isEmpty()) {
                problem(scalar, shown, "a key is empty");
            } else if (names.contains(name)) {
                problem(scalar, shownChild, "this key is there twice; the first is in line "
                        + places.get(child(key, name)).line());
            } else {
                names.add(name);
                add(builder, name, tuple, child(key, name), shownChild, parents);
            }
        }
        parents.remove(node);
        return builder.build();
    }

    private void add(ObjectNode.Builder builder, String name, NodeTuple tuple, String key, String shown, Set<Node> parents) {
        String escaped = Config.Key.escapeName(name);
        Node value = tuple.getValueNode();
        places.put(key, new Place(tuple.getKeyNode().getStartMark().getLine() + 1, isEmpty(value)));
        switch (value) {
            case MappingNode mapping -> builder.addObject(escaped, object(mapping, key, shown, parents));
            case SequenceNode sequence -> builder.addList(escaped, list(sequence, key, shown, parents));
            default -> builder.addValue(escaped, ((ScalarNode) value).getValue());
        }
    }

    private ListNode list(SequenceNode node, String key, String shown, Set<Node> parents) {
        ListNode.Builder builder = ListNode.builder();
        if (!parents.add(node)) {
            problem(node, shown, "an alias that leads back to itself");
            return builder.build();
        }
        int index = 0;
        for (Node item : node.getValue()) {
            String itemKey = child(key, String.valueOf(index));
            String itemShown = shown + "[" + index + "]";
            places.put(itemKey, new Place(item.getStartMark().getLine() + 1, isEmpty(item)));
            switch (item) {
                case MappingNode mapping -> builder.addObject(object(mapping, itemKey, itemShown, parents));
                case SequenceNode sequence -> builder.addList(list(sequence, itemKey, itemShown, parents));
                default -> builder.addValue(((ScalarNode) item).getValue());
            }
            index++;
        }
        parents.remove(node);
        return builder.build();
    }

    private static boolean isEmpty(Node node) {
        return node instanceof ScalarNode scalar && scalar.getScalarStyle() == ScalarStyle.PLAIN
                && (scalar.getValue().isEmpty() || scalar.getValue().equals("~") || scalar.getValue().equals("null"));
    }

    private static String child(String key, String name) {
        String escaped = Config.Key.escapeName(name);
        return key.isEmpty() ? escaped : key + "." + escaped;
    }

    Place place(Config config) {
        return places.get(config.key().toString());
    }

    /** Names of the keys of a mapping, in the order of the file. */
    List<String> names(Config config) {
        return keys.getOrDefault(config.key().toString(), List.of());
    }

    void problem(int line, String shown, String message) {
        problems.add(new Problem(file, line, shown, message));
    }

    private void problem(Node node, String shown, String message) {
        problem(node.getStartMark().getLine() + 1, shown, message);
    }

    /** A path of the file: relative ones count from the file's directory. */
    Path resolve(String path) {
        return directory().resolve(path).normalize();
    }

    /** The file's directory. */
    Path directory() {
        return file.toAbsolutePath().normalize().getParent();
    }
}

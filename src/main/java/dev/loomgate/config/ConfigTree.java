package dev.loomgate.config;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import org.yaml.snakeyaml.DumperOptions.ScalarStyle;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;

/**
 * YAML nodes as values with the lines of their keys. Texts stay as they are written: YAML 1.1 would make a number of seconds out
 * of {@code 1:30} and a boolean out of {@code no}. Not by way of Helidon's Config, which knows no lines and takes longer to start
 * than all the rest of reading.
 */
final class ConfigTree {
    private final Path file;
    private final List<Problem> problems;

    /** @param problems where mistakes are put */
    ConfigTree(Path file, List<Problem> problems) {
        this.file = file;
        this.problems = problems;
    }

    /** Converts the whole file. */
    Section root(MappingNode node) {
        return new Section(this, mapping(node, line(node), "", new HashSet<>()), "");
    }

    /**
     * @param line    of its key
     * @param shown   path of the key as people see it
     * @param parents mappings and lists that this one is inside of: an alias can lead back to one
     */
    private Value.Mapping mapping(MappingNode node, int line, String shown, Set<Node> parents) {
        Map<String, Value> values = new LinkedHashMap<>();
        if (!parents.add(node)) {
            problem(node, shown, "an alias that leads back to itself");
            return new Value.Mapping(line, values);
        }
        for (NodeTuple tuple : node.getValue()) {
            if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
                problem(tuple.getKeyNode(), shown, "a key must be a word; put text that begins with '{' or '[' in quotes");
                continue;
            }
            String name = key.getValue();
            String shownChild = shown.isEmpty() ? name : shown + "." + name;
            if (key.getTag().equals(Tag.MERGE)) {
                problem(key, shown, "'<<' is not supported; repeat the keys, or use an alias for a whole value");
            } else if (name.isEmpty()) {
                problem(key, shown, "a key is empty");
            } else if (values.containsKey(name)) {
                problem(key, shownChild, "this key is there twice; the first is in line " + values.get(name).line());
            } else {
                values.put(name, value(tuple.getValueNode(), line(key), shownChild, parents));
            }
        }
        parents.remove(node);
        return new Value.Mapping(line, values);
    }

    private Value value(Node node, int line, String shown, Set<Node> parents) {
        if (node instanceof MappingNode mapping) {
            return mapping(mapping, line, shown, parents);
        }
        if (node instanceof SequenceNode sequence) {
            return items(sequence, line, shown, parents);
        }
        ScalarNode scalar = (ScalarNode) node;
        return new Value.Scalar(line, scalar.getValue(), isEmpty(scalar));
    }

    private Value.Items items(SequenceNode node, int line, String shown, Set<Node> parents) {
        var items = new ArrayList<Value>();
        if (!parents.add(node)) {
            problem(node, shown, "an alias that leads back to itself");
            return new Value.Items(line, items);
        }
        for (Node item : node.getValue()) {
            items.add(value(item, line(item), shown + "[" + items.size() + "]", parents));
        }
        parents.remove(node);
        return new Value.Items(line, items);
    }

    private static boolean isEmpty(ScalarNode scalar) {
        return scalar.getScalarStyle() == ScalarStyle.PLAIN
                && (scalar.getValue().isEmpty() || scalar.getValue().equals("~") || scalar.getValue().equals("null"));
    }

    private static int line(Node node) {
        return node.getStartMark().getLine() + 1;
    }

    void problem(int line, String shown, String message) {
        problems.add(new Problem(file, line, shown, message));
    }

    private void problem(Node node, String shown, String message) {
        problem(line(node), shown, message);
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

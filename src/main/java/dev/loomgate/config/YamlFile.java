package dev.loomgate.config;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.composer.Composer;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.parser.ParserImpl;
import org.yaml.snakeyaml.reader.ReaderException;
import org.yaml.snakeyaml.reader.StreamReader;
import org.yaml.snakeyaml.resolver.Resolver;

/** Reads a YAML file as far as its nodes, and says in plain words why that failed. */
final class YamlFile {
    private final Path file;

    YamlFile(Path file) {
        this.file = file;
    }

    /** The mapping that the file consists of. */
    MappingNode read() throws ConfigurationException {
        String text = text();
        Node root;
        try {
            root = compose(text);
        } catch (MarkedYAMLException e) {
            throw failure(e.getProblemMark() == null ? 0 : e.getProblemMark().getLine() + 1, inWords(e));
        } catch (ReaderException e) {
            throw failure(lineAt(text, e.getPosition()), "the control character U+%04X is not allowed in YAML; remove it, or "
                    .formatted(e.getCodePoint()) + "write it as \"\\u%04x\" in double quotes".formatted(e.getCodePoint()));
        } catch (YAMLException e) {
            throw failure(0, "not YAML: " + e.getMessage());
        }
        if (root == null) {
            throw failure(0, "the file is empty; at least 'routes' is needed");
        }
        if (root instanceof MappingNode mapping) {
            return mapping;
        }
        throw failure(root.getStartMark().getLine() + 1,
                "the file must consist of keys and values, such as 'routes:', not of a " + root.getNodeId().name());
    }

    /** As {@code Yaml.compose}, without what that makes for writing YAML and for making objects. */
    private static Node compose(String text) {
        var options = new LoaderOptions();
        return new Composer(new ParserImpl(new StreamReader(text), options), new Resolver(), options).getSingleNode();
    }

    private String text() throws ConfigurationException {
        try {
            if (Files.isDirectory(file)) {
                throw failure(0, "this is a directory; name the configuration file in it");
            }
            return decode(Files.readAllBytes(file));
        } catch (NoSuchFileException e) {
            throw failure(0, "no such file (looked for " + file.toAbsolutePath() + ")");
        } catch (AccessDeniedException e) {
            throw failure(0, "permission denied: user " + System.getProperty("user.name") + " can't read it");
        } catch (IOException e) {
            throw failure(0, "can't be read: " + e.getMessage());
        }
    }

    private String decode(byte[] bytes) throws ConfigurationException {
        CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
        ByteBuffer in = ByteBuffer.wrap(bytes);
        CharBuffer out = CharBuffer.allocate(bytes.length);
        CoderResult result = decoder.decode(in, out, true);
        String text = out.flip().toString();
        if (result.isError()) {
            throw failure(lineAt(text, text.length()), "byte 0x%02X is not UTF-8; save the file in UTF-8"
                    .formatted(bytes[in.position()]));
        }
        return text.startsWith("\ufeff") ? text.substring(1) : text;
    }

    private static int lineAt(String text, int position) {
        return 1 + (int) text.chars().limit(position).filter(c -> c == '\n').count();
    }

    private static String inWords(MarkedYAMLException e) {
        String problem = e.getProblem() == null ? e.getMessage() : e.getProblem();
        if (problem.contains("\\t(TAB)") || problem.contains("'\\t'")) {
            return "a tab; YAML is indented with spaces only";
        }
        int column = e.getProblemMark() == null ? 0 : e.getProblemMark().getColumn() + 1;
        String context = e.getContext() == null ? "" : e.getContext() + ", ";
        return "not YAML: " + context + problem + " (column " + column + ")" + advice(context, problem);
    }

    private static String advice(String context, String problem) {
        if (problem.contains("mapping values are not allowed here")) {
            return "; check the indentation, and put text that holds ': ' in quotes";
        }
        if (context.contains("alias") || problem.contains("undefined alias")) {
            return "; put text that begins with '*' in quotes, as in path: \"*.php\"";
        }
        return "";
    }

    private ConfigurationException failure(int line, String message) {
        return new ConfigurationException(List.of(new Problem(file, line, "", message)));
    }
}

package dev.loomgate.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The socket on which a running server takes commands.
 *
 * @param enabled whether there is one; default true
 * @param socket  where; empty for a place that follows from the path of the configuration file
 */
public record ControlConfig(boolean enabled, Optional<Path> socket) {
    /** A socket in the usual place. */
    public static final ControlConfig DEFAULT = new ControlConfig(true, Optional.empty());

    private static final Pattern LINE = Pattern.compile("(?m)^control:[ \t]*[\"']?([^\"'#\\s]+)");

    static ControlConfig read(Section root, Path file) {
        return root.value("control", text -> of(text, file.toAbsolutePath().getParent())).orElse(DEFAULT);
    }

    private static ControlConfig of(String text, Path directory) {
        return switch (text) {
            case "on", "true" -> DEFAULT;
            case "off", "false" -> new ControlConfig(false, Optional.empty());
            default -> new ControlConfig(true, Optional.of(directory.resolve(text)));
        };
    }

    /**
     * What a file says, even if it has mistakes elsewhere: a server that runs must be reached after its file was spoilt.
     *
     * @param file configuration file, which need not be there
     */
    public static ControlConfig of(Path file) {
        try {
            Matcher line = LINE.matcher(Files.readString(file));
            return line.find() ? of(line.group(1), file.toAbsolutePath().getParent()) : DEFAULT;
        } catch (IOException e) {
            return DEFAULT;
        }
    }
}

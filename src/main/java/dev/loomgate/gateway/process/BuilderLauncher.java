package dev.loomgate.gateway.process;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import dev.loomgate.foreign.Libc;
import dev.loomgate.gateway.GatewayException;
import dev.loomgate.gateway.Octets;
import dev.loomgate.gateway.StderrLog;

/**
 * Starts scripts with {@link ProcessBuilder}, where {@link Libc} is not to be had. The program {@code setsid} gives the script
 * a process group of its own, at the cost of one more exec; without it (not Linux) a script is ended with the descendants
 * that can still be found. Environment values that are not UTF-8 can't be passed unchanged.
 */
final class BuilderLauncher implements Launcher {
    private static final Pattern ERROR_NUMBER = Pattern.compile("error=(\\d+)");

    private final Optional<Path> setsid = Stream.of("/usr/bin/setsid", "/bin/setsid").map(Path::of)
            .filter(Files::isExecutable).findFirst();

    @Override
    public ScriptProcess launch(Command command, StderrLog stderr) throws GatewayException {
        var words = new ArrayList<String>(command.words().size() + 1);
        setsid.ifPresent(program -> words.add(program.toString()));
        command.words().forEach(word -> words.add(text(word)));
        if (setsid.isPresent()) {
            requireRunnable(command);
        }
        var builder = new ProcessBuilder(words).directory(command.directory().toFile());
        builder.environment().clear();
        command.environment().forEach((name, value) -> builder.environment().put(text(name), text(value)));
        switch (command.stdin()) {
            case Command.Stdin.Nothing nothing -> builder.redirectInput(new File("/dev/null"));
            case Command.Stdin.FromFile file -> builder.redirectInput(file.file().toFile());
            case Command.Stdin.Listener socket -> throw new IllegalArgumentException("a socket can't be handed over this way");
            case Command.Stdin.Pipe pipe -> {
                // a pipe is what ProcessBuilder makes by itself
            }
        }
        try {
            Process process = builder.start();
            stderr.pid(process.pid());
            return new BuiltProcess(process, setsid.isPresent(), stderr);
        } catch (IOException e) {
            Matcher number = ERROR_NUMBER.matcher(String.valueOf(e.getMessage()));
            throw LaunchFailure.of(number.find() ? Integer.parseInt(number.group(1)) : 0, command);
        }
    }

    /** What Java turns into these bytes again when it starts the process, if the system's encoding is UTF-8. */
    private static String text(String octets) {
        return new String(Octets.bytes(octets), StandardCharsets.UTF_8);
    }

    /** With setsid in between, the system's reasons would only be an exit status: look for the common ones before. */
    private static void requireRunnable(Command command) throws GatewayException {
        Path program = command.program();
        if (!Files.exists(program)) {
            throw LaunchFailure.of(LaunchFailure.ENOENT, command);
        }
        String shebang = LaunchFailure.shebang(program);
        if (shebang.isEmpty()) {
            if (!LaunchFailure.isBinary(program)) {
                throw LaunchFailure.of(LaunchFailure.ENOEXEC, command);
            }
        } else if (!Files.exists(Path.of(shebang.substring(2).strip().split("[ \t]")[0])) || shebang.endsWith("\r")) {
            throw LaunchFailure.of(LaunchFailure.ENOENT, command);
        }
    }
}

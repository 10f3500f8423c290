package dev.loomgate.gateway.process;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedDeque;

import io.helidon.http.Status;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import dev.loomgate.foreign.Libc;
import dev.loomgate.gateway.GatewayException;
import dev.loomgate.gateway.Octets;
import dev.loomgate.gateway.StderrLog;

/**
 * Starts scripts with {@code posix_spawn}: no copy of this process's memory maps, no helper program in between, a process group
 * of the script's own, default signals, and every descriptor but the three standard ones closed.
 *
 * <p>A group, not a session, of its own: it is all that ending a script's children takes, and for each session Linux sets up a
 * scheduling group (autogroup), which is measurable beside a short script.
 */
final class SpawnLauncher implements Launcher {
    private static final Logger LOGGER = LoggerFactory.getLogger(SpawnLauncher.class);
    private static final byte[] NULL_DEVICE = Octets.bytes("/dev/null");
    private static final short FLAGS =
            Libc.POSIX_SPAWN_SETPGROUP | Libc.POSIX_SPAWN_SETSIGDEF | Libc.POSIX_SPAWN_SETSIGMASK;

    private final Libc libc;
    private final ConcurrentLinkedDeque<Scratch> spare = new ConcurrentLinkedDeque<>();

    /** Holds the attributes that all scripts start with; only read after the constructor. */
    private final Scratch common;

    /** The C library, where it can be called; the log says why not. */
    static Optional<Libc> library() {
        try {
            return Optional.of(Libc.load());
        } catch (IOException e) {
            LOGGER.atInfo().addKeyValue("reason", e.getMessage())
                    .log("scripts are started the slower way, through java.lang.ProcessBuilder");
            return Optional.empty();
        }
    }

    SpawnLauncher(Libc libc) {
        this.libc = libc;
        this.common = new Scratch(libc, Scratch.DATA_SIZE);
        int error = libc.attributes(common.attributes(), FLAGS, common.allSignals(), common.noSignals());
        if (error != 0) {
            throw new IllegalStateException("posix_spawn attributes can't be set: error " + error);
        }
    }

    /** Both ends of a pipe; -1: none, or given away. */
    private final class Pipe implements AutoCloseable {
        private int readEnd = -1;
        private int writeEnd = -1;

        private Pipe(Scratch scratch) throws GatewayException {
            if (libc.pipe2(scratch.ints(), Libc.O_CLOEXEC) != 0) {
                throw new GatewayException(Status.SERVICE_UNAVAILABLE_503, "no pipe for a script: this server is out of file "
                        + "descriptors; raise its limit (ulimit -n)", Duration.ofSeconds(1), null);
            }
            readEnd = scratch.intAt(0);
            writeEnd = scratch.intAt(1);
        }

        private int takeReadEnd() {
            int taken = readEnd;
            readEnd = -1;
            return taken;
        }

        private int takeWriteEnd() {
            int taken = writeEnd;
            writeEnd = -1;
            return taken;
        }

        @Override
        public void close() {
            if (readEnd >= 0) {
                libc.close(readEnd);
            }
            if (writeEnd >= 0) {
                libc.close(writeEnd);
            }
        }
    }

    @Override
    public ScriptProcess launch(Command command, StderrLog stderr) throws GatewayException {
        Scratch scratch = takeScratch();
        try (var output = new Pipe(scratch); var errors = new Pipe(scratch)) {
            if (command.stdin() instanceof Command.Stdin.Pipe) {
                try (var input = new Pipe(scratch)) {
                    int pid = spawn(command, scratch, input.readEnd, output, errors);
                    libc.fcntl(input.writeEnd, Libc.F_SETFL, Libc.O_NONBLOCK);
                    return process(pid, scratch, stderr, output, errors, input.takeWriteEnd());
                }
            }
            int stdin = command.stdin() instanceof Command.Stdin.Listener listener ? listener.descriptor() : -1;
            int pid = spawn(command, scratch, stdin, output, errors);
            return process(pid, scratch, stderr, output, errors, -1);
        } catch (GatewayException | RuntimeException e) {
            giveBack(scratch);
            throw e;
        }
    }

    private SpawnedProcess process(int pid, Scratch scratch, StderrLog stderr, Pipe output, Pipe errors, int stdin) {
        stderr.pid(pid);
        var descriptors = new SpawnedProcess.Descriptors(stdin, output.takeReadEnd(), errors.takeReadEnd());
        return new SpawnedProcess(libc, this, pid, descriptors, scratch, stderr);
    }

    private int spawn(Command command, Scratch scratch, int stdin, Pipe output, Pipe errors) throws GatewayException {
        var strings = new Strings(command);
        Scratch arguments = strings.size <= Scratch.DATA_SIZE ? scratch : new Scratch(libc, strings.size);
        strings.write(arguments);

        int error = libc.actionsInit(scratch.actions());
        if (error != 0) {
            throw LaunchFailure.of(error, command);
        }
        try {
            error = addActions(command, scratch.actions(), arguments, strings, stdin, output, errors);
            if (error == 0) {
                error = libc.posixSpawn(scratch.ints(), arguments.data() + strings.program, scratch.actions(),
                        common.attributes(), arguments.data() + strings.words, arguments.data() + strings.variables);
            }
        } finally {
            libc.actionsDestroy(scratch.actions());
        }
        if (error != 0) {
            throw LaunchFailure.of(error, command);
        }
        return scratch.intAt(0);
    }

    private int addActions(Command command, long actions, Scratch arguments, Strings strings, int stdin, Pipe output,
                           Pipe errors) {
        int error = stdin >= 0
                ? libc.actionsAddDup2(actions, stdin, 0)
                : libc.actionsAddOpen(actions, 0, arguments.data() + strings.input, Libc.O_RDONLY);
        if (error == 0) {
            error = libc.actionsAddDup2(actions, output.writeEnd, 1);
        }
        if (error == 0) {
            error = libc.actionsAddDup2(actions, errors.writeEnd, 2);
        }
        if (error == 0) {
            error = libc.actionsAddCloseFrom(actions, 3);
        }
        return error != 0 ? error : libc.actionsAddChdir(actions, arguments.data() + strings.directory);
    }

    private Scratch takeScratch() {
        Scratch scratch = spare.pollFirst();
        return scratch != null ? scratch : new Scratch(libc, Scratch.DATA_SIZE);
    }

    /** For the next script; there are as many as scripts ran at a time. */
    void giveBack(Scratch scratch) {
        spare.addFirst(scratch);
    }

    Scratch inputScratch() {
        return takeScratch();
    }

    /** Lays out the pointer arrays and strings of one command, as offsets into a scratch's data. */
    private static final class Strings {
        private final List<byte[]> wordBytes = new ArrayList<>();
        private final List<byte[]> variableBytes = new ArrayList<>();
        private final byte[] directoryBytes;
        private final byte[] inputBytes;
        private final int words;
        private final int variables;
        private final int size;
        private int program;
        private int directory;
        private int input;

        private Strings(Command command) {
            command.words().forEach(word -> wordBytes.add(Octets.bytes(word)));
            for (Map.Entry<String, String> variable : command.environment().entrySet()) {
                variableBytes.add(Octets.bytes(variable.getKey() + '=' + variable.getValue()));
            }
            directoryBytes = Octets.bytes(Octets.of(command.directory()));
            inputBytes = command.stdin() instanceof Command.Stdin.FromFile file
                    ? Octets.bytes(Octets.of(file.file()))
                    : NULL_DEVICE;
            words = 0;
            variables = 8 * (wordBytes.size() + 1);
            size = variables + 8 * (variableBytes.size() + 1) + directoryBytes.length + 1 + inputBytes.length + 1
                    + wordBytes.stream().mapToInt(bytes -> bytes.length + 1).sum()
                    + variableBytes.stream().mapToInt(bytes -> bytes.length + 1).sum();
        }

        private void write(Scratch to) {
            int at = variables + 8 * (variableBytes.size() + 1);
            program = at;
            at = write(to, wordBytes, words, at);
            at = write(to, variableBytes, variables, at);
            directory = at;
            at = to.putString(at, directoryBytes);
            input = at;
            to.putString(at, inputBytes);
        }

        private static int write(Scratch to, List<byte[]> strings, int pointers, int at) {
            int pointer = pointers;
            for (byte[] string : strings) {
                to.putPointer(pointer, to.data() + at);
                pointer += 8;
                at = to.putString(at, string);
            }
            to.putPointer(pointer, 0);
            return at;
        }
    }
}

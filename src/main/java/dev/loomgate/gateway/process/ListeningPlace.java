package dev.loomgate.gateway.process;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

import dev.loomgate.foreign.Libc;
import dev.loomgate.gateway.GatewayException;
import dev.loomgate.gateway.Octets;
import dev.loomgate.gateway.StderrLog;

/**
 * A Unix-domain socket in a directory that only this user can enter, for a program that this server starts and that accepts
 * connections there. Where the system allows, the socket is opened here and handed to the program as its standard input, as FastCGI
 * programs expect it: then connections wait in the socket's queue while the program is started again. Otherwise the program has to
 * open it.
 *
 * <p>Safe for use by many threads, but for closing it before all its programs have ended.
 */
public final class ListeningPlace implements AutoCloseable {
    private static final int BACKLOG = 1024;
    /** Longest path that fits into an address, its NUL included. */
    private static final int LONGEST = 108;

    private final Path directory;
    private final Path socket;
    private final Optional<Libc> libc;
    private final Launcher launcher;
    private final int descriptor;
    // guarded by this
    private DeathWatch watch;
    private boolean closed;

    private ListeningPlace(Path directory, Optional<Libc> libc) throws IOException {
        this.directory = directory;
        this.socket = directory.resolve("socket");
        this.libc = libc;
        this.launcher = libc.<Launcher>map(SpawnLauncher::new).orElseGet(BuilderLauncher::new);
        this.descriptor = libc.isPresent() ? listen(libc.get(), socket) : -1;
    }

    /**
     * Makes the directory and, if possible, opens the socket.
     *
     * @throws IOException if the directory can't be made or the socket not be opened
     */
    public static ListeningPlace open() throws IOException {
        Path directory = Files.createTempDirectory("loomgate-",
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        try {
            return new ListeningPlace(directory, SpawnLauncher.library());
        } catch (IOException | RuntimeException e) {
            Files.deleteIfExists(directory.resolve("socket"));
            Files.delete(directory);
            throw e;
        }
    }

    private static int listen(Libc libc, Path socket) throws IOException {
        byte[] path = socket.toString().getBytes(StandardCharsets.UTF_8);
        if (path.length >= LONGEST) {
            throw new IOException("the path '" + socket + "' is too long for a socket; set java.io.tmpdir to a shorter one");
        }
        var address = ByteBuffer.allocateDirect(2 + LONGEST).order(ByteOrder.nativeOrder());
        address.putShort((short) Libc.AF_UNIX).put(path).clear();
        int descriptor = libc.socket(Libc.AF_UNIX, Libc.SOCK_STREAM | Libc.SOCK_CLOEXEC, 0);
        if (descriptor < 0) {
            throw new IOException("no socket for a program: this server is out of file descriptors (ulimit -n)");
        }
        if (libc.bind(descriptor, libc.addressOf(address), address.capacity()) != 0 || libc.listen(descriptor, BACKLOG) != 0) {
            libc.close(descriptor);
            throw new IOException("can't listen on '" + socket + "'");
        }
        return descriptor;
    }

    /** Path of the socket. */
    public Path socket() {
        return socket;
    }

    /** Whether the socket is open, and handed to programs; if not, they have to open it. */
    public boolean isHandedOver() {
        return descriptor >= 0;
    }

    /**
     * Starts a program.
     *
     * @param words       program (absolute path) and arguments
     * @param environment its whole environment
     * @param workingDirectory where it runs
     * @return the running program
     * @throws GatewayException with the reason in words if it can't be started
     */
    public Program start(List<String> words, Map<String, String> environment, Path workingDirectory) throws GatewayException {
        Command.Stdin stdin = descriptor >= 0 ? new Command.Stdin.Listener(descriptor) : new Command.Stdin.Nothing();
        Path name = Path.of(words.getFirst());
        var command = new Command(name, words.stream().map(Octets::of).toList(), Octets.of(environment), workingDirectory, stdin);
        var log = new StderrLog(name);
        DeathWatch over = watch();
        var program = new Program(launcher.launch(command, log), log, over);
        over.add(program.pid());
        return program;
    }

    /** With the first program, so that a server that starts none has no shell. */
    private synchronized DeathWatch watch() throws GatewayException {
        if (watch == null) {
            watch = DeathWatch.start(launcher, directory);
        }
        return watch;
    }

    /** A program that was started. */
    public static final class Program implements AutoCloseable {
        private static final Duration LOOK = Duration.ofMillis(500);

        private final ScriptProcess process;
        private final StderrLog log;
        private final DeathWatch watch;

        private Program(ScriptProcess process, StderrLog log, DeathWatch watch) {
            this.process = process;
            this.log = log;
            this.watch = watch;
        }

        /** Process id. */
        public long pid() {
            return process.pid();
        }

        /**
         * Waits until the program has exited, and logs meanwhile what it writes. Holds the thread: use a platform thread.
         *
         * @return the exit status, or the signal that ended it, below zero ({@link dev.loomgate.gateway.ExitStatus})
         * @throws IOException if the process can't be watched
         */
        public int await() throws IOException {
            byte[] buffer = new byte[4 * 1024];
            boolean open = true;
            while (true) {
                // its children may keep the output open when it has gone
                if (open && process.awaitOutput(LOOK)) {
                    int n = process.read(buffer, 0, buffer.length);
                    open = n >= 0;
                    if (open) {
                        log.accept(buffer, 0, n);
                    }
                }
                OptionalInt exit = process.awaitExit(open ? Duration.ZERO : LOOK);
                if (exit.isPresent()) {
                    return exit.getAsInt();
                }
            }
        }

        /** Asks it, and all that it has started, to end. Any thread may. */
        public void terminate() {
            process.signal(ScriptProcess.Signal.TERM);
        }

        /** Ends it, and all that it has started. Any thread may. */
        public void kill() {
            process.signal(ScriptProcess.Signal.KILL);
        }

        /** Lets go of the program, which has exited. */
        @Override
        public void close() {
            // before its id can come to be another's
            watch.remove(process.pid());
            process.close();
        }
    }

    /** Closes the socket and removes the directory; a second time nothing is done. */
    @Override
    public synchronized void close() throws IOException {
        if (closed) {
            return;
        }
        // the number may be that of somebody else's file by now
        closed = true;
        if (watch != null) {
            watch.close();
        }
        if (descriptor >= 0) {
            libc.orElseThrow().close(descriptor);
        }
        Files.deleteIfExists(socket);
        Files.deleteIfExists(directory);
    }
}

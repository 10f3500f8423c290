package dev.loomgate.gateway.forkserver;

import java.io.IOException;
import java.io.InputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import dev.loomgate.gateway.ExitStatus;
import dev.loomgate.gateway.StderrLog;

/**
 * A process that has loaded a script and forks for each request. Two threads stay with it: one reads what it tells, one its error
 * output, which its children share. Safe for use by many threads.
 */
final class Driver {
    private static final Logger LOGGER = LoggerFactory.getLogger(Driver.class);

    private final Path script;
    private final Path socket;
    private final Process process;
    private final ControlLine control;
    private final LoadedFiles files;

    /** Whether the driver tells of each child that it makes, as there is not one for each request. */
    private final boolean counting;
    private final AtomicLong forks;
    private final long startedAt = System.nanoTime();
    private final Map<Long, ForkedDialogue> running = new ConcurrentHashMap<>();

    /** Requests whose children go on without them, by the time when that was noticed; for the thread that reads alone. */
    private final Map<Long, Long> lingering = new ConcurrentHashMap<>();

    /** Requests whose children were ended from here, so that how they ended is no news, by the question after which none is there. */
    private final Map<Long, Long> unwanted = new ConcurrentHashMap<>();

    /** How often it was asked for its children, and how often it has answered. */
    private final AtomicLong questions = new AtomicLong();
    private long answers;
    private volatile boolean stopping;

    private Driver(Path script, Path socket, Process process, ControlLine control, LoadedFiles files, boolean counting,
            AtomicLong forks) {
        this.script = script;
        this.socket = socket;
        this.process = process;
        this.control = control;
        this.files = files;
        this.counting = counting;
        this.forks = forks;
    }

    /**
     * Starts a driver and waits until it has loaded the script.
     *
     * @param forks                 counts its children
     * @throws LoadException        if it does not
     * @throws InterruptedException if this thread is interrupted meanwhile
     */
    static Driver start(Launch launch, RuntimeDirectory directory, AtomicLong forks) throws LoadException, InterruptedException {
        long startAt = System.currentTimeMillis();
        try {
            Path socket = directory.newSocket();
            Path controlPath = socket.resolveSibling(socket.getFileName() + "c");
            try (var server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
                server.bind(UnixDomainSocketAddress.of(controlPath));
                Process process = launch.process(directory.drivers(), socket, controlPath).start();
                return load(launch, process, server, socket, startAt, forks);
            } finally {
                Files.deleteIfExists(controlPath);
            }
        } catch (IOException e) {
            throw new LoadException(e.getMessage(), e);
        }
    }

    private static Driver load(Launch launch, Process process, ServerSocketChannel server, Path socket, long startAt,
            AtomicLong forks) throws LoadException, InterruptedException {
        // the driver's first descriptors were pipes, as those of a CGI script are, and have served
        closeQuietly(process.getOutputStream());
        closeQuietly(process.getInputStream());
        Thread.ofPlatform().daemon().name("driver-" + process.pid() + "-stderr").start(() -> logErrors(process, launch.script()));
        Thread watch = Thread.ofVirtual().start(() -> endIfLate(process, launch.limit(), server));
        ControlLine control = null;
        boolean loaded = false;
        try {
            control = new ControlLine(server.accept());
            var paths = new ArrayList<Path>();
            while (true) {
                String line = control.read();
                if (line.startsWith("file ")) {
                    paths.add(launch.script().resolveSibling(line.substring(5)));
                } else if (line.startsWith("refused ")) {
                    throw new LoadException(line.substring(8));
                } else if (line.equals("ready") || line.equals("ready counting")) {
                    loaded = true;
                    return new Driver(launch.script(), socket, process, control, new LoadedFiles(paths, startAt),
                            line.endsWith("counting"), forks);
                }
            }
        } catch (IOException e) {
            throw new LoadException(notLoaded(process, launch), e);
        } finally {
            watch.interrupt();
            if (!loaded) {
                process.destroyForcibly();
                if (control != null) {
                    control.close();
                }
            }
        }
    }

    private static void endIfLate(Process process, Duration limit, ServerSocketChannel server) {
        try (server) {
            process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
            process.destroyForcibly();
        } catch (InterruptedException | IOException e) {
            // it has loaded the script, or failed to
        }
    }

    private static String notLoaded(Process process, Launch launch) throws InterruptedException {
        if (process.waitFor(1, TimeUnit.SECONDS)) {
            int exit = process.exitValue();
            return exit == 128 + 9 ? "it was killed, or took longer than " + launch.limit() + " to load"
                    : "its interpreter ended with status " + exit + " while it loaded it; its error output says more";
        }
        return "its interpreter does not answer";
    }

    private static void logErrors(Process process, Path script) {
        try (InputStream in = process.getErrorStream(); var log = new StderrLog(script)) {
            log.pid(process.pid());
            byte[] buffer = new byte[4 * 1024];
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                log.accept(buffer, 0, n);
            }
        } catch (IOException e) {
            // closed under us, because the process has ended
        }
    }

    private static void closeQuietly(AutoCloseable stream) {
        try {
            stream.close();
        } catch (Exception e) {
            // nothing was to be read or written
        }
    }

    /**
     * Listens to the driver until it ends; for a thread of its own.
     *
     * @param silence how long a child may go on after its request has been answered
     */
    void listen(Duration silence, Consumer<Driver> atEnd) {
        try {
            while (true) {
                hear(control.read(), silence);
            }
        } catch (IOException e) {
            // it has ended
        } finally {
            control.close();
            running.values().forEach(ForkedDialogue::lost);
            atEnd.accept(this);
        }
    }

    private void hear(String line, Duration silence) {
        String[] words = line.split(" ");
        switch (words[0]) {
            case "exit" -> exited(Long.parseLong(words[1]), Integer.parseInt(words[2]));
            case "killed" -> exited(Long.parseLong(words[1]), -Integer.parseInt(words[2]));
            case "alive" -> endLingering(words, silence);
            case "forked" -> forks.incrementAndGet();
            case "file" -> files.add(script.resolveSibling(line.substring(5)));
            default -> LOGGER.atWarn().addKeyValue("script", script).log("driver says '{}'", line);
        }
    }

    private void exited(long request, int status) {
        ForkedDialogue dialogue = running.get(request);
        if (dialogue != null) {
            dialogue.exited(status);
        }
        if (unwanted.remove(request) == null && status != 0) {
            LOGGER.atWarn().addKeyValue("script", script).log("script {}", ExitStatus.describe(status));
        }
    }

    /** A child may go on after it has closed its output, as a CGI script may, but not for ever. */
    private void endLingering(String[] words, Duration silence) {
        Set<Long> alive = new HashSet<>();
        for (int i = 1; i < words.length; i++) {
            alive.add(Long.valueOf(words[i]));
        }
        // of those that had gone already, or end well, it tells nothing
        answers++;
        unwanted.entrySet().removeIf(entry -> entry.getValue() < answers && !alive.contains(entry.getKey()));
        alive.removeAll(running.keySet());
        lingering.keySet().retainAll(alive);
        long now = System.nanoTime();
        for (Long request : alive) {
            Long since = lingering.putIfAbsent(request, now);
            if (since != null && now - since > silence.toNanos()) {
                LOGGER.atWarn().addKeyValue("script", script)
                        .log("script is ended, because it went on too long after it closed its output");
                kill(request);
            }
        }
    }

    // ---- requests

    /** Where it listens. */
    Path socket() {
        return socket;
    }

    /** Requests that it works on. */
    int load() {
        return running.size();
    }

    /** Requests whose children it was told to end, and of which it has not said yet that none is there. */
    int unwantedCount() {
        return unwanted.size();
    }

    void begin(long request, ForkedDialogue dialogue) {
        running.put(request, dialogue);
        if (!counting) {
            forks.incrementAndGet();
        }
    }

    void end(long request) {
        running.remove(request);
    }

    /** Ends the child of a request, with everything that it has started. */
    void kill(long request) {
        // a question may be on its way that the driver reads before this
        unwanted.put(request, questions.get() + 1);
        control.write("kill " + request);
    }

    /** Asks for the exit status of a request's child. */
    void ask(long request) {
        control.write("status " + request);
    }

    /** Asks which children there are. */
    void askForChildren() {
        questions.incrementAndGet();
        control.write("alive");
    }

    // ---- its own life

    boolean isAlive() {
        return process.isAlive();
    }

    boolean isStopping() {
        return stopping;
    }

    /** How long it has been there. */
    Duration age() {
        return Duration.ofNanos(System.nanoTime() - startedAt);
    }

    /** What it has loaded. */
    LoadedFiles files() {
        return files;
    }

    /**
     * Has children wait for requests, forked ahead of them.
     *
     * @param count how many, 0 or more
     * @param limit most children in all, those with a request included
     */
    void keepSpare(int count, int limit) {
        control.write("spare " + count + ' ' + limit);
    }

    /** Takes no more requests, and ends when those that it has are done. */
    void stop() {
        stopping = true;
        deleteSocket();
        control.write("stop");
    }

    /** Ends it and its children now. */
    void destroy() {
        stopping = true;
        control.close();
        deleteSocket();
    }

    void deleteSocket() {
        try {
            Files.deleteIfExists(socket);
        } catch (IOException e) {
            LOGGER.atDebug().setCause(e).log("socket can't be removed");
        }
    }

    /** Waits for its end. */
    boolean awaitEnd(Duration limit) throws InterruptedException {
        return process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** How it ended, in words. */
    String ending() {
        if (process.isAlive()) {
            return "closed its control connection";
        }
        return ExitStatus.describe(ExitStatus.ofJava(process.exitValue()));
    }

    /** Which one it is and how it ended, to follow the name of its script. */
    String end() {
        return " (fork server, process " + pid() + ") " + ending();
    }

    long pid() {
        return process.pid();
    }

    /** Ends what the driver has left behind: its children are in its session, whatever their groups. */
    List<Long> endOrphans() {
        return Session.kill(process.pid());
    }
}

package dev.loomgate.handover;

import java.io.BufferedReader;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The process that is to take a server's place. It gets the listening sockets, and says on a pipe when it is ready, or why it
 * can't be; if it ends without a word, that is an answer as well.
 */
public final class Successor {
    private static final Logger LOGGER = LoggerFactory.getLogger(Successor.class);
    /** Variable that names the descriptor to say it on. */
    static final String READY = "LOOMGATE_READY_FD";
    private static final String READY_LINE = "ready";
    private static final long LOOK_NANOS = 20_000_000;

    private Successor() {
    }

    /**
     * Starts it, and waits until it is ready. If it does not become ready, it is ended, and everything is as before.
     *
     * @param command     program and arguments
     * @param environment its variables
     * @param ports       the ports on which this process listens, whose sockets it gets, in this order
     * @param patience    how long it may take
     * @return its process id
     * @throws IOException          if it can't be started or does not become ready; the message says why
     * @throws InterruptedException if the thread is interrupted while it waits; the new process is ended then
     */
    public static long start(List<String> command, Map<String, String> environment, List<Integer> ports, Duration patience)
            throws IOException, InterruptedException {
        Descriptors descriptors = descriptors();
        var given = new ArrayList<Integer>();
        int[] pipe = descriptors.pipe();
        try {
            for (int port : ports) {
                given.add(descriptors.copy(listening(descriptors, port)));
            }
            given.add(descriptors.copy(pipe[1]));
            var variables = new HashMap<>(environment);
            variables.remove("LISTEN_PID");
            variables.remove("LISTEN_FDNAMES");
            variables.put("LISTEN_FDS", String.valueOf(ports.size()));
            variables.put(READY, String.valueOf(3 + ports.size()));
            int pid = descriptors.spawn(command, variables, given);
            LOGGER.atInfo().addKeyValue("pid", pid).log("started a successor");
            given.forEach(descriptors::close);
            given.clear();
            descriptors.close(pipe[1]);
            pipe[1] = -1;
            await(descriptors, pid, pipe[0], patience);
            return pid;
        } finally {
            given.forEach(descriptors::close);
            for (int end : pipe) {
                if (end >= 0) {
                    descriptors.close(end);
                }
            }
        }
    }

    private static Descriptors descriptors() throws IOException {
        try {
            return Descriptors.load();
        } catch (IOException e) {
            throw new IOException(e.getMessage() + ". Restart the server instead; behind a proxy, or with a second machine, that "
                    + "loses no request either: see conf/ha/README.md", e);
        }
    }

    private static int listening(Descriptors descriptors, int port) throws IOException {
        int descriptor = descriptors.listeningOn(port);
        if (descriptor < 0) {
            throw new IOException("no socket of this process listens on port " + port);
        }
        return descriptor;
    }

    private static void await(Descriptors descriptors, int pid, int pipe, Duration patience) throws IOException, InterruptedException {
        var said = new ArrayList<String>();
        Thread reader = Thread.ofPlatform().daemon().name("successor").start(() -> read(pipe, said));
        try {
            reader.join(patience);
        } catch (InterruptedException e) {
            // nobody would know of it
            descriptors.kill(pid);
            status(descriptors, pid);
            throw e;
        }
        boolean silent = reader.isAlive();
        List<String> lines;
        synchronized (said) {
            lines = List.copyOf(said);
        }
        if (!lines.isEmpty() && lines.getFirst().equals(READY_LINE)) {
            return;
        }
        if (silent) {
            descriptors.kill(pid);
        }
        int status = status(descriptors, pid);
        if (silent) {
            throw new IOException("the new process was not ready within " + patience.toSeconds() + " s and was ended");
        }
        throw new IOException("the new process did not start, and ended with status " + status
                + (lines.isEmpty() ? "; see what it printed in the log of this one" : ": " + String.join("; ", lines)));
    }

    private static int status(Descriptors descriptors, int pid) {
        int status = descriptors.ended(pid);
        for (int looks = 0; status < 0; looks++) {
            if (looks == 250) {
                descriptors.kill(pid);
            }
            LockSupport.parkNanos(LOOK_NANOS);
            status = descriptors.ended(pid);
        }
        return status;
    }

    /** To the end, or to the word. The descriptor itself is closed by another. */
    private static void read(int pipe, List<String> said) {
        try (var lines = new BufferedReader(new InputStreamReader(new FileInputStream("/proc/self/fd/" + pipe),
                StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                synchronized (said) {
                    said.add(line);
                }
                if (line.equals(READY_LINE)) {
                    return;
                }
            }
        } catch (IOException e) {
            LOGGER.atDebug().setCause(e).log("a successor can't be heard");
        }
    }

    /** Whether this process was started to take the place of another. */
    public static boolean isThis(Map<String, String> environment) {
        return environment.containsKey(READY);
    }

    /** Says that this process serves; does nothing if nobody waits for it. */
    public static void ready(Map<String, String> environment) {
        say(environment, READY_LINE);
    }

    /** Says why this process can't serve; does nothing if nobody waits for it. */
    public static void failed(Map<String, String> environment, List<String> reasons) {
        say(environment, reasons.stream().map(reason -> reason.replace('\n', ' ')).collect(Collectors.joining("\n")));
    }

    private static void say(Map<String, String> environment, String text) {
        String descriptor = environment.get(READY);
        if (descriptor == null) {
            return;
        }
        try (OutputStream out = new FileOutputStream("/proc/self/fd/" + descriptor)) {
            out.write((text + "\n").getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            LOGGER.atWarn().setCause(e).log("the process before this one can't be told; it will wait in vain and go on");
        }
    }
}

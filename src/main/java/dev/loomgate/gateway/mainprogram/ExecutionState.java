package dev.loomgate.gateway.mainprogram;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.lang.Thread.UncaughtExceptionHandler;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

import dev.loomgate.gateway.StderrLog;

/**
 * What {@code java.lang.System} and {@code Runtime} say in one request, and what the program has changed of it. Safe for use by
 * many threads. Streams and properties are made when they are asked for: few programs use all.
 */
final class ExecutionState {
    private static final Logger LOGGER = LoggerFactory.getLogger(ExecutionState.class);
    /** Variables that the old wrappers of Java CGI programs passed as properties whether they were set or not. */
    private static final Set<String> ALWAYS = Set.of("AUTH_TYPE", "CONTENT_LENGTH", "CONTENT_TYPE", "GATEWAY_INTERFACE",
            "HTTP_ACCEPT", "HTTP_COOKIE", "HTTP_REFERER", "HTTP_USER_AGENT", "PATH_INFO", "PATH_TRANSLATED", "QUERY_STRING",
            "REMOTE_ADDR", "REMOTE_HOST", "REMOTE_IDENT", "REMOTE_USER", "REQUEST_METHOD", "SCRIPT_NAME", "SERVER_NAME",
            "SERVER_PORT", "SERVER_PROTOCOL", "SERVER_SOFTWARE");
    private static final String CGI = "cgi.";

    private final Execution execution;
    private final Program program;
    private final ProgramSettings settings;
    private final Surroundings surroundings;
    private final List<Thread> hooks = new ArrayList<>();
    private final Set<ProcessBuilder> prepared = Collections.newSetFromMap(new IdentityHashMap<>());
    private InputStream in;
    private PrintStream out;
    private PrintStream err;
    private StderrLog errors;
    private Properties properties;
    private UncaughtExceptionHandler uncaught;
    private boolean closed;

    ExecutionState(Execution execution, Program program, ProgramSettings settings, Surroundings surroundings) {
        this.execution = execution;
        this.program = program;
        this.settings = settings;
        this.surroundings = surroundings;
    }

    /**
     * What the request is to the program, and to the log.
     *
     * @param environment variables, in characters; not to be changed
     * @param method      request method
     * @param path        path as it was sent
     * @param client      address of the client
     */
    record Surroundings(Map<String, String> environment, String method, String path, String client) {
    }

    LoggingEventBuilder describe(LoggingEventBuilder event) {
        return event.addKeyValue("method", surroundings.method()).addKeyValue("path", surroundings.path())
                .addKeyValue("client", surroundings.client());
    }

    Map<String, String> environment() {
        return surroundings.environment();
    }

    // ---- streams

    synchronized InputStream in() {
        if (in == null) {
            try {
                in = new SharedInput(execution.openInput(), execution);
            } catch (IOException e) {
                throw new UncheckedIOException("the request's body can't be read", e);
            }
        }
        return in;
    }

    synchronized void in(InputStream stream) {
        in = stream;
    }

    synchronized PrintStream out() {
        if (out == null) {
            out = new PrintStream(new OutputStream() {
                @Override
                public void write(int b) {
                    write(new byte[] {(byte) b}, 0, 1);
                }

                @Override
                public void write(byte[] bytes, int offset, int length) {
                    execution.output().write(bytes, offset, length);
                    execution.touch();
                }
            }, true, settings.charset());
        }
        return out;
    }

    synchronized void out(PrintStream stream) {
        out = stream;
    }

    synchronized PrintStream err() {
        if (err == null) {
            err = new PrintStream(new OutputStream() {
                @Override
                public void write(int b) {
                    write(new byte[] {(byte) b}, 0, 1);
                }

                @Override
                public void write(byte[] bytes, int offset, int length) {
                    log(bytes, offset, length);
                }
            }, true, settings.charset());
        }
        return err;
    }

    synchronized void err(PrintStream stream) {
        err = stream;
    }

    private synchronized void log(byte[] bytes, int offset, int length) {
        if (errors == null && !closed) {
            errors = new StderrLog(program.name());
        }
        if (!closed) {
            errors.accept(bytes, offset, length);
        }
    }

    /** The request's body for all threads of the program. A lock, not synchronized: who reads may wait for long. */
    private static final class SharedInput extends InputStream {
        private final ReentrantLock lock = new ReentrantLock();
        private final InputStream stream;
        private final Execution execution;

        private SharedInput(InputStream stream, Execution execution) {
            this.stream = stream;
            this.execution = execution;
        }

        @Override
        public int read() throws IOException {
            byte[] single = new byte[1];
            return read(single, 0, 1) < 0 ? -1 : single[0] & 0xFF;
        }

        @Override
        public int read(byte[] to, int offset, int count) throws IOException {
            lock.lock();
            try {
                int n = stream.read(to, offset, count);
                execution.touch();
                return n;
            } finally {
                lock.unlock();
            }
        }

        @Override
        public int available() throws IOException {
            lock.lock();
            try {
                return stream.available();
            } finally {
                lock.unlock();
            }
        }

        @Override
        public void close() throws IOException {
            stream.close();
        }
    }

    // ---- properties

    synchronized String property(String key) {
        if (properties != null) {
            return properties.getProperty(key);
        }
        String variable = variable(key);
        return variable != null ? variable : program.properties().getProperty(key);
    }

    /** The value of the variable that a property {@code cgi.name} stands for, or null if it stands for none. */
    private String variable(String key) {
        if (!key.startsWith(CGI)) {
            return null;
        }
        String name = key.substring(CGI.length()).toUpperCase(Locale.ROOT);
        String value = environment().get(name);
        return value == null && ALWAYS.contains(name) ? "" : value;
    }

    /** All properties, which the program may change. */
    synchronized Properties properties() {
        if (properties == null) {
            var own = new Properties();
            own.putAll(program.properties());
            ALWAYS.forEach(name -> own.put(CGI + name.toLowerCase(Locale.ROOT), ""));
            environment().forEach((name, value) -> own.put(CGI + name.toLowerCase(Locale.ROOT), value));
            properties = own;
        }
        return properties;
    }

    synchronized void properties(Properties others) {
        properties = others;
    }

    // ---- the end

    synchronized void addHook(Thread hook) {
        if (hooks.contains(hook)) {
            throw new IllegalArgumentException("Hook previously registered");
        }
        hooks.add(hook);
    }

    synchronized boolean removeHook(Thread hook) {
        return hooks.remove(hook);
    }

    synchronized void forgetHooks() {
        hooks.clear();
    }

    private synchronized List<Thread> takeHooks() {
        List<Thread> taken = List.copyOf(hooks);
        hooks.clear();
        return taken;
    }

    /** Runs what the program has left for its end, and waits for it. */
    void runHooks() {
        List<Thread> taken = takeHooks();
        taken.forEach(Thread::start);
        try {
            for (Thread hook : taken) {
                hook.join();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    synchronized void uncaught(UncaughtExceptionHandler handler) {
        uncaught = handler;
    }

    synchronized UncaughtExceptionHandler uncaught() {
        return uncaught;
    }

    /** Has the program's own handler for all threads take a failure; false if it has none. */
    boolean handled(Thread thread, Throwable failure) {
        UncaughtExceptionHandler handler = uncaught();
        if (handler == null) {
            return false;
        }
        handler.uncaughtException(thread, failure);
        return true;
    }

    /** Gives a child process the request's environment, once: what the program changes of it then stays. */
    synchronized ProcessBuilder prepare(ProcessBuilder builder) {
        if (prepared.add(builder)) {
            Map<String, String> environment = builder.environment();
            environment.clear();
            environment.putAll(environment());
        }
        return builder;
    }

    /** Logs the last line of standard error, if it had no end, and lets go of the body. */
    synchronized void close() {
        closed = true;
        if (errors != null) {
            errors.close();
        }
        if (in instanceof SharedInput own) {
            try {
                own.close();
            } catch (IOException e) {
                execution.event(LOGGER.atDebug()).setCause(e)
                        .log("the request's body could not be closed");
            }
        }
    }
}

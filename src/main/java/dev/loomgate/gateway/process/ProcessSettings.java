package dev.loomgate.gateway.process;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

import dev.loomgate.gateway.ExchangeLimits;
import dev.loomgate.gateway.RequestBody;
import dev.loomgate.upstream.Places;

/**
 * How scripts are run as processes. Immutable and valid once built; start from {@link #builder()}.
 *
 * @param noOutputTimeout    how long a script may neither write nor take more of the request body; then it is ended, with
 *                           status 504 if nothing was sent yet. Also bounds how long it may go on after it has closed its
 *                           output
 * @param runTimeout         how long a script may run altogether, if that is bounded
 * @param terminationGrace   time between SIGTERM and SIGKILL for a script that is ended
 * @param maxProcesses       scripts that may run at a time, 1 or more
 * @param maxQueue           requests that may wait for a running script to end, 0 or more; more are refused with 503
 * @param queueTimeout       how long a request may wait; then it is refused with 503
 * @param bodyMemory         bytes of a request body to hold in memory, 0 or more; bodies up to this length are received
 *                           before the script starts
 * @param maxBody            longest request body, in bytes; longer ones are refused with 413; 0: any length
 * @param temporaryDirectory where request bodies of unknown length go once they are longer than {@code bodyMemory}
 * @param environment        variables that every script gets, over all others
 * @param passEnvironment    names of variables of this server's own environment that scripts get too
 * @param passAuthorization  whether scripts get the client's Authorization and Proxy-Authorization
 * @param queryArguments     whether a query without {@code =} becomes the script's arguments (RFC 3875 section 4.4). Off by
 *                           default: a client that chooses a program's options has been the end of many a server
 * @param documentRoot       DOCUMENT_ROOT, and the directory that PATH_TRANSLATED maps into; if empty, the directory of
 *                           scripts
 * @param memoryLimit        bytes of address space that each process of a script may have, if that is bounded
 */
public record ProcessSettings(Duration noOutputTimeout, Optional<Duration> runTimeout, Duration terminationGrace,
                              int maxProcesses, int maxQueue, Duration queueTimeout,
                              int bodyMemory, long maxBody, Path temporaryDirectory,
                              Map<String, String> environment, Set<String> passEnvironment,
                              boolean passAuthorization, boolean queryArguments, Optional<Path> documentRoot,
                              OptionalLong memoryLimit) {
    private static final String DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    /**
     * Checks every part.
     *
     * @throws IllegalArgumentException naming the part and the value that is wrong
     */
    public ProcessSettings {
        requirePositive("noOutputTimeout", noOutputTimeout);
        runTimeout.ifPresent(limit -> requirePositive("runTimeout", limit));
        require(!terminationGrace.isNegative(), "terminationGrace", terminationGrace, "zero or more");
        require(maxProcesses >= 1, "maxProcesses", maxProcesses, "1 or more");
        require(maxQueue >= 0, "maxQueue", maxQueue, "0 or more");
        requirePositive("queueTimeout", queueTimeout);
        require(bodyMemory >= 0, "bodyMemory", bodyMemory, "0 or more");
        require(maxBody >= 0, "maxBody", maxBody, "0 or more");
        require(Files.isDirectory(temporaryDirectory), "temporaryDirectory", temporaryDirectory, "an existing directory");
        environment = Map.copyOf(environment);
        passEnvironment = Set.copyOf(passEnvironment);
        environment.forEach(ProcessSettings::requireVariable);
        passEnvironment.forEach(name -> requireVariable(name, ""));
        Objects.requireNonNull(documentRoot);
        require(memoryLimit.orElse(1024) >= 1024, "memoryLimit", memoryLimit, "1024 or more");
    }

    private static void requireVariable(String name, String value) {
        boolean valid = !name.isEmpty() && name.indexOf('=') < 0 && name.indexOf('\0') < 0 && value.indexOf('\0') < 0;
        require(valid, "environment", name, "a variable's name without '=' and NUL, and a value without NUL");
    }

    private static void requirePositive(String name, Duration value) {
        require(value.isPositive(), name, value, "longer than zero");
    }

    private static void require(boolean valid, String name, Object value, String allowed) {
        if (!valid) {
            throw new IllegalArgumentException(name + " is " + value + "; it must be " + allowed);
        }
    }

    /** The two time limits. */
    public ExchangeLimits limits() {
        return new ExchangeLimits(noOutputTimeout, runTimeout);
    }

    /** How many scripts at once. */
    public Places.Limits places() {
        return new Places.Limits(maxProcesses, maxQueue, queueTimeout, "a script",
                "allow more processes or a longer queue, or make the scripts quicker");
    }

    /** What every script has in its environment before the request: the search path, and what is passed on. */
    public Map<String, String> baseEnvironment() {
        Map<String, String> own = System.getenv();
        var base = new LinkedHashMap<String, String>();
        base.put("PATH", own.getOrDefault("PATH", DEFAULT_PATH));
        passEnvironment.stream().filter(own::containsKey).forEach(name -> base.put(name, own.get(name)));
        return base;
    }

    /** Bounds of request bodies. */
    public RequestBody.Limits bodyLimits() {
        return new RequestBody.Limits(bodyMemory, maxBody, temporaryDirectory);
    }

    /** Settings that suit most scripts. */
    public static ProcessSettings defaults() {
        return builder().build();
    }

    /** A builder that begins with the defaults. */
    public static Builder builder() {
        return new Builder();
    }

    /** Collects settings; each method is named for the part of the record that it sets. */
    public static final class Builder {
        private Duration noOutputTimeout = Duration.ofSeconds(60);
        private Optional<Duration> runTimeout = Optional.empty();
        private Duration terminationGrace = Duration.ofSeconds(1);
        private int maxProcesses = 64;
        private int maxQueue = 1024;
        private Duration queueTimeout = Duration.ofSeconds(10);
        private int bodyMemory = 64 * 1024;
        private long maxBody = 1L << 30;
        private Path temporaryDirectory = Path.of(System.getProperty("java.io.tmpdir"));
        private Map<String, String> environment = Map.of();
        private Set<String> passEnvironment = Set.of();
        private boolean passAuthorization;
        private boolean queryArguments;
        private Optional<Path> documentRoot = Optional.empty();
        private OptionalLong memoryLimit = OptionalLong.empty();

        private Builder() {
        }

        /** Default: 60 seconds. */
        public Builder noOutputTimeout(Duration limit) {
            noOutputTimeout = limit;
            return this;
        }

        /** Default: none. */
        public Builder runTimeout(Duration limit) {
            runTimeout = Optional.of(limit);
            return this;
        }

        /** Default: 1 second. */
        public Builder terminationGrace(Duration grace) {
            terminationGrace = grace;
            return this;
        }

        /** Default: 64. */
        public Builder maxProcesses(int most) {
            maxProcesses = most;
            return this;
        }

        /** Default: 1024. */
        public Builder maxQueue(int most) {
            maxQueue = most;
            return this;
        }

        /** Default: 10 seconds. */
        public Builder queueTimeout(Duration limit) {
            queueTimeout = limit;
            return this;
        }

        /** Default: 64 KiB. */
        public Builder bodyMemory(int bytes) {
            bodyMemory = bytes;
            return this;
        }

        /** Default: 1 GiB. */
        public Builder maxBody(long bytes) {
            maxBody = bytes;
            return this;
        }

        /** Default: the system's. */
        public Builder temporaryDirectory(Path directory) {
            temporaryDirectory = directory;
            return this;
        }

        /** Default: none. */
        public Builder environment(Map<String, String> variables) {
            environment = variables;
            return this;
        }

        /** Default: none; PATH is passed anyway. */
        public Builder passEnvironment(Set<String> names) {
            passEnvironment = names;
            return this;
        }

        /** Default: no. */
        public Builder passAuthorization(boolean pass) {
            passAuthorization = pass;
            return this;
        }

        /** Default: no. */
        public Builder queryArguments(boolean pass) {
            queryArguments = pass;
            return this;
        }

        /** Default: the directory of scripts. */
        public Builder documentRoot(Path directory) {
            documentRoot = Optional.of(directory);
            return this;
        }

        /** Default: none. */
        public Builder memoryLimit(long bytes) {
            memoryLimit = OptionalLong.of(bytes);
            return this;
        }

        /**
         * The settings.
         *
         * @throws IllegalArgumentException naming the part and the value that is wrong
         */
        public ProcessSettings build() {
            return new ProcessSettings(noOutputTimeout, runTimeout, terminationGrace, maxProcesses, maxQueue, queueTimeout,
                    bodyMemory, maxBody, temporaryDirectory, environment, passEnvironment, passAuthorization, queryArguments,
                    documentRoot, memoryLimit);
        }
    }
}

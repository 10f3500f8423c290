package dev.loomgate.guard;

import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** What a {@link Guard} lets in. Immutable; what is not set has no limit. */
public final class GuardSettings {
    /** {@link Builder#maxConnections}: as many as the limit of file descriptors allows. */
    public static final int AUTO = 0;
    /** No limit of a number of connections. */
    public static final int UNLIMITED = Integer.MAX_VALUE;

    private static final List<Reason> MEASURES = List.of(Reason.LOAD, Reason.CPU_PRESSURE, Reason.MEMORY_PRESSURE,
            Reason.IO_PRESSURE, Reason.MEMORY, Reason.SWAP, Reason.HEAP);

    final int maxConnections;
    final int maxConnectionsPerAddress;
    final boolean answerWhenFull;
    final Duration retryAfter;
    final List<Network> exempt;
    final List<Network> proxies;
    final List<Network> allow;
    final List<Network> deny;
    final List<Path> allowFiles;
    final List<Path> denyFiles;
    final Map<Reason, Watermark> watermarks;
    final RateLimit requests;
    final RateLimit bytesIn;
    final RateLimit bytesOut;
    final boolean fair;
    final Path proc;
    final Path cgroups;
    final Duration sampleEvery;

    private GuardSettings(Builder builder) {
        maxConnections = builder.maxConnections;
        maxConnectionsPerAddress = builder.maxConnectionsPerAddress;
        answerWhenFull = builder.answerWhenFull;
        retryAfter = builder.retryAfter;
        exempt = builder.exempt;
        proxies = builder.proxies;
        allow = builder.allow;
        deny = builder.deny;
        allowFiles = builder.allowFiles;
        denyFiles = builder.denyFiles;
        watermarks = new EnumMap<>(builder.watermarks);
        requests = builder.requests;
        bytesIn = builder.bytesIn;
        bytesOut = builder.bytesOut;
        fair = builder.fair;
        proc = builder.proc;
        cgroups = builder.cgroups;
        sampleEvery = builder.sampleEvery;
    }

    /** Settings without any limit, to begin with. */
    public static Builder builder() {
        return new Builder();
    }

    /** Gathers settings. */
    public static final class Builder {
        private int maxConnections = UNLIMITED;
        private int maxConnectionsPerAddress = UNLIMITED;
        private boolean answerWhenFull;
        private Duration retryAfter = Duration.ofSeconds(10);
        private List<Network> exempt = List.of();
        private List<Network> proxies = List.of();
        private List<Network> allow = List.of();
        private List<Network> deny = List.of();
        private List<Path> allowFiles = List.of();
        private List<Path> denyFiles = List.of();
        private final Map<Reason, Watermark> watermarks = new EnumMap<>(Reason.class);
        private RateLimit requests = RateLimit.OFF;
        private RateLimit bytesIn = RateLimit.OFF;
        private RateLimit bytesOut = RateLimit.OFF;
        private boolean fair;
        private Path proc = Path.of("/proc");
        private Path cgroups = Path.of("/sys/fs/cgroup");
        private Duration sampleEvery = Duration.ofSeconds(1);

        private Builder() {
        }

        /** Most connections at a time, 1 or more, {@link #AUTO} or {@link #UNLIMITED}. */
        public Builder maxConnections(int most) {
            maxConnections = requireAtLeast("connections", most, 0);
            return this;
        }

        /** Most connections at a time of one IPv4 address, or of one /64 of IPv6; 1 or more, or {@link #UNLIMITED}. */
        public Builder maxConnectionsPerAddress(int most) {
            maxConnectionsPerAddress = requireAtLeast("connections of an address", most, 1);
            return this;
        }

        /** Whether who is turned away for lack of room gets a 503 that asks to come again after this time, in seconds. */
        public Builder answerWhenFull(Duration retry) {
            answerWhenFull = true;
            retryAfter = retry;
            return this;
        }

        /** Networks whose clients have no limits of an address or of a connection. */
        public Builder exempt(List<Network> networks) {
            exempt = List.copyOf(networks);
            return this;
        }

        /**
         * Networks of proxies whose word about their clients is taken. Their connections are let in without asking the lists,
         * and have no limits of an address or of a connection: those are for the clients.
         */
        public Builder proxies(List<Network> networks) {
            proxies = List.copyOf(networks);
            return this;
        }

        /** If there are any, here or in files, only their clients are let in. */
        public Builder allow(List<Network> networks, List<Path> files) {
            allow = List.copyOf(networks);
            allowFiles = List.copyOf(files);
            return this;
        }

        /** Networks whose clients are not let in, also if they are allowed. */
        public Builder deny(List<Network> networks, List<Path> files) {
            deny = List.copyOf(networks);
            denyFiles = List.copyOf(files);
            return this;
        }

        /**
         * When a measure of the machine keeps new connections out.
         *
         * @param measure {@link Reason#LOAD}: load average of a minute. The pressures: percentage of the last ten seconds in
         *                which a task waited. {@link Reason#MEMORY}, {@link Reason#SWAP}, {@link Reason#HEAP}: percentage in use
         */
        public Builder stop(Reason measure, Watermark levels) {
            if (!MEASURES.contains(measure)) {
                throw new IllegalArgumentException(measure + " is not measured; these are: " + MEASURES);
            }
            watermarks.put(measure, Objects.requireNonNull(levels, "levels"));
            return this;
        }

        /** Requests of one connection in a second. */
        public Builder requests(RateLimit limit) {
            requests = limit;
            return this;
        }

        /** Bytes from one connection in a second. */
        public Builder bytesIn(RateLimit limit) {
            bytesIn = limit;
            return this;
        }

        /** Bytes to one connection in a second. */
        public Builder bytesOut(RateLimit limit) {
            bytesOut = limit;
            return this;
        }

        /** Whether requests of one address wait for each other when processors are short and others wait too. */
        public Builder fair(boolean whetherFair) {
            fair = whetherFair;
            return this;
        }

        /** Where the state of the machine is read: the places of {@code /proc} and {@code /sys/fs/cgroup}. */
        public Builder machine(Path procDirectory, Path cgroupDirectory) {
            proc = procDirectory;
            cgroups = cgroupDirectory;
            return this;
        }

        /** How often the machine and the files of addresses are looked at. */
        public Builder sampleEvery(Duration interval) {
            sampleEvery = interval;
            return this;
        }

        /** The settings. */
        public GuardSettings build() {
            return new GuardSettings(this);
        }

        private static int requireAtLeast(String what, int number, int least) {
            if (number < least) {
                throw new IllegalArgumentException(number + " " + what + ": " + least + " or more is needed");
            }
            return number;
        }
    }
}

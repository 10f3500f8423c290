package dev.loomgate.handover;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells systemd how this process is, as {@code sd_notify(3)} has it: datagrams to the Unix-domain socket that
 * {@code NOTIFY_SOCKET} names, which Java can't send by itself. Without that variable, nothing is told. Safe for use by many
 * threads.
 */
public final class ServiceManager implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(ServiceManager.class);

    private final String socket;
    private final Descriptors descriptors;
    private final Optional<Duration> watchdog;
    private Thread heartbeat;

    private ServiceManager(String socket, Descriptors descriptors, Optional<Duration> watchdog) {
        this.socket = socket;
        this.descriptors = descriptors;
        this.watchdog = watchdog;
    }

    /** The manager that the environment names, if any. */
    public static ServiceManager of(Map<String, String> environment) {
        String socket = environment.get("NOTIFY_SOCKET");
        if (socket == null || socket.isEmpty()) {
            return new ServiceManager(null, null, Optional.empty());
        }
        try {
            return new ServiceManager(socket, Descriptors.load(), watchdog(environment));
        } catch (IOException e) {
            LOGGER.atWarn().addKeyValue("reason", e.getMessage())
                    .log("systemd can't be told that the server is ready; use Type=exec instead of Type=notify");
            return new ServiceManager(null, null, Optional.empty());
        }
    }

    private static Optional<Duration> watchdog(Map<String, String> environment) {
        try {
            return Optional.ofNullable(environment.get("WATCHDOG_USEC")).map(text -> Duration.ofNanos(1_000 * Long.parseLong(text)));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    /** Says that this process serves, and is the one that matters; from now on says so again before the watchdog bites. */
    public void ready() {
        tell("READY=1\nMAINPID=" + ProcessHandle.current().pid());
        if (socket != null && watchdog.isPresent() && heartbeat == null) {
            long pause = watchdog.get().toMillis() / 2;
            heartbeat = Thread.ofPlatform().daemon().name("loomgate-watchdog").start(() -> beat(pause));
        }
    }

    private void beat(long pause) {
        try {
            while (true) {
                // a virtual thread that gets to run shows that the carriers do
                Thread sign = Thread.ofVirtual().start(() -> tell("WATCHDOG=1"));
                sign.join(pause);
                Thread.sleep(pause);
            }
        } catch (InterruptedException e) {
            // the process ends
        }
    }

    /** Says that another configuration is being read. {@link #ready} ends that. */
    public void reloading() {
        tell("RELOADING=1\nMONOTONIC_USEC=" + System.nanoTime() / 1_000);
    }

    /** Says that the process ends. */
    public void stopping() {
        tell("STOPPING=1");
    }

    private synchronized void tell(String message) {
        if (socket != null) {
            try {
                descriptors.send(message.getBytes(StandardCharsets.UTF_8), socket);
            } catch (IOException e) {
                LOGGER.atDebug().addKeyValue("message", message).setCause(e).log("systemd was not told");
            }
        }
    }

    @Override
    public void close() {
        if (heartbeat != null) {
            heartbeat.interrupt();
        }
    }
}

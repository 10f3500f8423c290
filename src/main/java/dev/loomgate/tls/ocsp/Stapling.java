package dev.loomgate.tls.ocsp;

import java.io.IOException;
import java.security.NoSuchAlgorithmException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

import javax.net.ssl.SSLContext;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the status of certificates at hand, on a virtual thread, and asks for it again when half of its time is over. What can't be
 * had is left out of handshakes, which never wait for it.
 */
public final class Stapling implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(Stapling.class);
    private static final Duration LEAST = Duration.ofMinutes(1);
    private static final Duration MOST = Duration.ofHours(1);

    private final Supplier<List<List<X509Certificate>>> chains;
    private final Duration interval;
    private final Thread thread;
    // of the thread
    private final Map<X509Certificate, Turn> turns = new HashMap<>();

    /** When a certificate is asked for again, and whether that failed. */
    private record Turn(Instant at, boolean failed) {
    }

    private Stapling(Supplier<List<List<X509Certificate>>> chains, Duration interval) {
        this.chains = chains;
        this.interval = interval;
        this.thread = Thread.ofVirtual().name("loomgate-ocsp").unstarted(this::keepUp);
    }

    /**
     * A context whose connections hand out the status of their certificates, if it is known by then.
     *
     * @throws NoSuchAlgorithmException if the JDK has no TLS
     */
    public static SSLContext context() throws NoSuchAlgorithmException {
        return Staples.context();
    }

    /**
     * Begins to ask, until this is closed.
     *
     * @param chains   certificates that are in use, each followed by that of its issuer
     * @param interval how soon new ones are noticed
     */
    public static Stapling start(Supplier<List<List<X509Certificate>>> chains, Duration interval) {
        var stapling = new Stapling(chains, interval);
        stapling.thread.start();
        return stapling;
    }

    private void keepUp() {
        while (!thread.isInterrupted()) {
            List<List<X509Certificate>> now = chains.get();
            turns.keySet().retainAll(now.stream().map(List::getFirst).toList());
            for (List<X509Certificate> chain : now) {
                Turn turn = turns.get(chain.getFirst());
                if (turn == null || turn.at().isBefore(Instant.now())) {
                    turns.put(chain.getFirst(), ask(chain, turn != null && turn.failed()));
                }
            }
            try {
                Thread.sleep(interval);
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private Turn ask(List<X509Certificate> chain, boolean failedBefore) {
        try {
            StatusQuery query = StatusQuery.of(chain);
            StatusQuery.Answer answer = query.ask();
            Staples.keep(query.id(), answer.response(), answer.end());
            (failedBefore ? LOGGER.atInfo() : LOGGER.atDebug()).addKeyValue("certificate", name(chain)).log("the issuer says that it is good");
            return new Turn(Instant.now().plus(pause(answer.end())), false);
        } catch (IOException | RuntimeException e) {
            // once, and not every minute of an outage
            (failedBefore ? LOGGER.atDebug() : LOGGER.atWarn()).addKeyValue("certificate", name(chain)).addKeyValue("reason", e.getMessage())
                    .log("there is no OCSP status to staple");
            return new Turn(Instant.now().plus(LEAST), true);
        }
    }

    private static String name(List<X509Certificate> chain) {
        return chain.getFirst().getSubjectX500Principal().getName();
    }

    private static Duration pause(Optional<Instant> end) {
        Duration half = end.map(at -> Duration.between(Instant.now(), at).dividedBy(2)).orElse(MOST);
        return half.compareTo(LEAST) < 0 ? LEAST : half.compareTo(MOST) > 0 ? MOST : half;
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}

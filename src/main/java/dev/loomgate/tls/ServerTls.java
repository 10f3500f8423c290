package dev.loomgate.tls;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;

import dev.loomgate.tls.ocsp.Stapling;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the server's side of TLS connections, and takes certificates that have changed into use. Safe for use by many threads.
 */
public final class ServerTls implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(ServerTls.class);
    private static final Duration SOON = Duration.ofDays(14);

    private final TlsOptions options;
    private final Set<Path> files = new TreeSet<>();
    private volatile State state;
    private volatile Thread watch;
    private volatile Stapling stapling;

    private record Stamp(FileTime changed, long size, Object file) {
    }

    private record State(SSLContext context, SSLParameters parameters, List<Credential> credentials, Map<Path, Stamp> stamps) {
    }

    /**
     * A certificate that is in use.
     *
     * @param file    where it is
     * @param subject whom it is for, as it says itself
     * @param names   host names it is for
     * @param expires when it ends
     */
    public record Line(Path file, String subject, List<String> names, Instant expires) {
        /** Whole days until it ends; negative if it has ended. */
        public long daysLeft() {
            return Math.floorDiv(Duration.between(Instant.now(), expires).toSeconds(), Duration.ofDays(1).toSeconds());
        }
    }

    private ServerTls(TlsOptions options) {
        this.options = options;
        for (CertificateFiles one : options.certificates()) {
            files.add(one.certificate());
            files.add(one.key());
            one.passwordFile().ifPresent(files::add);
        }
        options.clientIssuers().ifPresent(files::add);
        this.state = load();
    }

    /**
     * Reads the files.
     *
     * @throws IllegalArgumentException if one of them is not what it should be, two do not belong together, or the JDK has no
     *                                  such protocol or cipher suite
     */
    public static ServerTls open(TlsOptions options) {
        return new ServerTls(options);
    }

    private State load() {
        Map<Path, Stamp> stamps = stamps();
        var credentials = new ArrayList<Credential>();
        options.certificates().forEach(one -> credentials.add(Credential.read(one)));
        try {
            SSLContext context = options.ocspStapling() ? Stapling.context() : SSLContext.getInstance("TLS");
            context.init(new KeyManager[] {new NamedKeys(credentials)}, trusted(), null);
            return new State(context, parameters(context), List.copyOf(credentials), stamps);
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalArgumentException("TLS can't be set up: " + e.getMessage(), e);
        }
    }

    private TrustManager[] trusted() throws GeneralSecurityException, IOException {
        KeyStore issuers = KeyStore.getInstance("PKCS12");
        issuers.load(null, null);
        if (options.clientIssuers().isPresent()) {
            int number = 0;
            for (X509Certificate issuer : Pem.certificates(options.clientIssuers().get())) {
                issuers.setCertificateEntry("issuer-" + number++, issuer);
            }
        } else if (options.clients() != TlsOptions.Clients.NONE) {
            throw new IllegalArgumentException("clients are asked for certificates, so the certificates of those who may issue them are needed");
        } else {
            return new TrustManager[0];
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
        factory.init(issuers);
        return factory.getTrustManagers();
    }

    private SSLParameters parameters(SSLContext context) {
        SSLParameters supported = context.getSupportedSSLParameters();
        requireAll("protocol", options.protocols(), supported.getProtocols());
        if (options.ciphers() != TlsOptions.CIPHERS) {
            requireAll("cipher suite", options.ciphers(), supported.getCipherSuites());
        }
        var parameters = new SSLParameters();
        parameters.setProtocols(options.protocols().toArray(String[]::new));
        parameters.setCipherSuites(options.ciphers().toArray(String[]::new));
        parameters.setUseCipherSuitesOrder(true);
        parameters.setApplicationProtocols(options.applications().toArray(String[]::new));
        switch (options.clients()) {
            case NONE -> parameters.setNeedClientAuth(false);
            case WANT -> parameters.setWantClientAuth(true);
            case REQUIRE -> parameters.setNeedClientAuth(true);
        }
        return parameters;
    }

    private static void requireAll(String what, List<String> wanted, String[] supported) {
        for (String one : wanted) {
            if (!List.of(supported).contains(one)) {
                throw new IllegalArgumentException("the JDK has no " + what + " " + one + "; it has " + String.join(", ", supported));
            }
        }
    }

    /** An engine for one connection, for the server's side. */
    public SSLEngine engine() {
        State current = state;
        SSLEngine engine = current.context().createSSLEngine();
        engine.setUseClientMode(false);
        engine.setSSLParameters(current.parameters());
        return engine;
    }

    /** The certificates in use, in the order of the options. */
    public List<Line> certificates() {
        return state.credentials().stream().map(one -> new Line(one.file(), one.chain().getFirst().getSubjectX500Principal().getName(),
                one.names(), one.chain().getFirst().getNotAfter().toInstant())).toList();
    }

    /**
     * Reads the files again. Connections that are open go on with what they have.
     *
     * @throws IllegalArgumentException if they are not as they should be; what was in use before stays so
     */
    public void reload() {
        state = load();
        certificates().forEach(one -> LOGGER.atInfo().addKeyValue("file", one.file()).addKeyValue("expires", one.expires())
                .log("certificate taken into use"));
    }

    /**
     * Looks for changed files from time to time, until this is closed, and warns of certificates that end soon. Asks for what is to be
     * stapled.
     */
    public void watch(Duration interval) {
        watch = Thread.ofVirtual().name("loomgate-certificates").start(() -> look(interval));
        if (options.ocspStapling()) {
            stapling = Stapling.start(() -> state.credentials().stream().map(Credential::chain).toList(), interval);
        }
    }

    private void look(Duration interval) {
        Map<Path, Stamp> refused = Map.of();
        warn();
        Instant warned = Instant.now();
        while (!Thread.currentThread().isInterrupted()) {
            try {
                Thread.sleep(interval);
                Map<Path, Stamp> stamps = stamps();
                if (!stamps.equals(state.stamps()) && !stamps.equals(refused)) {
                    refused = stamps;
                    reload();
                }
                if (warned.plus(Duration.ofDays(1)).isBefore(Instant.now())) {
                    warned = Instant.now();
                    warn();
                }
            } catch (IllegalArgumentException e) {
                LOGGER.atError().addKeyValue("reason", e.getMessage())
                        .log("changed certificates can't be used; those that were in use stay so");
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException e) {
                LOGGER.atError().setCause(e).log("looking for changed certificates failed, going on");
            }
        }
    }

    private void warn() {
        for (Line one : certificates()) {
            if (one.expires().isBefore(Instant.now().plus(SOON))) {
                LOGGER.atWarn().addKeyValue("file", one.file()).addKeyValue("expires", one.expires())
                        .log(one.daysLeft() < 0 ? "a certificate has expired: clients will refuse it" : "a certificate ends soon");
            }
        }
    }

    /** Of what a link points to, as tools that renew certificates turn links around. */
    private Map<Path, Stamp> stamps() {
        var stamps = new HashMap<Path, Stamp>();
        for (Path file : files) {
            try {
                var attributes = Files.readAttributes(file, BasicFileAttributes.class);
                stamps.put(file, new Stamp(attributes.lastModifiedTime(), attributes.size(), attributes.fileKey()));
            } catch (IOException e) {
                stamps.put(file, new Stamp(FileTime.fromMillis(0), -1, null));
            }
        }
        return stamps;
    }

    @Override
    public void close() {
        Thread running = watch;
        if (running != null) {
            running.interrupt();
        }
        Stapling asking = stapling;
        if (asking != null) {
            asking.close();
        }
    }
}

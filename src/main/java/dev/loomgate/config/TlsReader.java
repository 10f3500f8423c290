package dev.loomgate.config;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Reads {@code tls} of a listener. */
final class TlsReader {
    private static final List<String> PROTOCOLS = List.of("TLSv1.3", "TLSv1.2");

    private final RouteRules rules;
    private final boolean http2;

    /** @param http2 whether the listener speaks HTTP/2 as well, which allows less */
    TlsReader(RouteRules rules, boolean http2) {
        this.rules = rules;
        this.http2 = http2;
    }

    /** How the listener speaks TLS; empty if it does not, or can't as it is written. */
    Optional<TlsConfig> read(Section listener) {
        return listener.section("tls").flatMap(this::section);
    }

    private Optional<TlsConfig> section(Section section) {
        var certificates = new ArrayList<TlsConfig.Certificate>();
        if (section.has("certificate") || section.has("key") || !section.has("certificates")) {
            certificate(section).ifPresent(certificates::add);
        }
        // known, also where the list alone is there
        section.has("key-password-file");
        int named = 0;
        for (Section one : section.sections("certificates")) {
            named++;
            certificate(one).ifPresent(certificates::add);
            one.finish();
        }
        if (section.has("certificates") && named == 0) {
            section.problem("certificates", "at least one is needed, such as '- {certificate: site.pem, key: site-key.pem}'");
        }
        var tls = new TlsConfig(certificates, section.list("protocols", PROTOCOLS, TlsReader::protocol),
                section.list("ciphers", List.of(), http2 ? Http2Ciphers::requireAllowed : Function.identity()),
                section.choice("client-certificates", TlsConfig.Clients.class, TlsConfig.Clients.NONE),
                section.path("client-issuers"), section.flag("ocsp-stapling", false),
                section.time("handshake-timeout", Duration.ofSeconds(10)), section.time("reload-interval", Duration.ofSeconds(10)),
                hsts(section), section.flag("hsts-subdomains", false));
        section.finish();
        if (http2) {
            Http2Ciphers.requireCommon(section, tls.protocols(), tls.ciphers());
        }
        if (tls.clients() != TlsConfig.Clients.NONE && tls.clientIssuers().isEmpty()) {
            section.problem("client-issuers", "is missing; client-certificates needs it: a PEM file with the certificates of those "
                    + "who may issue certificates of clients");
            return Optional.empty();
        }
        return check(section, tls);
    }

    /** In days, as times of the configuration end long before what is usual here. */
    private static Optional<Duration> hsts(Section section) {
        return section.has("hsts-days") ? Optional.of(Duration.ofDays(section.integer("hsts-days", 0, 3650, 0))) : Optional.empty();
    }

    private Optional<TlsConfig> check(Section section, TlsConfig tls) {
        if (tls.certificates().isEmpty()) {
            return Optional.empty();
        }
        try {
            rules.tls(tls);
            return Optional.of(tls);
        } catch (IllegalArgumentException e) {
            section.problem(section.has("certificate") ? "certificate" : "certificates", e.getMessage());
            return Optional.empty();
        }
    }

    private static Optional<TlsConfig.Certificate> certificate(Section section) {
        section.required("certificate", "certificate: site.pem");
        section.required("key", "key: site-key.pem");
        var certificate = section.path("certificate");
        var key = section.path("key");
        var password = section.path("key-password-file");
        return certificate.isPresent() && key.isPresent()
                ? Optional.of(new TlsConfig.Certificate(certificate.get(), key.get(), password)) : Optional.empty();
    }

    private static String protocol(String text) {
        if (!PROTOCOLS.contains(text)) {
            throw new IllegalArgumentException(Spelling.hint(text, PROTOCOLS));
        }
        return text;
    }
}

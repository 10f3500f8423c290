package dev.loomgate.server;

import dev.loomgate.config.Configuration;
import dev.loomgate.config.ConfigurationException;
import dev.loomgate.guard.Guard;
import dev.loomgate.guard.RequestLimits;
import dev.loomgate.route.Routes;
import io.helidon.webserver.Router;
import io.helidon.webserver.http.HttpRouting;

/**
 * What one reading of the configuration made: routes with all that answers them, and the guard. A running server goes from one
 * to the next, and closes the last when no request is served by it any more.
 */
final class Revision implements AutoCloseable {
    private final Configuration configuration;
    private final Applications applications;
    private final Https https;
    private final Guard guard;
    private final RouteBuilder parts;
    private final Router router;

    /**
     * Makes everything, and starts what has to run before the first request.
     *
     * @param predecessor what it is to take the place of; null if it is the first
     * @throws ConfigurationException if a handler can't start with its settings; nothing is left behind
     */
    Revision(Configuration configuration, Applications applications, Observation observation, Revision predecessor)
            throws ConfigurationException {
        this.configuration = configuration;
        this.applications = applications;
        this.https = https(configuration, applications);
        var settings = ConnectionSettings.guard(configuration.guard().connections(), configuration.guard().proxies());
        this.guard = predecessor == null ? Guard.open(settings) : predecessor.guard.succeedWith(settings);
        this.parts = new RouteBuilder(applications, guard);
        try {
            var routing = HttpRouting.builder();
            WebSettings.ofServer(configuration.web()).register(routing);
            RequestLimits limits = RequestSettings.of(configuration.guard().requests());
            boolean forwarded = !configuration.guard().proxies().networks().isEmpty();
            guard.requestsOfAll(limits, forwarded, RequestSettings::watch).ifPresent(routing::addFilter);
            https.filter().ifPresent(routing::addFilter);
            Routes.of(parts.build(configuration)).register(routing);
            this.router = Router.builder().addRouting(observation.observe(routing)).build();
            router.beforeStart();
        } catch (ConfigurationException | RuntimeException e) {
            closeParts();
            throw e;
        }
    }

    private static Https https(Configuration configuration, Applications applications) throws ConfigurationException {
        try {
            return Https.open(configuration);
        } catch (ConfigurationException e) {
            applications.close();
            throw e;
        }
    }

    /** Certificates, and what has to do with HTTPS. */
    Https https() {
        return https;
    }

    Configuration configuration() {
        return configuration;
    }

    Guard guard() {
        return guard;
    }

    RouteBuilder parts() {
        return parts;
    }

    Router router() {
        return router;
    }

    @Override
    public void close() {
        router.afterStop();
        closeParts();
    }

    private void closeParts() {
        https.close();
        guard.close();
        parts.close();
        applications.close();
    }
}

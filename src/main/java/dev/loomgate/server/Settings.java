package dev.loomgate.server;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;

import dev.loomgate.config.Configuration;
import dev.loomgate.config.GuardConfig;
import dev.loomgate.config.ListenerConfig;
import dev.loomgate.config.RouteConfig;
import dev.loomgate.config.StaticFilesConfig;
import dev.loomgate.config.ThreadsConfig;
import dev.loomgate.config.TlsConfig;
import dev.loomgate.config.TrustedProxiesConfig;
import dev.loomgate.files.ContentCoding;
import dev.loomgate.files.StaticFilesSettings;
import dev.loomgate.gateway.ExchangeLimits;
import dev.loomgate.gateway.GatewaySettings;
import dev.loomgate.gateway.RequestBody;
import dev.loomgate.gateway.ScriptRules;
import dev.loomgate.gateway.Symlinks;
import dev.loomgate.gateway.forkserver.ForkServerSettings;
import dev.loomgate.gateway.mainprogram.Isolation;
import dev.loomgate.gateway.mainprogram.ProgramSettings;
import dev.loomgate.gateway.process.ProcessSettings;
import dev.loomgate.guard.AddressList;
import dev.loomgate.guard.TrustedProxies;
import dev.loomgate.handler.FormSettings;
import dev.loomgate.http1.Http1Settings;
import dev.loomgate.http2.Http2Settings;
import dev.loomgate.tls.CertificateFiles;
import dev.loomgate.tls.ServerTls;
import dev.loomgate.tls.TlsOptions;
import dev.loomgate.transport.ListenerSettings;
import dev.loomgate.transport.ProxySettings;
import dev.loomgate.transport.ThreadModel;
import dev.loomgate.transport.TransportLimits;

/** The parts' own settings, from the configuration. */
final class Settings {
    private Settings() {
    }

    static ListenerSettings of(ListenerConfig listener, Configuration configuration) {
        GuardConfig guard = configuration.guard();
        return new ListenerSettings(listener.name(), listener.host(), listener.port(), listener.backlog(),
                threads(configuration.threads()), new TransportLimits(guard.idleTimeout(), guard.writeTimeout()),
                ConnectionSettings.probes(guard.connections()))
                .withProxies(new ProxySettings(trusted(guard.proxies()), listener.proxyProtocol(), guard.headerTimeout()))
                .withSendBuffer(guard.buffers().sendBuffer());
    }

    /**
     * @param http2 whether HTTP/2 is offered
     * @throws IllegalArgumentException if a file is not what it should be
     */
    static ServerTls tls(TlsConfig tls, boolean http2) {
        return ServerTls.open(new TlsOptions(tls.certificates().stream()
                .map(one -> new CertificateFiles(one.certificate(), one.key(), one.passwordFile())).toList(), tls.protocols(),
                tls.ciphers(), switch (tls.clients()) {
                    case NONE -> TlsOptions.Clients.NONE;
                    case WANT -> TlsOptions.Clients.WANT;
                    case REQUIRE -> TlsOptions.Clients.REQUIRE;
                }, tls.clientIssuers(), Protocols.names(http2), tls.ocspStapling()));
    }

    private static TrustedProxies trusted(TrustedProxiesConfig proxies) {
        return new TrustedProxies(AddressList.of(RequestSettings.networks(proxies.networks())), switch (proxies.field()) {
            case X_FORWARDED_FOR -> TrustedProxies.Field.X_FORWARDED_FOR;
            case FORWARDED -> TrustedProxies.Field.FORWARDED;
            case NONE -> TrustedProxies.Field.NONE;
        });
    }

    private static ThreadModel threads(ThreadsConfig threads) {
        return switch (threads.model()) {
            case VIRTUAL -> ThreadModel.virtual();
            case PLATFORM -> ThreadModel.platform(threads.pool());
        };
    }

    static Http1Settings http1(GuardConfig guard) {
        return new Http1Settings(guard.maxRequestLine(), guard.maxHeaderSize(), guard.maxHeaderCount(), guard.maxBody(),
                guard.headerTimeout(), guard.bodyTimeout(), guard.connections().minBodyRate(),
                guard.buffers().maxBodyInMemory());
    }

    static Http2Settings http2(GuardConfig guard) {
        return new Http2Settings(guard.connections().maxStreams(), guard.maxRequestLine(), guard.maxHeaderSize(),
                guard.maxHeaderCount(), guard.maxBody(), guard.headerTimeout(), guard.bodyTimeout(),
                guard.connections().minBodyRate(), guard.connections().minResponseRate(), guard.buffers().maxBodyInMemory());
    }

    static FormSettings forms(GuardConfig guard) {
        return new FormSettings(guard.buffers().maxForm(), guard.buffers().maxFormParameters(),
                FormSettings.DEFAULTS.charset());
    }

    static StaticFilesSettings of(StaticFilesConfig files) {
        return StaticFilesSettings.builder(files.root())
                .indexFiles(files.index())
                .listing(files.listing())
                .symlinks(switch (files.symlinks()) {
                    case REFUSE -> StaticFilesSettings.Symlinks.REFUSE;
                    case INSIDE -> StaticFilesSettings.Symlinks.INSIDE;
                    case FOLLOW -> StaticFilesSettings.Symlinks.FOLLOW;
                })
                .dotFiles(switch (files.dotFiles()) {
                    case REFUSE -> StaticFilesSettings.DotFiles.REFUSE;
                    case SERVE -> StaticFilesSettings.DotFiles.SERVE;
                })
                .cacheControl(files.cacheControl().stream()
                        .map(rule -> new StaticFilesSettings.CacheRule(rule.pattern(), rule.value())).toList())
                .precompressed(files.precompressed().stream().map(coding -> switch (coding) {
                    case BR -> ContentCoding.BROTLI;
                    case ZSTD -> ContentCoding.ZSTANDARD;
                    case GZIP -> ContentCoding.GZIP;
                }).toList())
                .memoryCache(files.memoryCache())
                .memoryCacheMaxFile(files.memoryCacheMaxFile())
                .types(files.types())
                .charset(files.charset())
                .build();
    }

    static ProcessSettings of(RouteConfig.Cgi cgi) {
        ProcessSettings.Builder settings = ProcessSettings.builder()
                .noOutputTimeout(cgi.timeout())
                .maxProcesses(cgi.maxProcesses())
                .maxQueue(cgi.maxQueue())
                .queueTimeout(cgi.queueTimeout())
                .bodyMemory(cgi.bodyMemory())
                // the connection knows the limit of the route, and keeps it
                .maxBody(0)
                .environment(cgi.environment())
                .passEnvironment(Set.copyOf(cgi.passEnvironment()))
                .passAuthorization(cgi.passAuthorization())
                .queryArguments(cgi.queryArguments());
        cgi.runTimeout().ifPresent(settings::runTimeout);
        cgi.documentRoot().ifPresent(settings::documentRoot);
        cgi.memoryLimit().ifPresent(settings::memoryLimit);
        return settings.build();
    }

    /** How fork servers are run, for a route that has some. */
    static ForkServerSettings forkServers(RouteConfig.Cgi cgi) {
        RouteConfig.Running running = cgi.running();
        return ForkServerSettings.defaults()
                .withMode(running.mode() == RouteConfig.Mode.FORKSERVER
                        ? ForkServerSettings.Mode.FORK_SERVER : ForkServerSettings.Mode.AUTO)
                .withPlain(running.exec())
                .withIdleTimeout(running.idleTimeout())
                .withRequestsPerProcess(running.requests())
                .withSpare(new ForkServerSettings.Spare(running.spare(), cgi.maxProcesses()));
    }

    static ProgramSettings program(List<Path> classPath, Optional<String> type) {
        var program = ProgramSettings.of(classPath.toArray(Path[]::new));
        return type.map(program::withMainClass).orElse(program);
    }

    static ProgramSettings of(RouteConfig.Main main) {
        Isolation isolation = switch (main.isolation()) {
            case REQUEST -> Isolation.REQUEST;
            case SHARED -> Isolation.SHARED;
        };
        GatewaySettings defaults = GatewaySettings.defaults();
        var gateway = new GatewaySettings(new ExchangeLimits(main.timeout(), main.runTimeout()),
                new RequestBody.Limits(main.bodyMemory(), 0, defaults.body().directory()), main.environment(),
                main.passAuthorization(), main.documentRoot());
        return new ProgramSettings(main.classPath(), main.type(), main.arguments(), main.properties(),
                Set.copyOf(main.passEnvironment()), main.charset(), isolation, gateway);
    }

    static ScriptRules scripts(RouteConfig.Cgi cgi) {
        var interpreters = new LinkedHashMap<String, List<String>>();
        cgi.interpreters().forEach((extension, program) ->
                interpreters.put(extension, List.of(Programs.find(program).orElse(Programs.placeOf(program)).toString())));
        return new ScriptRules(Set.copyOf(cgi.extensions()), interpreters, cgi.index().stream().toList(),
                symlinks(cgi.symlinks()), true);
    }

    static Symlinks symlinks(RouteConfig.Symlinks symlinks) {
        return switch (symlinks) {
            case REFUSE -> Symlinks.REFUSE;
            case INSIDE -> Symlinks.INSIDE;
            case FOLLOW -> Symlinks.FOLLOW;
        };
    }
}

package dev.loomgate.server;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

import dev.loomgate.config.RouteRules;
import dev.loomgate.config.TlsConfig;
import dev.loomgate.gateway.mainprogram.MainProgramGateway;
import dev.loomgate.guard.AddressFile;
import dev.loomgate.guard.Network;
import dev.loomgate.route.HostPattern;
import dev.loomgate.route.PathPattern;
import dev.loomgate.web.PasswordFile;

/** Asks the parts that will do the work whether a route can be. */
record ServerRules(Applications applications) implements RouteRules {
    @Override
    public String path(String pattern) {
        return PathPattern.parse(pattern).toString();
    }

    @Override
    public String host(String host) {
        return HostPattern.parse(host).toString();
    }

    @Override
    public void network(String network) {
        Network.parse(network);
    }

    @Override
    public void networksFile(Path file) {
        AddressFile.open(file);
    }

    @Override
    public void passwords(Path file) {
        PasswordFile.open(file);
    }

    @Override
    public void javaHandler(String type, List<Path> classPath) {
        applications.kindOf(type, classPath);
    }

    @Override
    public void servlets(Optional<Path> war, List<Path> classPath, Optional<String> type) {
        ServletRoutes.application(war, classPath, type).check();
    }

    @Override
    public void tls(TlsConfig tls) {
        Settings.tls(tls, true).certificates();
    }

    @Override
    public void mainProgram(Optional<String> type, List<Path> classPath) {
        MainProgramGateway.check(Settings.program(classPath, type));
    }

    @Override
    public void restService(Optional<String> type, List<Path> classPath) {
        applications.checkServices(type, classPath);
    }
}

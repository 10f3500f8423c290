package dev.loomgate.gateway.forkserver;

import java.nio.file.Path;

import io.helidon.webserver.http.Handler;

import dev.loomgate.gateway.CgiConformance;
import dev.loomgate.gateway.ScriptResolver;
import dev.loomgate.gateway.process.ProcessSettings;
import dev.loomgate.testing.ScriptDirectory;

/** The conformance suite with every script run by a fork server: none may fall back to plain CGI. */
class ForkServerConformanceTest extends CgiConformance {
    @Override
    protected ScriptDirectory scripts(Path directory) {
        return new ScriptDirectory(directory, true);
    }

    int requestsPerProcess() {
        return 1;
    }

    ForkServerSettings.Spare spare() {
        return ForkServerSettings.Spare.NONE;
    }

    @Override
    protected Handler gateway(ScriptResolver resolver, Options options) {
        return new ForkServerGateway(resolver, ProcessSettings.builder().passAuthorization(options.passAuthorization())
                .environment(options.environment()).documentRoot(options.documentRoot()).build(),
                ForkServerSettings.defaults().withMode(ForkServerSettings.Mode.FORK_SERVER)
                        .withRequestsPerProcess(requestsPerProcess()).withSpare(spare()));
    }
}

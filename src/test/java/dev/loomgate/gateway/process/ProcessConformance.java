package dev.loomgate.gateway.process;

import io.helidon.webserver.http.Handler;

import dev.loomgate.gateway.CgiConformance;
import dev.loomgate.gateway.ScriptResolver;

abstract class ProcessConformance extends CgiConformance {
    abstract Launcher launcher();

    @Override
    protected Handler gateway(ScriptResolver resolver, Options options) {
        return new ProcessGateway(resolver, ProcessSettings.builder().passAuthorization(options.passAuthorization())
                .environment(options.environment()).documentRoot(options.documentRoot()).build(), launcher());
    }
}

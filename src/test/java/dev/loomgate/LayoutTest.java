package dev.loomgate;

import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Which package may use which: the map of the design, kept true. */
@AnalyzeClasses(packages = "dev.loomgate", importOptions = ImportOption.DoNotIncludeTests.class)
class LayoutTest {
    @ArchTest
    static final ArchRule PACKAGES_USE_ONLY_WHAT_THEY_MAY = layeredArchitecture().consideringOnlyDependenciesInLayers()
            .withOptionalLayers(true)
            .layer("root").definedBy("dev.loomgate")
            .layer("cli").definedBy("dev.loomgate.cli..")
            .layer("config").definedBy("dev.loomgate.config..")
            .layer("server").definedBy("dev.loomgate.server..")
            .layer("portcheck").definedBy("dev.loomgate.portcheck..")
            .layer("foreign").definedBy("dev.loomgate.foreign..")
            .layer("handover").definedBy("dev.loomgate.handover..")
            .layer("control").definedBy("dev.loomgate.control..")
            .layer("deploy").definedBy("dev.loomgate.deploy..")
            .layer("transport").definedBy("dev.loomgate.transport..")
            .layer("names").definedBy("dev.loomgate.names..")
            .layer("http").definedBy("dev.loomgate.http..")
            .layer("poller").definedBy("dev.loomgate.poller..")
            .layer("http1").definedBy("dev.loomgate.http1..")
            .layer("http2").definedBy("dev.loomgate.http2..")
            .layer("tls").definedBy("dev.loomgate.tls..")
            .layer("guard").definedBy("dev.loomgate.guard..")
            .layer("route").definedBy("dev.loomgate.route..")
            .layer("handler").definedBy("dev.loomgate.handler..")
            .layer("gateway").definedBy("dev.loomgate.gateway")
            .layer("gateways").definedBy("dev.loomgate.gateway.*..")
            .layer("files").definedBy("dev.loomgate.files..")
            .layer("proxy").definedBy("dev.loomgate.proxy..")
            .layer("upstream").definedBy("dev.loomgate.upstream..")
            .layer("web").definedBy("dev.loomgate.web..")
            .layer("observe").definedBy("dev.loomgate.observe..")
            .whereLayer("root").mayOnlyAccessLayers("cli")
            .whereLayer("cli").mayOnlyAccessLayers("server", "config", "portcheck", "control", "handover", "tls")
            .whereLayer("portcheck").mayOnlyAccessLayers("server")
            .whereLayer("config").mayNotAccessAnyLayer()
            .whereLayer("transport").mayOnlyAccessLayers("guard", "poller")
            .whereLayer("names").mayNotAccessAnyLayer()
            .whereLayer("poller").mayNotAccessAnyLayer()
            .whereLayer("http").mayOnlyAccessLayers("transport")
            .whereLayer("http1").mayOnlyAccessLayers("http", "transport")
            .whereLayer("http2").mayOnlyAccessLayers("http", "transport", "guard")
            .whereLayer("tls").mayNotAccessAnyLayer()
            .whereLayer("guard").mayNotAccessAnyLayer()
            .whereLayer("foreign").mayNotAccessAnyLayer()
            .whereLayer("handover").mayOnlyAccessLayers("foreign")
            .whereLayer("control").mayNotAccessAnyLayer()
            .whereLayer("deploy").mayNotAccessAnyLayer()
            .whereLayer("route").mayNotAccessAnyLayer()
            // for transport's capability interfaces: see its package-info
            .whereLayer("handler").mayOnlyAccessLayers("transport")
            .whereLayer("gateway").mayOnlyAccessLayers("route", "upstream", "transport")
            .whereLayer("gateways").mayOnlyAccessLayers("gateway", "deploy", "foreign", "upstream", "transport")
            .whereLayer("files").mayOnlyAccessLayers("route", "transport")
            .whereLayer("proxy").mayOnlyAccessLayers("route", "upstream", "transport")
            .whereLayer("web").mayOnlyAccessLayers("route", "gateway", "transport")
            .whereLayer("upstream").mayOnlyAccessLayers("poller", "names")
            .whereLayer("observe").mayNotAccessAnyLayer();

    @ArchTest
    static final ArchRule NO_CYCLES = slices().matching("dev.loomgate.(**)").should().beFreeOfCycles();
}

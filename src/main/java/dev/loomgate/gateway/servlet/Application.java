package dev.loomgate.gateway.servlet;

import java.io.IOException;
import java.net.MalformedURLException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import org.apache.catalina.Lifecycle;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.LifecycleState;
import org.apache.catalina.Wrapper;
import org.apache.catalina.core.StandardContext;
import org.apache.catalina.core.StandardEngine;
import org.apache.catalina.core.StandardHost;
import org.apache.catalina.core.StandardServer;
import org.apache.catalina.core.StandardService;
import org.apache.catalina.session.StandardManager;
import org.apache.catalina.session.StandardSession;
import org.apache.catalina.startup.ContextConfig;
import org.apache.catalina.startup.Tomcat;
import org.apache.catalina.valves.ErrorReportValve;
import org.apache.catalina.webresources.DirResourceSet;
import org.apache.catalina.webresources.StandardRoot;
import org.apache.coyote.Adapter;
import org.apache.tomcat.util.descriptor.web.ApplicationParameter;
import org.apache.tomcat.util.scan.StandardJarScanner;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One version of an application, running: a context of Tomcat with engine and host of its own, so that another version may
 * run at the same path beside it. Safe for use by many threads.
 */
final class Application implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(Application.class);
    /** What the name of each engine begins with; a number follows. */
    static final String ENGINE = "loomgate-";
    private static final AtomicInteger COUNT = new AtomicInteger();
    private static final String ROUTE = "route";
    private static final String NO_DEFAULT_XML = "org/apache/catalina/startup/NO_DEFAULT_XML";
    private static final String JASPER = "org.apache.jasper.servlet.JasperInitializer";

    private final StandardServer server;
    private final StandardService service;
    private final StandardContext context;
    private final Path base;
    private final UpgradedConnections upgraded = new UpgradedConnections();
    private final ExchangePool<ServletExchange> exchanges;
    private final Queue<StandardSession> moved = new ConcurrentLinkedQueue<>();

    private Application(StandardServer server, StandardService service, StandardContext context, Adapter adapter, Path base,
                        boolean authorized) {
        this.server = server;
        this.service = service;
        this.context = context;
        this.base = base;
        this.exchanges = new ExchangePool<>(() -> new ServletExchange(adapter, upgraded, authorized));
    }

    static Application start(StandardServer server, ClassLoader shared, ServletSettings settings, Installation installation,
                            Path base) throws DeploymentException {
        StandardContext context = context(settings, installation);
        context.setParentClassLoader(shared);

        var host = new StandardHost();
        host.setName("localhost");
        host.setAppBase(base.toString());
        host.setAutoDeploy(false);
        host.setCreateDirs(false);
        // what has gone wrong is for the log
        var errors = new ErrorReportValve();
        errors.setShowReport(false);
        errors.setShowServerInfo(false);
        host.setErrorReportValveClass("");
        host.getPipeline().addValve(errors);

        var engine = new StandardEngine();
        // two versions at one path must not share a naming context
        engine.setName(ENGINE + COUNT.incrementAndGet());
        engine.setDefaultHost(host.getName());
        engine.addChild(host);

        var protocol = new DirectProtocol();
        var connector = new LeanConnector(protocol);
        connector.setMaxPostSize(settings.maxForm());
        connector.setMaxParameterCount(settings.maxFormParameters());
        connector.setURIEncoding("UTF-8");

        var service = new StandardService();
        service.setName("loomgate" + settings.contextPath());
        service.setContainer(engine);
        service.addConnector(connector);

        var failures = new ArrayList<String>();
        ContainerLog.collecting(failures, () -> {
            host.addChild(context);
            server.addService(service);
        });
        var application = new Application(server, service, context, protocol.getAdapter(), base, settings.authorized());
        if (!context.getState().isAvailable()) {
            application.close();
            throw new DeploymentException(failures.isEmpty() ? "the application does not start; the log says why"
                    : "the application does not start: " + reason(failures), null);
        }
        context.addLifecycleListener(event -> {
            if (event.getType().equals(Lifecycle.PERIODIC_EVENT)) {
                application.exchanges.trim();
            }
        });
        return application;
    }

    /** The most telling line: that with an exception, and not Tomcat's summary that something failed. */
    private static String reason(List<String> failures) {
        return failures.stream().filter(line -> line.contains("Exception") || line.contains("Error")).findFirst()
                .orElse(failures.getFirst());
    }

    private static StandardContext context(ServletSettings settings, Installation installation) {
        var context = new StandardContext();
        context.setName(settings.contextPath());
        context.setPath(settings.contextPath());
        context.setDocBase(installation.root().toString());
        context.setWorkDir(installation.work().toString());
        context.setFailCtxIfServletStartFails(true);
        // Java does not let anyone look into these without an option
        context.setClearReferencesRmiTargets(false);
        context.setClearReferencesThreadLocals(false);
        settings.parameters().forEach((name, value) -> {
            var parameter = new ApplicationParameter();
            parameter.setName(name);
            parameter.setValue(value);
            parameter.setOverride(false);
            context.addApplicationParameter(parameter);
        });

        var manager = new StandardManager();
        manager.setPathname(null);
        context.setManager(manager);

        var scanner = new StandardJarScanner();
        scanner.setScanClassPath(false);
        context.setJarScanner(scanner);

        var resources = new StandardRoot(context);
        for (String part : List.of("classes", "lib")) {
            if (Files.isDirectory(installation.code().resolve(part))) {
                resources.addPreResources(new DirResourceSet(resources, "/WEB-INF/" + part,
                        installation.code().resolve(part).toString(), "/"));
            }
        }
        context.setResources(resources);
        if (!installation.jsp()) {
            context.setContainerSciFilter(JASPER);
        }
        context.addLifecycleListener(event -> {
            if (event.getType().equals(Lifecycle.BEFORE_START_EVENT)) {
                setDefaults(context, settings, installation.jsp());
            }
        });
        configure(context, installation.root());
        return context;
    }

    private static void configure(StandardContext context, Path root) {
        var configuration = new ContextConfig();
        configuration.setDefaultWebXml(NO_DEFAULT_XML);
        Path descriptor = root.resolve("META-INF/context.xml");
        if (Files.exists(descriptor)) {
            try {
                context.setConfigFile(descriptor.toUri().toURL());
            } catch (MalformedURLException e) {
                throw new IllegalArgumentException(descriptor + " has no URL", e);
            }
        }
        context.addLifecycleListener(configuration);
    }

    /** What every application of Tomcat has: its conf/web.xml in code. */
    private static void setDefaults(StandardContext context, ServletSettings settings, boolean jsp) {
        Tomcat.initWebappDefaults(context);
        if (!jsp) {
            context.removeServletMapping("*.jsp");
            context.removeServletMapping("*.jspx");
            context.removeChild(context.findChild("jsp"));
        }
        if (settings.application() instanceof ServletApplication.Classes classes) {
            classes.servlet().ifPresent(type -> {
                Wrapper servlet = context.createWrapper();
                // not that of the class, which a servlet with an annotation has already
                servlet.setName(ROUTE);
                servlet.setServletClass(type);
                servlet.setAsyncSupported(true);
                servlet.setLoadOnStartup(1);
                settings.parameters().forEach(servlet::addInitParameter);
                context.addChild(servlet);
                context.addServletMappingDecoded("/*", ROUTE);
            });
        }
    }

    /** Whether the pages and other files that it serves are copies. */
    boolean isCopy() {
        return Path.of(context.getDocBase()).startsWith(base);
    }

    StandardManager sessions() {
        return (StandardManager) context.getManager();
    }

    /** A session goes on in another version. Requests that run here may use it to their end. */
    void moved(StandardSession session) {
        moved.add(session);
    }

    ClassLoader loader() {
        return context.getLoader().getClassLoader();
    }

    /**
     * Serves a request.
     *
     * @param uri path as the client sent it, with its parameters
     */
    void serve(ServerRequest request, ServerResponse response, String uri) {
        ServletExchange exchange = exchanges.take();
        try {
            exchange.serve(request, response, uri);
        } finally {
            exchanges.giveBack(exchange);
        }
    }

    /** Stops and removes it. */
    @Override
    public void close() {
        // its listeners are not told of an end: for the user, there is none
        moved.forEach(session -> session.expire(false));
        moved.clear();
        try {
            server.removeService(service);
            if (service.getState() != LifecycleState.DESTROYED) {
                // else the whole container was quicker
                service.destroy();
            }
        } catch (LifecycleException | RuntimeException e) {
            LOGGER.atWarn().addKeyValue("context", context.getPath()).setCause(e).log("application did not stop properly");
        }
        upgraded.close();
        exchanges.clear();
        ServletContainer.remove(base);
    }
}

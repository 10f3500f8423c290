package dev.loomgate.gateway.servlet;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;

import dev.loomgate.deploy.Source;

/** Where the versions of an application come from. */
final class ApplicationSource implements Source<Application> {
    /** Of a WAR's directory only these matter: its other files are served as they are. */
    private static final List<String> CODE = List.of("WEB-INF/web.xml", "WEB-INF/classes", "WEB-INF/lib",
            "META-INF/context.xml");

    private final Supplier<ServletContainer> containers;
    private final ServletSettings settings;
    /** Threads with a smaller id were there before the current version. */
    private volatile long threadsBelow;

    ApplicationSource(Supplier<ServletContainer> containers, ServletSettings settings) {
        this.containers = containers;
        this.settings = settings;
    }

    @Override
    public String name() {
        String path = settings.contextPath().isEmpty() ? "/" : settings.contextPath();
        return path + ": " + switch (settings.application()) {
            case ServletApplication.War(Path war) -> war;
            case ServletApplication.Classes classes -> classes.classPath().getFirst();
        };
    }

    @Override
    public List<Path> files(Application current) {
        boolean seesChanges = current != null && !current.isCopy();
        return seesChanges && settings.application() instanceof ServletApplication.War(Path war) && Files.isDirectory(war)
                ? CODE.stream().map(war::resolve).filter(Files::exists).toList() : settings.application().parts();
    }

    @Override
    public Application load() throws DeploymentException {
        return containers.get().deploy(settings);
    }

    @Override
    public void handOver(Application before, Application next) {
        SessionTransfer.run(before, next);
        threadsBelow = Thread.ofVirtual().unstarted(() -> { }).threadId();
    }

    /** Whether the current thread ran requests of an earlier version, objects of which it may hold in its ThreadLocals. */
    boolean isOlder(Thread thread) {
        return thread.threadId() < threadsBelow && thread.isVirtual();
    }
}

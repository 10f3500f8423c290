package dev.loomgate.gateway.servlet;

import java.nio.file.Files;
import java.nio.file.Path;

import org.apache.catalina.Context;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.core.StandardHost;
import org.apache.catalina.startup.Tomcat;
import org.apache.catalina.valves.ErrorReportValve;
import org.apache.tomcat.util.modeler.Registry;
import org.apache.tomcat.util.scan.StandardJarScanner;

/** Tomcat as it comes, with its own connector, to compare with. */
final class PlainTomcat implements AutoCloseable {
    private final Tomcat tomcat;

    private PlainTomcat(Tomcat tomcat) {
        this.tomcat = tomcat;
    }

    static PlainTomcat start(Path directory, String contextPath, Path war) throws Exception {
        Registry.disableRegistry();
        var tomcat = new Tomcat();
        tomcat.setBaseDir(Files.createDirectories(directory).toString());
        Files.createDirectories(directory.resolve("webapps"));
        var connector = new Connector("HTTP/1.1");
        connector.setPort(0);
        connector.setProperty("address", "127.0.0.1");
        connector.setProperty("allowedTrailerHeaders", "x-sum,x-other");
        tomcat.setConnector(connector);
        var host = (StandardHost) tomcat.getHost();
        // error pages without stack and version, as ours are
        var errors = new ErrorReportValve();
        errors.setShowReport(false);
        errors.setShowServerInfo(false);
        host.setErrorReportValveClass("");
        host.getPipeline().addValve(errors);
        Context context = tomcat.addWebapp(contextPath, war.toString());
        context.setParentClassLoader(new SharedClasses());
        ((StandardJarScanner) context.getJarScanner()).setScanClassPath(false);
        tomcat.start();
        return new PlainTomcat(tomcat);
    }

    int port() {
        return tomcat.getConnector().getLocalPort();
    }

    @Override
    public void close() throws Exception {
        tomcat.stop();
        tomcat.destroy();
    }
}

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.apache.catalina.Context;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;

/**
 * Tomcat as a peer: {@code /plaintext} and {@code /handler} say hello, {@code /wait} does so after 100 ms.
 *
 * <p>Arguments: port on 127.0.0.1, a directory that it may write to, and {@code virtual} for virtual threads or
 * {@code platform} for its default of 200 others.
 */
public final class TomcatHello {
    public static void main(String[] args) throws Exception {
        var tomcat = new Tomcat();
        tomcat.setBaseDir(args[1]);
        var connector = new Connector("HTTP/1.1");
        connector.setPort(Integer.parseInt(args[0]));
        connector.setProperty("address", "127.0.0.1");
        connector.setProperty("useVirtualThreads", String.valueOf(args[2].equals("virtual")));
        connector.setProperty("maxKeepAliveRequests", "-1");
        connector.setProperty("keepAliveTimeout", "300000");
        connector.setProperty("maxConnections", "20000");
        connector.setProperty("acceptCount", "4096");
        tomcat.setConnector(connector);

        Context context = tomcat.addContext("", Path.of(args[1]).toAbsolutePath().toString());
        Tomcat.addServlet(context, "hello", new Hello(0));
        context.addServletMappingDecoded("/plaintext", "hello");
        context.addServletMappingDecoded("/handler", "hello");
        Tomcat.addServlet(context, "wait", new Hello(100));
        context.addServletMappingDecoded("/wait", "wait");
        tomcat.start();
        tomcat.getServer().await();
    }

    private static final class Hello extends HttpServlet {
        private static final byte[] BODY = "Hello, World!".getBytes(StandardCharsets.US_ASCII);

        private final long millis;

        Hello(long millis) {
            this.millis = millis;
        }

        @Override
        protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
            if (millis > 0) {
                try {
                    Thread.sleep(millis);
                } catch (InterruptedException e) {
                    throw new IOException(e);
                }
            }
            response.setContentType("text/plain");
            response.setContentLength(BODY.length);
            response.getOutputStream().write(BODY);
        }
    }
}

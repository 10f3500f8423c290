package dev.loomgate.perf.peer;

import java.io.IOException;

import dev.loomgate.perf.work.Answer;
import dev.loomgate.perf.work.Work;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.apache.catalina.Context;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;

/** Tomcat; more arguments: {@code virtual} or {@code platform} (its default of 200 threads), a directory it may write to. */
final class TomcatPeer {
    public static void main(String[] args) throws Exception {
        var tomcat = new Tomcat();
        tomcat.setBaseDir(args[2]);
        var connector = new Connector("HTTP/1.1");
        connector.setPort(Integer.parseInt(args[0]));
        connector.setProperty("address", "127.0.0.1");
        connector.setProperty("useVirtualThreads", String.valueOf(args[1].equals("virtual")));
        connector.setProperty("maxKeepAliveRequests", "-1");
        connector.setProperty("keepAliveTimeout", "300000");
        connector.setProperty("maxConnections", "20000");
        connector.setProperty("acceptCount", "4096");
        tomcat.setConnector(connector);
        Context context = tomcat.addContext("", args[2]);
        Tomcat.addServlet(context, "work", new Servlet());
        context.addServletMapping("/", "work");
        tomcat.start();
        tomcat.getServer().await();
    }

    private static final class Servlet extends HttpServlet {
        private final transient Work work = new Work();

        @Override
        protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
            Answer answer = work.answer(request.getRequestURI());
            if (answer == null) {
                response.sendError(HttpServletResponse.SC_NOT_FOUND);
                return;
            }
            response.setContentType(answer.contentType());
            response.setContentLength(answer.body().length);
            response.getOutputStream().write(answer.body());
        }
    }
}

package behaviours;

import java.io.IOException;
import java.util.Set;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletContainerInitializer;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletContextEvent;
import jakarta.servlet.ServletContextListener;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletRequestEvent;
import jakarta.servlet.ServletRequestListener;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.annotation.WebFilter;
import jakarta.servlet.annotation.WebListener;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;

/** Listeners, filters and an initializer. */
@WebListener
public class Surroundings implements ServletContextListener, ServletRequestListener {
    @Override
    public void contextInitialized(ServletContextEvent event) {
        event.getServletContext().setAttribute("started", "started");
    }

    @Override
    public void contextDestroyed(ServletContextEvent event) {
        String note = event.getServletContext().getInitParameter("destroyed");
        if (note != null) {
            System.setProperty(note, "destroyed");
        }
    }

    @Override
    public void requestInitialized(ServletRequestEvent event) {
        event.getServletRequest().setAttribute("listener", "told");
    }

    /** Makes what passes it upper case. */
    @WebFilter(urlPatterns = "/filtered/*", asyncSupported = true)
    public static class UpperCase extends HttpFilter {
        @Override
        protected void doFilter(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
                throws IOException, ServletException {
            response.setHeader("X-Filter", "upper");
            if (request.getParameter("refuse") != null) {
                response.sendError(403, "refused by the filter");
                return;
            }
            var text = new java.io.CharArrayWriter();
            chain.doFilter(request, new HttpServletResponseWrapper(response) {
                @Override
                public java.io.PrintWriter getWriter() {
                    return new java.io.PrintWriter(text);
                }
            });
            response.getWriter().print(text.toString().toUpperCase(java.util.Locale.ROOT));
        }
    }

    /** Adds a servlet in code. */
    public static class Initializer implements ServletContainerInitializer {
        @Override
        public void onStartup(Set<Class<?>> classes, ServletContext context) {
            context.addServlet("added", new HttpServlet() {
                @Override
                public void service(ServletRequest request, ServletResponse response) throws IOException {
                    response.getWriter().print("added in code");
                }
            }).addMapping("/added", "/filtered/added");
        }
    }
}

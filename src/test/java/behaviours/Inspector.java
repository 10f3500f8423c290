package behaviours;

import java.io.IOException;

import jakarta.servlet.annotation.WebServlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;

/** Tells what an application sees of the server, and what it was given. */
@WebServlet("/inspect/*")
public class Inspector extends HttpServlet {
    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        response.setContentType("text/plain");
        String name = request.getParameter("class");
        if (name != null) {
            try {
                response.getWriter().print("sees " + Class.forName(name, false, getClass().getClassLoader()).getName());
            } catch (ClassNotFoundException e) {
                response.getWriter().print("does not see " + name);
            }
            return;
        }
        ClassLoader loader = Thread.currentThread().getContextClassLoader();
        response.getWriter().println("virtual " + Thread.currentThread().isVirtual());
        response.getWriter().println("loader " + (loader == getClass().getClassLoader()));
        response.getWriter().println("application " + getServletContext().getInitParameter("greeting"));
        response.getWriter().println("servlet " + getInitParameter("greeting"));
        response.getWriter().println("secure " + request.isSecure() + " " + request.getScheme() + " " + request.getServerPort());
        response.getWriter().println("remote " + request.getRemoteAddr());
        response.getWriter().println("path " + request.getServletPath() + " " + request.getPathInfo() + " "
                + request.getRequestURI());
    }
}

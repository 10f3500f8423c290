package behaviours;

import java.io.IOException;
import java.io.Serializable;

import jakarta.servlet.annotation.WebServlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpSession;

/** A log-in that goes over a redirect. */
@WebServlet("/sessions/*")
public class Sessions extends HttpServlet {
    /** What is kept of a user. */
    public record User(String name, int visits) implements Serializable {
    }

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        response.setContentType("text/plain");
        switch (request.getPathInfo()) {
            case "/login" -> {
                request.getSession().setAttribute("user", new User(request.getParameter("name"), 0));
                response.sendRedirect(response.encodeRedirectURL("who"));
            }
            case "/who" -> {
                HttpSession session = request.getSession(false);
                if (session == null) {
                    response.getWriter().print("nobody");
                    return;
                }
                User user = (User) session.getAttribute("user");
                session.setAttribute("user", new User(user.name(), user.visits() + 1));
                response.getWriter().print(user.name() + " " + user.visits() + " " + session.isNew() + " "
                        + session.getMaxInactiveInterval() + " " + request.isRequestedSessionIdFromCookie());
            }
            case "/change" -> {
                String before = request.getSession().getId();
                response.getWriter().print(!request.changeSessionId().equals(before));
            }
            case "/logout" -> {
                request.getSession().invalidate();
                response.getWriter().print("bye");
            }
            default -> response.sendError(404);
        }
    }
}

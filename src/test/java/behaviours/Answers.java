package behaviours;

import java.io.IOException;
import java.util.Locale;
import java.util.Map;

import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.ServletException;
import jakarta.servlet.annotation.WebServlet;
import jakarta.servlet.http.Cookie;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;

/** Responses of all kinds; the path says which. */
@WebServlet("/answers/*")
public class Answers extends HttpServlet {
    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException, ServletException {
        switch (request.getPathInfo()) {
            case "/text" -> response.getWriter().print("text");
            case "/length" -> {
                response.setContentLength(4);
                response.getOutputStream().print("four");
            }
            case "/too-long" -> {
                response.setContentLength(4);
                response.getOutputStream().print("four and more");
            }
            case "/latin1" -> {
                response.setContentType("text/plain;charset=ISO-8859-1");
                response.getWriter().print("ä€");
            }
            case "/utf8" -> {
                response.setContentType("text/html; charset=utf-8");
                response.getWriter().print("ä€😀");
            }
            case "/locale" -> {
                response.setLocale(Locale.GERMANY);
                response.setContentType("text/plain");
                response.getWriter().print("Grüße");
            }
            case "/large" -> {
                byte[] block = new byte[5000];
                java.util.Arrays.fill(block, (byte) 'x');
                for (int i = 0; i < 50; i++) {
                    response.getOutputStream().write(block);
                }
            }
            case "/flush" -> {
                response.getWriter().print("a");
                response.flushBuffer();
                response.getWriter().print("b committed " + response.isCommitted());
                response.setHeader("X-Late", "1");
            }
            case "/buffer" -> {
                response.setBufferSize(100);
                response.getWriter().print("size " + response.getBufferSize() + " committed " + response.isCommitted());
                response.resetBuffer();
                response.getWriter().print("again");
            }
            case "/reset" -> {
                response.setHeader("X-Gone", "1");
                response.setStatus(201);
                response.getWriter().print("gone");
                response.reset();
                response.setHeader("X-Kept", "1");
                response.getOutputStream().print("kept");
            }
            case "/empty" -> { }
            case "/204" -> {
                response.setStatus(204);
                response.setHeader("ETag", "\"1\"");
            }
            case "/205" -> response.setStatus(205);
            case "/304" -> {
                response.setStatus(304);
                response.setHeader("ETag", "\"1\"");
                response.setContentType("text/plain");
            }
            case "/418" -> {
                response.setStatus(418);
                response.getWriter().print("teapot");
            }
            case "/headers" -> {
                response.addHeader("X-Two", "1");
                response.addHeader("X-Two", "2");
                response.addIntHeader("X-Int", 3);
                response.addDateHeader("X-Date", 784111777000L);
                response.setHeader("X-Odd", "a\u0001b\u00e4");
                response.setHeader("X-Beyond", "\u20ac");
                response.setHeader("x-lower", "kept as it is");
                response.setHeader("Cache-Control", "no-store");
                response.getWriter().print(response.getHeaders("X-Two") + " " + response.containsHeader("x-int"));
            }
            case "/cookies" -> {
                Cookie cookie = new Cookie("a", "b");
                cookie.setHttpOnly(true);
                cookie.setSecure(true);
                cookie.setPath("/x");
                cookie.setAttribute("SameSite", "Lax");
                response.addCookie(cookie);
                response.addCookie(new Cookie("c", "d"));
            }
            case "/close" -> {
                response.setHeader("Connection", "close");
                response.getWriter().print("bye");
            }
            case "/redirect" -> response.sendRedirect("text?a=b");
            case "/redirect-absolute" -> response.sendRedirect("/elsewhere");
            case "/redirect-303" -> response.sendRedirect("text", 303, false);
            case "/error" -> response.sendError(Integer.parseInt(request.getParameter("code")), request.getParameter("text"));
            case "/exception" -> throw new ServletException("on purpose");
            case "/illegal" -> throw new IllegalStateException("on purpose");
            case "/late-exception" -> {
                response.getWriter().print("begun");
                response.flushBuffer();
                throw new IllegalStateException("on purpose");
            }
            case "/include" -> {
                response.getWriter().print("[");
                request.getRequestDispatcher("/echo/included?x=1").include(request, response);
                response.getWriter().print("]");
            }
            case "/forward" -> request.getRequestDispatcher("/echo/forwarded?x=1").forward(request, response);
            case "/named" -> getServletContext().getNamedDispatcher("behaviours.Echo").forward(request, response);
            case "/trailers" -> {
                response.setHeader("Trailer", "X-Sum");
                response.setTrailerFields(() -> Map.of("X-Sum", "42"));
                response.getWriter().print("with trailers");
            }
            case "/trailers-unannounced" -> {
                response.setTrailerFields(() -> Map.of("X-Sum", "42"));
                response.getWriter().print("with trailers");
            }
            case "/attributes" -> response.getWriter().print(request.getAttribute("listener") + " "
                    + getServletContext().getAttribute("started") + " " + getServletContext().getInitParameter("greeting") + " "
                    + getInitParameter("none") + " " + getServletContext().getMimeType("a.css") + " "
                    + getServletContext().getResourcePaths("/docs"));
            default -> response.sendError(404);
        }
    }

    /** Error page for all that goes wrong with a message. */
    @WebServlet("/error-page")
    public static class ErrorPage extends HttpServlet {
        @Override
        protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
            response.setContentType("text/plain");
            response.getWriter().print("error page: " + request.getAttribute(RequestDispatcher.ERROR_STATUS_CODE) + " "
                    + request.getAttribute(RequestDispatcher.ERROR_MESSAGE) + " "
                    + request.getAttribute(RequestDispatcher.ERROR_REQUEST_URI) + " "
                    + request.getAttribute(RequestDispatcher.ERROR_EXCEPTION_TYPE));
        }
    }
}

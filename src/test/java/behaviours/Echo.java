package behaviours;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.Arrays;
import java.util.Collections;
import java.util.TreeMap;

import jakarta.servlet.annotation.WebServlet;
import jakarta.servlet.http.Cookie;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;

/** Says everything that the servlet API tells of a request. */
@WebServlet({"/echo", "/echo/*", "*.echo"})
public class Echo extends HttpServlet {
    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
        if (request.getParameter("charset") != null && request.getCharacterEncoding() == null) {
            request.setCharacterEncoding(request.getParameter("charset"));
        }
        response.setContentType("text/plain");
        response.setCharacterEncoding("UTF-8");
        PrintWriter out = response.getWriter();
        out.println("method " + request.getMethod());
        out.println("protocol " + request.getProtocol());
        out.println("uri " + request.getRequestURI());
        out.println("url " + request.getRequestURL());
        out.println("context " + request.getContextPath());
        out.println("servlet " + request.getServletPath());
        out.println("info " + request.getPathInfo());
        out.println("query " + request.getQueryString());
        out.println("scheme " + request.getScheme() + " " + request.isSecure());
        out.println("server " + request.getServerName() + " " + request.getServerPort());
        out.println("remote " + request.getRemoteAddr() + " " + request.getRemoteHost() + " " + (request.getRemotePort() > 0));
        out.println("local " + request.getLocalAddr() + " " + request.getLocalPort());
        out.println("content " + request.getContentType() + " " + request.getContentLengthLong() + " "
                + request.getCharacterEncoding());
        out.println("locales " + Collections.list(request.getLocales()));
        out.println("session " + request.getRequestedSessionId() + " " + request.isRequestedSessionIdFromURL());
        out.println("dispatcher " + request.getDispatcherType() + " " + request.isAsyncSupported());
        out.println("mapping " + request.getHttpServletMapping().getMappingMatch());
        out.println("connection " + request.getServletConnection().getProtocol() + " " + request.getProtocolRequestId());
        for (String name : new TreeMap<>(Collections.list(request.getHeaderNames()).stream()
                .collect(java.util.stream.Collectors.toMap(String::toLowerCase, name -> name, (a, b) -> a))).keySet()) {
            out.println("header " + name + " " + Collections.list(request.getHeaders(name)));
        }
        new TreeMap<>(request.getParameterMap()).forEach((name, values) ->
                out.println("parameter " + name + " " + Arrays.toString(values)));
        if (request.getCookies() != null) {
            for (Cookie cookie : request.getCookies()) {
                out.println("cookie " + cookie.getName() + " " + cookie.getValue());
            }
        }
    }
}

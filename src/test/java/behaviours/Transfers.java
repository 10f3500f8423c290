package behaviours;

import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.TreeMap;

import jakarta.servlet.ServletException;
import jakarta.servlet.annotation.MultipartConfig;
import jakarta.servlet.annotation.WebServlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.Part;

/** Large and small bodies, both ways. */
@WebServlet("/transfers/*")
@MultipartConfig(maxFileSize = 300L << 20, maxRequestSize = 400L << 20, fileSizeThreshold = 10_000)
public class Transfers extends HttpServlet {
    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        long left = Long.parseLong(request.getParameter("size"));
        byte[] block = new byte[64 * 1024];
        for (int i = 0; i < block.length; i++) {
            block[i] = (byte) (i % 251);
        }
        while (left > 0) {
            int count = (int) Math.min(left, block.length);
            response.getOutputStream().write(block, 0, count);
            left -= count;
        }
    }

    @Override
    protected void doPost(HttpServletRequest request, HttpServletResponse response) throws IOException, ServletException {
        response.setContentType("text/plain");
        if (request.getPathInfo().equals("/ignore")) {
            response.getWriter().print("ignored");
            return;
        }
        if (request.getPathInfo().equals("/raw")) {
            response.getWriter().print(digest(request.getInputStream()));
            return;
        }
        if (request.getPathInfo().equals("/reader")) {
            response.getWriter().print(request.getReader().readLine());
            return;
        }
        if (request.getPathInfo().equals("/trailers")) {
            response.getWriter().println("ready " + request.isTrailerFieldsReady());
            response.getWriter().println(digest(request.getInputStream()));
            response.getWriter().println("ready " + request.isTrailerFieldsReady() + " "
                    + new TreeMap<>(request.getTrailerFields()) + " header " + request.getHeader("X-Sum"));
            return;
        }
        for (Part part : request.getParts()) {
            response.getWriter().println(part.getName() + " " + part.getSubmittedFileName() + " " + part.getContentType() + " "
                    + digest(part.getInputStream()));
        }
        response.getWriter().println("parameter " + request.getParameter("field"));
    }

    private static String digest(InputStream in) throws IOException {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            byte[] buffer = new byte[10_000];
            long size = 0;
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                digest.update(buffer, 0, count);
                size += count;
            }
            return size + " " + HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}

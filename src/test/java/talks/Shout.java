package talks;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Semaphore;

import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.annotation.WebServlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpUpgradeHandler;
import jakarta.servlet.http.WebConnection;

/** Upgrades to a protocol of its own: each line comes back in capitals; {@code bye} ends it. */
@WebServlet({"/blocking", "/listening", "/threaded", "/handed"})
public class Shout extends HttpServlet {
    private static final long serialVersionUID = 1;

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException, ServletException {
        response.setHeader("Upgrade", "shout");
        response.setHeader("Connection", "Upgrade");
        switch (request.getServletPath()) {
            case "/blocking" -> request.upgrade(Blocking.class);
            case "/threaded" -> request.upgrade(Threaded.class);
            case "/handed" -> request.upgrade(Handed.class);
            default -> request.upgrade(Listening.class);
        }
    }

    private static boolean answer(WebConnection connection, StringBuilder line, int octet) throws IOException {
        if (octet != '\n') {
            line.append((char) octet);
            return true;
        }
        ServletOutputStream out = connection.getOutputStream();
        out.write((line.toString().toUpperCase() + "\n").getBytes(StandardCharsets.ISO_8859_1));
        out.flush();
        boolean more = !line.toString().equals("bye");
        line.setLength(0);
        return more;
    }

    /** Reads where it is begun. */
    public static class Blocking implements HttpUpgradeHandler {
        @Override
        public void init(WebConnection connection) {
            try (connection) {
                var line = new StringBuilder();
                int octet = connection.getInputStream().read();
                while (octet >= 0 && answer(connection, line, octet)) {
                    octet = connection.getInputStream().read();
                }
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public void destroy() {
            System.setProperty("talks.destroyed", getClass().getSimpleName());
        }
    }

    /** Reads on a thread of its own. */
    public static class Threaded extends Blocking {
        @Override
        public void init(WebConnection connection) {
            new Thread(() -> super.init(connection)).start();
        }
    }

    /** Reads when it is told that there is something. */
    public static class Listening extends Blocking {
        @Override
        public void init(WebConnection connection) {
            try {
                ServletInputStream in = connection.getInputStream();
                var line = new StringBuilder();
                in.setReadListener(new ReadListener() {
                    @Override
                    public void onDataAvailable() throws IOException {
                        while (in.isReady()) {
                            int octet = in.read();
                            if (octet < 0 || !answer(connection, line, octet)) {
                                close();
                                return;
                            }
                        }
                    }

                    @Override
                    public void onAllDataRead() throws IOException {
                        close();
                    }

                    @Override
                    public void onError(Throwable failure) {
                        System.setProperty("talks.error", failure.toString());
                    }

                    private void close() throws IOException {
                        try {
                            connection.close();
                        } catch (Exception e) {
                            throw new IOException(e);
                        }
                    }
                });
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    /** Has another thread read what it is told of, an octet each time; what is none ends it. */
    public static class Handed extends Blocking {
        @Override
        public void init(WebConnection connection) {
            var told = new Semaphore(0);
            new Thread(() -> {
                try (connection) {
                    var line = new StringBuilder();
                    int octet;
                    do {
                        told.acquire();
                        octet = connection.getInputStream().read();
                    } while (octet >= 0 && answer(connection, line, octet));
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            }).start();
            try {
                connection.getInputStream().setReadListener(new ReadListener() {
                    @Override
                    public void onDataAvailable() {
                        told.release();
                    }

                    @Override
                    public void onAllDataRead() {
                        told.release();
                    }

                    @Override
                    public void onError(Throwable failure) {
                        told.release();
                    }
                });
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}

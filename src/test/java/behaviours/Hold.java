package behaviours;

import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;

/** Holds requests until they are released. */
public class Hold extends HttpServlet {
    private final CountDownLatch released = new CountDownLatch(1);
    private final AtomicInteger held = new AtomicInteger();

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        switch (request.getPathInfo()) {
            case "/count" -> response.getWriter().print(held.get());
            case "/release" -> released.countDown();
            default -> {
                held.incrementAndGet();
                try {
                    released.await();
                } catch (InterruptedException e) {
                    throw new IOException(e);
                }
                response.getWriter().print("released");
            }
        }
    }
}

package behaviours;

import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.annotation.WebServlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;

/** Asynchronous requests and non-blocking reading and writing. */
@WebServlet(value = "/waiting/*", asyncSupported = true)
public class Waiting extends HttpServlet {
    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException, ServletException {
        response.setContentType("text/plain");
        if (request.getDispatcherType() == DispatcherType.ASYNC && request.getPathInfo().equals("/dispatch")) {
            response.getWriter().print("dispatched " + request.getAttribute("from"));
            return;
        }
        switch (request.getPathInfo()) {
            case "/complete" -> {
                AsyncContext async = request.startAsync();
                other(() -> {
                    response.getWriter().print("completed by another thread");
                    async.complete();
                });
            }
            case "/complete-at-once" -> {
                AsyncContext async = request.startAsync();
                response.getWriter().print("completed at once");
                async.complete();
            }
            case "/start" -> {
                AsyncContext async = request.startAsync();
                async.start(() -> {
                    try {
                        response.getWriter().print("started " + request.getPathInfo());
                        async.complete();
                    } catch (IOException e) {
                        throw new java.io.UncheckedIOException(e);
                    }
                });
            }
            case "/dispatch" -> {
                AsyncContext async = request.startAsync();
                other(() -> {
                    request.setAttribute("from", "another thread");
                    async.dispatch();
                });
            }
            case "/dispatch-elsewhere" -> {
                AsyncContext async = request.startAsync();
                other(() -> async.dispatch("/echo/async"));
            }
            case "/twice" -> {
                if (request.getAttribute("second") == null) {
                    request.setAttribute("second", "yes");
                    AsyncContext async = request.startAsync();
                    other(async::dispatch);
                } else {
                    AsyncContext async = request.startAsync();
                    other(() -> {
                        response.getWriter().print("twice");
                        async.complete();
                    });
                }
            }
            case "/timeout" -> request.startAsync().setTimeout(100);
            case "/timeout-handled" -> {
                AsyncContext async = request.startAsync();
                async.setTimeout(100);
                async.addListener(new Listener() {
                    @Override
                    public void onTimeout(AsyncEvent event) throws IOException {
                        event.getSuppliedResponse().getWriter().print("timed out");
                        event.getAsyncContext().complete();
                    }
                }, request, response);
            }
            case "/listener" -> {
                AsyncContext async = request.startAsync();
                async.addListener(new Listener() {
                    @Override
                    public void onComplete(AsyncEvent event) throws IOException {
                        event.getSuppliedResponse().getWriter().print(" and listener");
                    }
                }, request, response);
                other(() -> {
                    response.getWriter().print("completed");
                    async.complete();
                });
            }
            case "/exception" -> {
                request.startAsync();
                throw new IllegalStateException("on purpose");
            }
            case "/error" -> {
                AsyncContext async = request.startAsync();
                other(() -> {
                    response.sendError(503, "later");
                    async.complete();
                });
            }
            case "/slowly" -> {
                AsyncContext async = request.startAsync();
                async.setTimeout(0);
                other(() -> {
                    for (int i = 0; i < 5; i++) {
                        response.getWriter().print("piece " + i + "\n");
                        response.flushBuffer();
                    }
                    async.complete();
                });
            }
            case "/never" -> {
                AsyncContext async = request.startAsync();
                async.setTimeout(0);
                async.addListener(new Listener() {
                    @Override
                    public void onError(AsyncEvent event) {
                        System.setProperty("behaviours.never", String.valueOf(event.getThrowable()));
                    }

                    @Override
                    public void onComplete(AsyncEvent event) {
                        System.setProperty("behaviours.never", System.getProperty("behaviours.never", "") + ", completed");
                    }
                }, request, response);
            }
            case "/read" -> read(request, response);
            case "/write" -> write(request, response);
            default -> response.sendError(404);
        }
    }

    private static void read(HttpServletRequest request, HttpServletResponse response) throws IOException {
        AsyncContext async = request.startAsync();
        ServletInputStream in = request.getInputStream();
        in.setReadListener(new ReadListener() {
            private long sum;
            private long count;

            @Override
            public void onDataAvailable() throws IOException {
                byte[] buffer = new byte[3000];
                while (in.isReady()) {
                    int read = in.read(buffer);
                    if (read < 0) {
                        return;
                    }
                    for (int i = 0; i < read; i++) {
                        sum += buffer[i] & 0xff;
                    }
                    count += read;
                }
            }

            @Override
            public void onAllDataRead() throws IOException {
                response.getWriter().print("read " + count + " sum " + sum);
                async.complete();
            }

            @Override
            public void onError(Throwable failure) {
                async.complete();
            }
        });
    }

    private static void write(HttpServletRequest request, HttpServletResponse response) throws IOException {
        AsyncContext async = request.startAsync();
        ServletOutputStream out = response.getOutputStream();
        out.setWriteListener(new WriteListener() {
            private int left = 300;

            @Override
            public void onWritePossible() throws IOException {
                byte[] block = new byte[1000];
                java.util.Arrays.fill(block, (byte) 'w');
                while (out.isReady()) {
                    if (left-- == 0) {
                        async.complete();
                        return;
                    }
                    out.write(block);
                }
            }

            @Override
            public void onError(Throwable failure) {
                async.complete();
            }
        });
    }

    private interface Step {
        void run() throws IOException;
    }

    /** Runs on another thread, while this one is on its way out or gone. */
    private static void other(Step step) {
        new Thread(() -> {
            try {
                step.run();
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        }).start();
    }

    /** Waits until the test lets it go on; tells what writing to a client that has gone ends in. */
    @WebServlet("/gone")
    public static class Gone extends HttpServlet {
        static final CountDownLatch CLIENT_LEFT = new CountDownLatch(1);
        static final AtomicReference<String> FAILURE = new AtomicReference<>("none");

        @Override
        protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
            if (request.getParameter("ask") != null) {
                response.getWriter().print(FAILURE.get());
                return;
            }
            try {
                if (request.getParameter("left") != null) {
                    CLIENT_LEFT.countDown();
                    return;
                }
                response.getOutputStream().print("begun");
                response.flushBuffer();
                CLIENT_LEFT.await(10, TimeUnit.SECONDS);
                byte[] block = new byte[100_000];
                for (int i = 0; i < 1000; i++) {
                    response.getOutputStream().write(block);
                    response.flushBuffer();
                }
            } catch (IOException e) {
                FAILURE.set(e.getClass().getName());
                throw e;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private abstract static class Listener implements AsyncListener {
        @Override
        public void onComplete(AsyncEvent event) throws IOException {
        }

        @Override
        public void onTimeout(AsyncEvent event) throws IOException {
        }

        @Override
        public void onError(AsyncEvent event) {
        }

        @Override
        public void onStartAsync(AsyncEvent event) {
        }
    }
}

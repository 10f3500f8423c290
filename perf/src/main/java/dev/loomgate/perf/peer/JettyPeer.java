package dev.loomgate.perf.peer;

import java.nio.ByteBuffer;
import java.util.concurrent.Executors;

import dev.loomgate.perf.work.Answer;
import dev.loomgate.perf.work.Work;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/** Jetty; second argument: {@code virtual} or {@code platform} (its default of 200 threads). */
final class JettyPeer {
    public static void main(String[] args) throws Exception {
        var threads = new QueuedThreadPool();
        if (args[1].equals("virtual")) {
            threads.setVirtualThreadsExecutor(Executors.newVirtualThreadPerTaskExecutor());
        }
        var server = new Server(threads);
        var connector = new ServerConnector(server, new HttpConnectionFactory(new HttpConfiguration()));
        connector.setHost("127.0.0.1");
        connector.setPort(Integer.parseInt(args[0]));
        connector.setAcceptQueueSize(4096);
        connector.setIdleTimeout(300_000);
        server.addConnector(connector);
        server.setHandler(new Blocking());
        server.start();
        server.join();
    }

    private static final class Blocking extends Handler.Abstract {
        private final Work work = new Work();

        @Override
        public boolean handle(Request request, Response response, Callback callback) throws Exception {
            Answer answer = work.answer(request.getHttpURI().getPath());
            if (answer == null) {
                return false;
            }
            response.getHeaders().put(HttpHeader.CONTENT_TYPE, answer.contentType());
            response.getHeaders().put(HttpHeader.CONTENT_LENGTH, answer.body().length);
            response.write(true, ByteBuffer.wrap(answer.body()), callback);
            return true;
        }
    }
}

package dev.loomgate.perf.peer;

import java.util.concurrent.Callable;

import dev.loomgate.perf.work.Answer;
import dev.loomgate.perf.work.Work;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;

/** Vert.x: an event loop, and {@code executeBlocking} on 200 workers, as its manual says of handlers that block. */
final class VertxPeer {
    private final Work work = new Work();
    private final Vertx vertx = Vertx.vertx(new VertxOptions().setWorkerPoolSize(200));

    public static void main(String[] args) {
        var peer = new VertxPeer();
        peer.vertx.createHttpServer(new HttpServerOptions().setAcceptBacklog(4096))
                .requestHandler(peer::handle)
                .listen(Integer.parseInt(args[0]), "127.0.0.1");
    }

    private void handle(HttpServerRequest request) {
        Callable<Answer> blocking = () -> work.answer(request.path());
        vertx.executeBlocking(blocking, false).onComplete(done -> {
            Answer answer = done.result();
            if (answer == null) {
                request.response().setStatusCode(done.failed() ? 500 : 404).end();
            } else {
                request.response().putHeader("Content-Type", answer.contentType()).end(Buffer.buffer(answer.body()));
            }
        });
    }
}

package dev.loomgate.perf.peer;

import java.nio.ByteBuffer;

import dev.loomgate.perf.work.Answer;
import dev.loomgate.perf.work.Work;
import io.undertow.Undertow;
import io.undertow.UndertowOptions;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.handlers.BlockingHandler;
import io.undertow.util.Headers;
import io.undertow.util.StatusCodes;
import org.xnio.Options;

/** Undertow, with its blocking handler and 200 workers. */
final class UndertowPeer {
    private static final Work WORK = new Work();

    public static void main(String[] args) {
        Undertow.builder()
                .addHttpListener(Integer.parseInt(args[0]), "127.0.0.1")
                .setWorkerThreads(200)
                .setSocketOption(Options.BACKLOG, 4096)
                .setServerOption(UndertowOptions.NO_REQUEST_TIMEOUT, 300_000)
                .setHandler(new BlockingHandler(UndertowPeer::handle))
                .build()
                .start();
    }

    private static void handle(HttpServerExchange exchange) throws Exception {
        Answer answer = WORK.answer(exchange.getRequestPath());
        if (answer == null) {
            exchange.setStatusCode(StatusCodes.NOT_FOUND);
            return;
        }
        exchange.getResponseHeaders().put(Headers.CONTENT_TYPE, answer.contentType());
        exchange.getResponseSender().send(ByteBuffer.wrap(answer.body()));
    }
}

package dev.loomgate.perf.peer;

import dev.loomgate.perf.work.HelidonWork;
import io.helidon.webserver.WebServer;

/** Helidon with its own listener and HTTP/1, which Loomgate replaces. */
final class HelidonPeer {
    public static void main(String[] args) {
        WebServer.builder()
                .host("127.0.0.1")
                .port(Integer.parseInt(args[0]))
                .backlog(4096)
                .routing(routing -> routing.any(new HelidonWork()))
                .build()
                .start();
    }
}

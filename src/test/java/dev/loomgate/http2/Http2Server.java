package dev.loomgate.http2;

import dev.loomgate.guard.Guard;
import dev.loomgate.http1.Http1Selector;
import dev.loomgate.http1.Http1Settings;
import dev.loomgate.testing.TestServer;
import dev.loomgate.transport.ListenerSettings;
import io.helidon.webserver.http.HttpRouting;

/** A server that speaks HTTP/1 and, to who begins with its preface, HTTP/2. */
final class Http2Server {
    private Http2Server() {
    }

    static TestServer start(HttpRouting.Builder routing) {
        return start(routing, ListenerSettings.local(0), Guard.none(), Http2Settings.DEFAULT);
    }

    static TestServer start(HttpRouting.Builder routing, ListenerSettings settings, Guard guard, Http2Settings http2) {
        return start(routing, settings, guard, http2, BodyMemory.ofHeap());
    }

    static TestServer start(HttpRouting.Builder routing, ListenerSettings settings, Guard guard, Http2Settings http2,
                            BodyMemory memory) {
        return TestServer.start(routing, settings, guard, Http1Selector.create(Http1Settings.DEFAULT)
                .changingTo(Http2Selector.create(http2, memory)::connection));
    }
}

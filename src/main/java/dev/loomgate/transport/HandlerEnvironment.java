package dev.loomgate.transport;

import io.helidon.common.context.Context;
import io.helidon.common.context.Contexts;
import io.helidon.common.parameters.Parameters;
import io.helidon.http.encoding.ContentEncodingContext;
import io.helidon.http.media.MediaContext;
import io.helidon.service.registry.GlobalServiceRegistry;
import io.helidon.webserver.ListenerConfig;
import io.helidon.webserver.http.DirectHandlers;

/**
 * What handlers find around them whatever listener a request came by: with what bodies are read and written, and who answers for
 * errors. Helidon looks it up among the services of the class path, which takes a good part of the time that a server needs to
 * start and does not depend on its configuration: begin with it early, on a thread of its own. Safe for use by many threads.
 */
public final class HandlerEnvironment {
    /** Under which Helidon looks for the context that has the registry; the global one if there is none. */
    private static final String REGISTRY_CONTEXT = "helidon-registry-static-context";

    private static final NoConfig NO_CONFIG = new NoConfig();
    private static final MediaContext MEDIA = new LateMedia();
    private static final ContentEncodingContext ENCODINGS;
    private static final DirectHandlers ERRORS;

    static {
        makeMappers();
        ENCODINGS = ContentEncodingContext.builder().config(NO_CONFIG).build();
        ERRORS = ErrorAnswer.forAll();
        config("none", "127.0.0.1", 0);
    }

    private HandlerEnvironment() {
    }

    /**
     * The first parameters make what maps texts to types. They ask Helidon's registry for more than the built-in mappers, which there are
     * not; but to be asked, the registry would be filled with all services of the class path. So that it is not before a handler
     * wants one, another answers here.
     */
    private static void makeMappers() {
        Context context = Context.create();
        context.register(REGISTRY_CONTEXT, context);
        Contexts.runInContext(context, () -> {
            GlobalServiceRegistry.registry(new NoServices());
            Parameters.empty("none");
        });
    }

    /** Makes what has not been made yet; waits if another thread is at it. */
    public static void prepare() {
        // the class is initialised, by one thread: that is all
    }

    /** Makes what bodies that are read or written as objects are handled by, unless it is made already. */
    public static void prepareMedia() {
        LateMedia.make();
    }

    static MediaContext media() {
        return MEDIA;
    }

    static ContentEncodingContext encodings() {
        return ENCODINGS;
    }

    static DirectHandlers errors() {
        return ERRORS;
    }

    /** What Helidon wants to know of a listener. */
    static ListenerConfig config(String name, String host, int port) {
        return ListenerConfig.builder().config(NO_CONFIG).name(name).host(host).port(port)
                // the protocols of Helidon's own listener, which would be looked up at every start for nothing
                .protocolsDiscoverServices(false).buildPrototype();
    }
}

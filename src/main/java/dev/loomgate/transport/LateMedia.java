package dev.loomgate.transport;

import io.helidon.common.GenericType;
import io.helidon.http.Headers;
import io.helidon.http.WritableHeaders;
import io.helidon.http.media.EntityReader;
import io.helidon.http.media.EntityWriter;
import io.helidon.http.media.MediaContext;
import io.helidon.http.media.MediaContextConfig;

/**
 * Media support that is made when the first body is read or written as an object: every response asks for it, and few use it. Safe for
 * use by many threads.
 */
final class LateMedia implements MediaContext {
    private static final class Made {
        private static final MediaContext MEDIA = MediaContext.builder().config(new NoConfig()).build();
    }

    /** Makes what has not been made yet; waits if another thread is at it. */
    static void make() {
        // the class is initialised, by one thread
        Made.MEDIA.prototype();
    }

    @Override
    public MediaContextConfig prototype() {
        return Made.MEDIA.prototype();
    }

    @Override
    public <T> EntityReader<T> reader(GenericType<T> type, Headers headers) {
        return Made.MEDIA.reader(type, headers);
    }

    @Override
    public <T> EntityWriter<T> writer(GenericType<T> type, Headers requestHeaders, WritableHeaders<?> responseHeaders) {
        return Made.MEDIA.writer(type, requestHeaders, responseHeaders);
    }

    @Override
    public <T> EntityReader<T> reader(GenericType<T> type, Headers requestHeaders, Headers responseHeaders) {
        return Made.MEDIA.reader(type, requestHeaders, responseHeaders);
    }

    @Override
    public <T> EntityWriter<T> writer(GenericType<T> type, WritableHeaders<?> requestHeaders) {
        return Made.MEDIA.writer(type, requestHeaders);
    }
}

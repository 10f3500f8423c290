package dev.loomgate.http;

import java.io.InputStream;
import java.util.Optional;

import io.helidon.common.GenericType;
import io.helidon.http.media.ReadableEntity;

/**
 * The content of a request, of which only so much is read into memory as a whole. What a handler reads as a stream may be
 * longer: then it is the handler that decides what to keep of it.
 */
final class RequestContent implements ReadableEntity {
    private final ReadableEntity content;
    private final RequestBody body;
    private final long mostInMemory;

    RequestContent(ReadableEntity content, RequestBody body, long mostInMemory) {
        this.content = content;
        this.body = body;
        this.mostInMemory = mostInMemory;
    }

    private void willKeep(Class<?> type) {
        if (type != InputStream.class) {
            body.limitTo(mostInMemory);
        }
    }

    @Override
    public <T> T as(Class<T> type) {
        willKeep(type);
        return content.as(type);
    }

    @Override
    public <T> T as(GenericType<T> type) {
        willKeep(type.rawType());
        return content.as(type);
    }

    @Override
    public <T> Optional<T> asOptional(Class<T> type) {
        willKeep(type);
        return content.asOptional(type);
    }

    @Override
    public <T> Optional<T> asOptional(GenericType<T> type) {
        willKeep(type.rawType());
        return content.asOptional(type);
    }

    @Override
    public InputStream inputStream() {
        return content.inputStream();
    }

    @Override
    public void buffer() {
        content.buffer();
    }

    @Override
    public boolean hasEntity() {
        return content.hasEntity();
    }

    @Override
    public boolean consumed() {
        return content.consumed();
    }

    @Override
    public void consume() {
        content.consume();
    }

    @Override
    public ReadableEntity copy(Runnable entityProcessed) {
        return new RequestContent(content.copy(entityProcessed), body, mostInMemory);
    }
}

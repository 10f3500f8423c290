package dev.loomgate.gateway;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.OptionalLong;

import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;

/**
 * A request's body in the form in which a script can have it: with its length known before the script starts (RFC 3875
 * section 4.1.2). A body that fits into the memory limit is read first, so that no script waits for a slow client; a longer
 * one of known length is read while the script runs; one of unknown length (chunked) goes to a temporary file past the limit.
 */
public sealed interface RequestBody extends AutoCloseable {
    /** CONTENT_LENGTH, in bytes; empty if the request has no body. */
    OptionalLong length();

    /** Deletes the temporary file, if there is one. */
    @Override
    default void close() {
    }

    /** The request has no body. */
    record None() implements RequestBody {
        @Override
        public OptionalLong length() {
            return OptionalLong.empty();
        }
    }

    /**
     * The whole body.
     *
     * @param bytes the body; not to be changed
     */
    record InMemory(byte[] bytes) implements RequestBody {
        @Override
        public OptionalLong length() {
            return OptionalLong.of(bytes.length);
        }
    }

    /**
     * The whole body in a temporary file, deleted on close.
     *
     * @param file file with the body
     * @param size its length, in bytes
     */
    record Spooled(Path file, long size) implements RequestBody {
        @Override
        public OptionalLong length() {
            return OptionalLong.of(size);
        }

        @Override
        public void close() {
            try {
                Files.deleteIfExists(file);
            } catch (IOException e) {
                throw new UncheckedIOException("temporary file " + file + " of a request body can't be deleted", e);
            }
        }
    }

    /**
     * A body yet to be read from the client. To be read by the thread that handles the request.
     *
     * @param stream the body; throws if the client ends it before its length
     * @param size   its length, in bytes
     */
    record Streamed(InputStream stream, long size) implements RequestBody {
        @Override
        public OptionalLong length() {
            return OptionalLong.of(size);
        }
    }

    /**
     * Bounds of a body.
     *
     * @param memory    bytes to hold in memory, 0 or more
     * @param longest   longest body allowed, in bytes; 0: any
     * @param directory where temporary files go
     */
    record Limits(int memory, long longest, Path directory) {
    }

    /**
     * Receives what has to be received before the script starts.
     *
     * @param request the request; its body must not have been read
     * @param limits  bounds
     * @throws GatewayException 413 if the body is longer than allowed
     * @throws IOException      if the client goes away, or the temporary file can't be written
     */
    static RequestBody receive(ServerRequest request, Limits limits) throws GatewayException, IOException {
        if (LocalRedirection.of(request).isPresent()) {
            return new None();
        }
        OptionalLong declared = request.headers().contentLength();
        if (declared.isPresent()) {
            return receive(request, declared.getAsLong(), limits);
        }
        if (!request.content().hasEntity()) {
            return new None();
        }
        return spool(request.content().inputStream(), limits);
    }

    private static RequestBody receive(ServerRequest request, long length, Limits limits) throws GatewayException, IOException {
        if (limits.longest() > 0 && length > limits.longest()) {
            throw tooLong(limits, length + " bytes");
        }
        if (length == 0) {
            return new InMemory(new byte[0]);
        }
        InputStream content = request.content().inputStream();
        if (length > limits.memory()) {
            return new Streamed(new ExactStream(content, length), length);
        }
        byte[] bytes = content.readNBytes((int) length);
        if (bytes.length < length) {
            throw ExactStream.endedEarly(bytes.length, length);
        }
        // reading the end too lets the connection know that the body is done with
        content.read();
        return new InMemory(bytes);
    }

    private static RequestBody spool(InputStream content, Limits limits) throws GatewayException, IOException {
        byte[] start = content.readNBytes(limits.memory() + 1);
        if (start.length <= limits.memory()) {
            return new InMemory(start);
        }
        Path file = Files.createTempFile(limits.directory(), "loomgate-body-", ".tmp");
        try {
            return new Spooled(file, writeTo(file, start, content, limits));
        } catch (GatewayException | IOException | RuntimeException e) {
            Files.deleteIfExists(file);
            throw e;
        }
    }

    private static long writeTo(Path file, byte[] start, InputStream content, Limits limits)
            throws GatewayException, IOException {
        try (OutputStream out = Files.newOutputStream(file)) {
            byte[] buffer = Arrays.copyOf(start, Math.max(start.length, 16 * 1024));
            long size = 0;
            for (int n = start.length; n >= 0; n = content.read(buffer)) {
                size += n;
                if (limits.longest() > 0 && size > limits.longest()) {
                    throw tooLong(limits, "more");
                }
                out.write(buffer, 0, n);
            }
            return size;
        }
    }

    private static GatewayException tooLong(Limits limits, String found) {
        return new GatewayException(Status.REQUEST_ENTITY_TOO_LARGE_413,
                "the request body has " + found + ", the route allows " + limits.longest() + " bytes");
    }
}

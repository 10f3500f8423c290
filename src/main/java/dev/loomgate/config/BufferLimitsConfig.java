package dev.loomgate.config;

import java.util.OptionalInt;

/**
 * How much is kept in memory for one client.
 *
 * @param maxBodyInMemory   longest request body that a handler may read as a whole, in bytes; default 64m; a longer one is
 *                          answered with 413
 * @param maxForm           longest form that a ported handler gets parameters of, in bytes, 0 to 2 GiB; default 2m; a longer
 *                          one is answered with 413
 * @param maxFormParameters most parameters of a query and a form, 0 to 1000000; default 1000; more are answered with 400
 * @param sendBuffer        bytes that the operating system keeps of a response until the client reads them, 4 KiB to 64 MiB;
 *                          default its own choice
 */
public record BufferLimitsConfig(long maxBodyInMemory, int maxForm, int maxFormParameters, OptionalInt sendBuffer) {
    /** The limits of a configuration that names none. */
    public static final BufferLimitsConfig DEFAULT = new BufferLimitsConfig(64 << 20, 2 << 20, 1000, OptionalInt.empty());

    static BufferLimitsConfig read(Section section) {
        return new BufferLimitsConfig(
                section.size("max-body-in-memory", 0, Integer.MAX_VALUE).orElse(DEFAULT.maxBodyInMemory()),
                section.size("max-form", 0, Integer.MAX_VALUE, DEFAULT.maxForm()),
                section.integer("max-form-parameters", 0, 1_000_000, DEFAULT.maxFormParameters()),
                section.size("send-buffer", 4 << 10, 64 << 20).map(bytes -> OptionalInt.of(bytes.intValue()))
                        .orElse(OptionalInt.empty()));
    }
}

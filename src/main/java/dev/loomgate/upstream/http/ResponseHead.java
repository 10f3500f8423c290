package dev.loomgate.upstream.http;

import java.util.List;

/**
 * What the header of a response says.
 *
 * @param status    100 to 999
 * @param reason    reason phrase, may be empty
 * @param fields    header fields in their order
 * @param length    bytes of the body, {@link #CHUNKED} or {@link #TO_THE_END} of the connection
 * @param keepAlive whether the server keeps the connection, as far as the header says
 */
public record ResponseHead(int status, String reason, List<Field> fields, long length, boolean keepAlive) {
    /** The body comes in chunks. */
    public static final long CHUNKED = -1;
    /** The body ends when the connection does. */
    public static final long TO_THE_END = -2;

    /** The first field of a name, letter case ignored; null if there is none. */
    public String first(String name) {
        for (Field field : fields) {
            if (field.name().equalsIgnoreCase(name)) {
                return field.value();
            }
        }
        return null;
    }
}

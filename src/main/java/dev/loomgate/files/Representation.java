package dev.loomgate.files;

import java.util.ArrayList;
import java.util.Optional;

import io.helidon.http.Header;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;

/**
 * One representation of a resource (RFC 9110 section 3.2): the file itself or a precompressed sibling, with all the header
 * fields that it is sent with, made once.
 */
final class Representation {
    private static final Header ACCEPT_RANGES = HeaderValues.createCached(HeaderNames.ACCEPT_RANGES, "bytes");
    private static final Header VARY = HeaderValues.createCached(HeaderNames.VARY, "Accept-Encoding");

    private final String fileName;
    private final FileStamp stamp;
    private final byte[] body;
    private final EntityTag tag;
    private final long lastModified;
    private final Header lastModifiedField;
    private final Header contentType;
    private final Header contentLength;
    private final Header[] fields;
    private final Header[] notModifiedFields;

    /**
     * @param fileName     name of the file that holds the content
     * @param stamp        the file as it was when the content was read
     * @param body         the content, or null if it is not kept in memory
     * @param description  what the resource's representations have in common
     * @param coding       null for the file itself
     * @param nowMicros    time of looking at the file, microseconds since the epoch
     */
    Representation(String fileName, FileStamp stamp, byte[] body, Description description, ContentCoding coding,
                   long nowMicros) {
        this.fileName = fileName;
        this.stamp = stamp;
        this.body = body;
        tag = EntityTag.of(stamp, coding == null ? "" : coding.suffix(), stamp.isUnsettled(nowMicros));
        // RFC 9110 section 8.8.2.1: not later than the clock of the response
        lastModified = Math.min(stamp.modifiedSeconds(), Math.floorDiv(nowMicros, 1_000_000));
        lastModifiedField = cached(HeaderNames.LAST_MODIFIED, HttpDate.format(lastModified));
        contentType = cached(HeaderNames.CONTENT_TYPE, description.type());
        contentLength = cached(HeaderNames.CONTENT_LENGTH, Long.toString(stamp.size()));

        // RFC 9110 section 15.4.5: what a 304 repeats
        var shared = new ArrayList<Header>();
        shared.add(cached(HeaderNames.ETAG, tag.toString()));
        description.cacheControl().ifPresent(value -> shared.add(cached(HeaderNames.CACHE_CONTROL, value)));
        if (description.negotiated()) {
            shared.add(VARY);
        }
        notModifiedFields = shared.toArray(Header[]::new);
        shared.add(lastModifiedField);
        shared.add(ACCEPT_RANGES);
        if (coding != null) {
            shared.add(cached(HeaderNames.CONTENT_ENCODING, coding.token()));
        }
        fields = shared.toArray(Header[]::new);
    }

    private static Header cached(HeaderName name, String value) {
        return HeaderValues.createCached(name, value);
    }

    String fileName() {
        return fileName;
    }

    FileStamp stamp() {
        return stamp;
    }

    /** The content, or null if it must be read from the file. */
    byte[] body() {
        return body;
    }

    /** Bytes of the content in memory. */
    int heapBytes() {
        return body == null ? 0 : body.length;
    }

    /** Whether this is what a file of this name and stamp has in it: false if the content may have changed unnoticed. */
    boolean isStill(String name, FileStamp now) {
        return fileName.equals(name) && stamp.equals(now) && !tag.weak();
    }

    long length() {
        return stamp.size();
    }

    EntityTag tag() {
        return tag;
    }

    /** Seconds since the epoch. */
    long lastModified() {
        return lastModified;
    }

    /** {@link #lastModified} as it is sent. */
    Header lastModifiedField() {
        return lastModifiedField;
    }

    /**
     * Whether {@link #lastModified} is a strong validator: the file was modified long enough before it was looked at, so that
     * there can't be two versions with this time (RFC 9110 section 8.8.2.2).
     */
    boolean isLastModifiedStrong() {
        return !tag.weak();
    }

    Header contentType() {
        return contentType;
    }

    Header contentLength() {
        return contentLength;
    }

    /** Fields of a response with content, beside its type and length. Not to be changed. */
    Header[] fields() {
        return fields;
    }

    /** Fields of a 304 response. Not to be changed. */
    Header[] notModifiedFields() {
        return notModifiedFields;
    }

    /**
     * What the representations of a resource have in common.
     *
     * @param type         value of {@code Content-Type}
     * @param cacheControl value of {@code Cache-Control}
     * @param negotiated   whether there are precompressed siblings
     */
    record Description(String type, Optional<String> cacheControl, boolean negotiated) {
    }
}

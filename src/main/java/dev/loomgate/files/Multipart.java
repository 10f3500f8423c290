package dev.loomgate.files;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/** Several ranges of a representation as {@code multipart/byteranges} (RFC 9110 section 14.6). */
final class Multipart {
    private final List<ByteRange> ranges;
    private final List<byte[]> heads;
    private final byte[] end;
    private final String boundary;

    Multipart(List<ByteRange> ranges, Representation whole) {
        this.ranges = ranges;
        ThreadLocalRandom random = ThreadLocalRandom.current();
        boundary = "%016x%016x".formatted(random.nextLong(), random.nextLong());
        heads = ranges.stream().map(range -> ascii("\r\n--" + boundary + "\r\nContent-Type: " + whole.contentType().get()
                + "\r\nContent-Range: " + range.contentRange(whole.length()) + "\r\n\r\n")).toList();
        end = ascii("\r\n--" + boundary + "--\r\n");
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** Value of {@code Content-Type}. */
    String contentType() {
        return "multipart/byteranges; boundary=" + boundary;
    }

    /** Bytes in all. */
    long length() {
        long length = end.length;
        for (int i = 0; i < ranges.size(); i++) {
            length += heads.get(i).length + ranges.get(i).length();
        }
        return length;
    }

    /** Writes all parts. */
    void writeTo(OutputStream out, Content content) throws IOException {
        for (int i = 0; i < ranges.size(); i++) {
            out.write(heads.get(i));
            content.writeTo(out, ranges.get(i).first(), ranges.get(i).length());
        }
        out.write(end);
    }
}

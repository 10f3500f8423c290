package dev.loomgate.gateway.fastcgi;

import java.nio.ByteBuffer;
import java.util.Map;

import dev.loomgate.gateway.Octets;

/** Puts records together. A request of ordinary size is one array, to be written in one piece. */
final class RecordWriter {
    /** Longest content of a record. */
    static final int LONGEST = 65_535;
    private static final int REQUEST_ID = 1;
    private static final int KEEP_CONNECTION = 1;
    private static final byte[] PADDING = new byte[8];

    private RecordWriter() {
    }

    /**
     * The beginning of a request: BEGIN_REQUEST, all of PARAMS, and STDIN as far as there is some.
     *
     * @param role      what the program is asked as
     * @param variables names and values, octets
     * @param body      array that holds the beginning of the body
     * @param length    its length, 65,535 or less
     * @param whole     whether it is the whole body
     * @param keep      whether the connection is to be kept
     */
    static ByteBuffer request(Role role, Map<String, String> variables, byte[] body, int length, boolean whole, boolean keep) {
        int size = size(variables);
        int records = size / LONGEST + 2;
        var out = ByteBuffer.allocate(RecordReader.HEADER * (records + 4) + 8 + size + 8 * records + length + 8);
        header(out, RecordType.BEGIN_REQUEST, 8, 0);
        out.putShort((short) role.code()).put((byte) (keep ? KEEP_CONNECTION : 0)).put(PADDING, 0, 5);
        if (size > 0) {
            params(out, variables, size);
        }
        header(out, RecordType.PARAMS, 0, 0);
        if (length > 0) {
            stdin(out, body, length);
        }
        if (whole) {
            header(out, RecordType.STDIN, 0, 0);
        }
        return out.flip();
    }

    /** More of the body, 65,535 bytes or less; none for its end. */
    static ByteBuffer stdin(byte[] body, int length) {
        var out = ByteBuffer.allocate(RecordReader.HEADER + length + 8);
        stdin(out, body, length);
        return out.flip();
    }

    private static void stdin(ByteBuffer out, byte[] body, int length) {
        int padding = -length & 7;
        header(out, RecordType.STDIN, length, padding);
        out.put(body, 0, length).put(PADDING, 0, padding);
    }

    private static void params(ByteBuffer out, Map<String, String> variables, int size) {
        if (size <= LONGEST) {
            int padding = -size & 7;
            header(out, RecordType.PARAMS, size, padding);
            pairs(out, variables);
            out.put(PADDING, 0, padding);
            return;
        }
        var all = ByteBuffer.allocate(size);
        pairs(all, variables);
        for (int at = 0; at < size; at += LONGEST) {
            int length = Math.min(LONGEST, size - at);
            header(out, RecordType.PARAMS, length, 0);
            out.put(all.array(), at, length);
        }
    }

    /** The request is not wanted any more: section 5.4. */
    static ByteBuffer abort() {
        var out = ByteBuffer.allocate(RecordReader.HEADER);
        header(out, RecordType.ABORT_REQUEST, 0, 0);
        return out.flip();
    }

    /** A question for what the program can do: section 4.1. */
    static ByteBuffer getValues(String name) {
        Map<String, String> question = Map.of(name, "");
        int size = size(question);
        var out = ByteBuffer.allocate(RecordReader.HEADER + size);
        out.put((byte) 1).put((byte) RecordType.GET_VALUES).putShort((short) 0).putShort((short) size).putShort((short) 0);
        pairs(out, question);
        return out.flip();
    }

    private static void header(ByteBuffer out, int type, int length, int padding) {
        out.put((byte) 1).put((byte) type).putShort((short) REQUEST_ID).putShort((short) length).put((byte) padding)
                .put((byte) 0);
    }

    private static int size(Map<String, String> variables) {
        int size = 0;
        for (Map.Entry<String, String> variable : variables.entrySet()) {
            int name = variable.getKey().length();
            int value = variable.getValue().length();
            size += name + value + (name < 0x80 ? 1 : 4) + (value < 0x80 ? 1 : 4);
        }
        return size;
    }

    /** Names and values: section 3.4. */
    private static void pairs(ByteBuffer out, Map<String, String> variables) {
        for (Map.Entry<String, String> variable : variables.entrySet()) {
            length(out, variable.getKey().length());
            length(out, variable.getValue().length());
            Octets.put(variable.getKey(), out);
            Octets.put(variable.getValue(), out);
        }
    }

    private static void length(ByteBuffer out, int length) {
        if (length < 0x80) {
            out.put((byte) length);
        } else {
            out.putInt(length | 0x80000000);
        }
    }
}

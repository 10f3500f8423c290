package dev.loomgate.http2;

import java.util.Arrays;

/**
 * Writes a field section (RFC 7541) that refers to the static table only. So it depends on no other section, responses need not
 * wait for each other to be encoded, and a connection keeps no table. For one thread.
 */
final class HpackEncoder {
    private byte[] bytes = new byte[256];
    private int length;

    /** Tells the peer that its table is not used: it must hear of it when it has allowed a smaller one (section 4.2). */
    static final byte EMPTY_TABLE = 0x20;

    /** The section so far. */
    byte[] bytes() {
        return bytes;
    }

    /** Its length in octets. */
    int length() {
        return length;
    }

    /** Adds the status of a response. */
    void status(int code) {
        int index = StaticTable.indexOfStatus(code);
        if (index > 0) {
            integer(0x80, 7, index);
        } else {
            integer(0, 4, StaticTable.indexOf(":status"));
            string(Integer.toString(code));
        }
    }

    /**
     * Adds a field that the peer need not remember.
     *
     * @param name  in small letters
     * @param value of which the low octet of each character is written
     */
    void field(String name, String value) {
        int index = StaticTable.indexOf(name);
        integer(0, 4, index);
        if (index == 0) {
            string(name);
        }
        string(value);
    }

    private void string(String text) {
        int encoded = Huffman.encodedLength(text);
        if (encoded < text.length()) {
            integer(0x80, 7, encoded);
            reserve(encoded);
            length = Huffman.encode(text, bytes, length);
        } else {
            integer(0, 7, text.length());
            reserve(text.length());
            for (int i = 0; i < text.length(); i++) {
                bytes[length++] = (byte) text.charAt(i);
            }
        }
    }

    private void integer(int flags, int prefix, int value) {
        reserve(6);
        int most = (1 << prefix) - 1;
        if (value < most) {
            bytes[length++] = (byte) (flags | value);
            return;
        }
        bytes[length++] = (byte) (flags | most);
        int rest = value - most;
        for (; rest >= 0x80; rest >>= 7) {
            bytes[length++] = (byte) (rest | 0x80);
        }
        bytes[length++] = (byte) rest;
    }

    private void reserve(int count) {
        if (bytes.length - length < count) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + count));
        }
    }
}

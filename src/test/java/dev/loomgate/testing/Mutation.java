package dev.loomgate.testing;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;

/** Small changes of what is right, by which most of what is wrong comes about. */
public final class Mutation {
    private static final byte[] CRLF = {'\r', '\n'};
    private static final String TELLING = "\0 \t\n\r:;,%*#/\u007f\u00ff";

    private Mutation() {
    }

    /** Changes some bytes in one to four ways: some are put in, left out, repeated or changed. Never returns no byte at all. */
    public static byte[] of(byte[] good, Random random) {
        byte[] bytes = good;
        for (int i = 1 + random.nextInt(4); i > 0; i--) {
            bytes = once(bytes, random);
        }
        return bytes;
    }

    /** The same for a text in ISO-8859-1. */
    public static byte[] of(String good, Random random) {
        return of(good.getBytes(StandardCharsets.ISO_8859_1), random);
    }

    private static byte[] once(byte[] bytes, Random random) {
        int at = random.nextInt(bytes.length);
        var out = new ByteArrayOutputStream();
        out.write(bytes, 0, at);
        switch (random.nextInt(6)) {
            case 0 -> out.write(random.nextInt(256));
            case 1 -> out.writeBytes(CRLF);
            case 2 -> out.write(TELLING.charAt(random.nextInt(TELLING.length())));
            case 3 -> out.writeBytes(Arrays.copyOfRange(bytes, at / 2, at));
            case 4 -> {
                int size = random.nextInt(Math.min(40, bytes.length - at));
                out.write(bytes, at + size, bytes.length - at - size);
                return out.size() == 0 ? new byte[] {' '} : out.toByteArray();
            }
            default -> {
                out.write(bytes[at] ^ 1 << random.nextInt(8));
                at++;
            }
        }
        out.write(bytes, at, bytes.length - at);
        return out.toByteArray();
    }
}

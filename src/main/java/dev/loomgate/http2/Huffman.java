package dev.loomgate.http2;

/**
 * The Huffman code of RFC 7541 appendix B. It is canonical: shorter codes first and, among those of one length, smaller octets
 * first, so that the lengths alone say it all.
 */
final class Huffman {
    /** Length in bits of the code of each octet, and of the end of a string: {@code A} for 5 and so on. */
    private static final String LENGTHS = "ISXXXXXXXTZXXZXXXXXXXXZXXXXXXXXXBFFHIBDGFFDGDBBBAAABBBBBBBCDKBHF"
            + "IBCCCCCCCCCCCCCCCCCCCCCCDCDIOIJBKABABABBBACCBBBABCBAABCCCCCKGJIX"
            + "PRPPRRRSRSSSSSTSTTRSTSSSSQRSRSSTRQPRRSSQSRRTQRSSQQRQSRSSPRRRSRRS"
            + "VVPORSRUVVVWWVTUOQVWWVWTQQVVXWWWPTPQRQQSRRUUTTVSVWVVWWWWWXWWWWWV"
            + "Z";
    private static final int SHORTEST = 5;
    private static final int LONGEST = 30;
    private static final int END = 256;

    /** Of each symbol the code, and its length in the lowest bits: in one place, as responses are made of little else. */
    private static final long[] CODES = codes();
    private static final int LENGTH_BITS = 5;
    private static final int LENGTH_MASK = (1 << LENGTH_BITS) - 1;

    /*
     * The decoder goes from state to state with each four bits. A state is an inner node of the code's tree, the root is 0. What
     * an entry holds: the next state, whether there is none, whether an octet is complete, and which.
     */
    private static final int FAILED = 1 << 30;
    private static final int EMITS = 1 << 29;
    private static final int[] STEPS = new int[END * 16];
    /** Whether a string may end in a state: it is behind the root by at most seven bits of the end's code. */
    private static final boolean[] MAY_END = new boolean[END];

    static {
        int[][] tree = tree();
        for (int state = 0; state < END; state++) {
            for (int bits = 0; bits < 16; bits++) {
                STEPS[state << 4 | bits] = step(tree, state, bits);
            }
        }
        int node = 0;
        for (int bits = 0; bits < 8; bits++) {
            MAY_END[node] = true;
            node = tree[node][1];
        }
    }

    private Huffman() {
    }

    private static int length(int symbol) {
        return (int) CODES[symbol] & LENGTH_MASK;
    }

    private static int code(int symbol) {
        return (int) (CODES[symbol] >> LENGTH_BITS);
    }

    private static long[] codes() {
        var codes = new long[END + 1];
        long code = 0;
        for (int length = SHORTEST; length <= LONGEST; length++) {
            for (int symbol = 0; symbol <= END; symbol++) {
                if (LENGTHS.charAt(symbol) - 'A' + SHORTEST == length) {
                    codes[symbol] = code++ << LENGTH_BITS | length;
                }
            }
            code <<= 1;
        }
        return codes;
    }

    /** Inner nodes by number: each has two followers, an inner node (0 or more) or a symbol (its complement). */
    private static int[][] tree() {
        var tree = new int[END][2];
        int nodes = 1;
        for (int symbol = 0; symbol <= END; symbol++) {
            int node = 0;
            for (int bit = length(symbol) - 1; bit > 0; bit--) {
                int side = code(symbol) >> bit & 1;
                if (tree[node][side] == 0) {
                    tree[node][side] = nodes++;
                }
                node = tree[node][side];
            }
            tree[node][code(symbol) & 1] = ~symbol;
        }
        return tree;
    }

    private static int step(int[][] tree, int state, int bits) {
        int node = state;
        int emitted = 0;
        for (int bit = 3; bit >= 0; bit--) {
            int next = tree[node][bits >> bit & 1];
            if (next == ~END) {
                return FAILED;
            }
            if (next < 0) {
                // one at most: no code is shorter than five bits
                emitted = EMITS | ~next << 16;
                next = 0;
            }
            node = next;
        }
        return emitted | node;
    }

    /**
     * Decodes a string.
     *
     * @throws HpackException if it holds the code of the end, or is padded with anything but its first bits (section 5.2)
     */
    @SuppressWarnings("deprecation")
    static String decode(byte[] bytes, int start, int end) throws HpackException {
        // no octet takes less than five bits
        var octets = new byte[(end - start) * 8 / SHORTEST];
        int count = 0;
        int state = 0;
        for (int i = start; i < end; i++) {
            for (int shift = 4; shift >= 0; shift -= 4) {
                int step = STEPS[state << 4 | bytes[i] >> shift & 15];
                if ((step & FAILED) != 0) {
                    throw new HpackException("a string holds the code of its end");
                }
                if ((step & EMITS) != 0) {
                    octets[count++] = (byte) (step >> 16);
                }
                state = step & 0xffff;
            }
        }
        if (!MAY_END[state]) {
            throw new HpackException("a string is not padded as it must be");
        }
        return new String(octets, 0, 0, count);
    }

    /** Number of octets that a string takes in this code. */
    static int encodedLength(String text) {
        long bits = 7;
        for (int i = 0; i < text.length(); i++) {
            bits += length(text.charAt(i) & 0xff);
        }
        return (int) (bits >> 3);
    }

    /** Encodes the low octets of a string's characters; returns the index behind them. */
    static int encode(String text, byte[] into, int start) {
        long pending = 0;
        int bits = 0;
        int at = start;
        for (int i = 0; i < text.length(); i++) {
            long code = CODES[text.charAt(i) & 0xff];
            int length = (int) code & LENGTH_MASK;
            pending = pending << length | code >> LENGTH_BITS;
            bits += length;
            while (bits >= 8) {
                bits -= 8;
                into[at++] = (byte) (pending >> bits);
            }
        }
        if (bits > 0) {
            into[at++] = (byte) (pending << 8 - bits | 0xff >> bits);
        }
        return at;
    }
}

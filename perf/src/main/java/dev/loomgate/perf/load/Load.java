package dev.loomgate.perf.load;

/**
 * What to put on a server for some time.
 *
 * @param mode how requests follow each other
 * @param port the server's port on 127.0.0.1
 * @param path the path asked for
 * @param connections clients at once, 1 and more
 * @param seconds how long new requests are made
 * @param rate requests a second of all clients, for {@link Mode#OPEN}
 * @param timeoutMillis how long a client waits for a connection, or for more of an answer
 */
public record Load(Mode mode, int port, String path, int connections, double seconds, double rate, int timeoutMillis) {
    /** How requests follow each other. */
    public enum Mode {
        /** A client asks again as soon as it is answered. */
        CLOSED,
        /**
         * Requests fall due at a constant rate, whatever the server does. A latency counts from when the request was due, so
         * that a server that stalls can't hide how long others waited meanwhile (no coordinated omission).
         */
        OPEN,
        /** As {@link #CLOSED}, with a new connection for each request. */
        CHURN
    }

    String toLine() {
        return String.join(" ", mode.name(), String.valueOf(port), path, String.valueOf(connections), String.valueOf(seconds),
                String.valueOf(rate), String.valueOf(timeoutMillis));
    }

    static Load fromLine(String line) {
        String[] words = line.split(" ");
        return new Load(Mode.valueOf(words[0]), Integer.parseInt(words[1]), words[2], Integer.parseInt(words[3]),
                Double.parseDouble(words[4]), Double.parseDouble(words[5]), Integer.parseInt(words[6]));
    }
}

package dev.loomgate.perf.model;

import java.io.IOException;
import java.nio.channels.SocketChannel;

import dev.loomgate.perf.work.Work;

/**
 * A thread for each connection, for as long as it lasts: the simplest model, and limited by what threads cost. A second argument
 * {@code virtual} makes them virtual, which is all that has to change; the slow backend of the comparison is run so.
 */
final class ThreadPerConnection {
    public static void main(String[] args) throws IOException {
        var work = new Work();
        Thread.Builder threads = args.length > 1 && args[1].equals("virtual") ? Thread.ofVirtual() : Thread.ofPlatform();
        try (var listener = Conversation.listen(args)) {
            while (true) {
                SocketChannel connection = listener.accept();
                try {
                    threads.start(() -> Conversation.hold(connection, work));
                } catch (OutOfMemoryError e) { // no more threads
                    System.err.println(e);
                    connection.close();
                }
            }
        }
    }
}

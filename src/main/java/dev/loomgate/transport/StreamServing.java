package dev.loomgate.transport;

/**
 * A stream's request on a connection that serves several at once. Made by {@link Connection#openStream}; for the thread that
 * serves the request, but for the time limit, which the listener's sweep keeps.
 */
public final class StreamServing extends Serving {
    private final Connection connection;
    private final Runnable breakOff;

    StreamServing(Connection connection, Runnable breakOff) {
        this.connection = connection;
        this.breakOff = breakOff;
    }

    @Override
    Listener listener() {
        return connection.listener();
    }

    @Override
    void countLate() {
        connection.countLate();
    }

    @Override
    void breakOff() {
        breakOff.run();
    }

    /** Begins to work on the request: waits for its turn, if others suffer from how much this client wants. */
    public void begin() {
        connection.beginRequest();
    }

    /** Ends what {@link #begin} began. */
    public void end() {
        forgetRouter();
        connection.ticket().endRequest();
    }

    /** The stream has ended: to be called once, whether its request was begun or not. */
    public void close() {
        forgetRouter();
        connection.streamEnded(this);
    }
}

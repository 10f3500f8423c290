package dev.loomgate.gateway;

import java.io.IOException;
import java.util.Optional;

import dev.loomgate.gateway.Exchange.Cancellation;

/**
 * Both directions of an exchange at once: the connection's thread gives the program the request's body, another one passes the
 * answer on. For one exchange.
 */
public final class Duplex {
    private final Exchange exchange;
    private final Answer answer;
    private final Runnable atAnswer;
    private volatile boolean answered;
    // written before the other thread ends
    private Optional<ScriptResponse.LocalRedirect> redirect = Optional.empty();
    private Exception failure;

    /**
     * Of an exchange.
     *
     * @param answer   passes the answer on
     * @param atAnswer run when that is done, by the thread that did it: the program may not want the rest of the body
     */
    public Duplex(Exchange exchange, Answer answer, Runnable atAnswer) {
        this.exchange = exchange;
        this.answer = answer;
        this.atAnswer = atAnswer;
    }

    /** Passes an answer on. */
    public interface Answer {
        /**
         * Does it.
         *
         * @return the local redirect to follow instead, if the program asks for one
         * @throws GatewayException if the program failed
         * @throws IOException      if the client failed, or the program
         */
        Optional<ScriptResponse.LocalRedirect> relay() throws GatewayException, IOException;
    }

    /** Gives the body. */
    public interface Feed {
        /**
         * Does it, as long as it is wanted.
         *
         * @throws IOException if the client failed. What the program makes of the body, the answer tells
         */
        void run() throws IOException;
    }

    /** Whether the answer is complete: nobody wants the rest of the body. */
    public boolean isAnswered() {
        return answered;
    }

    /**
     * Does both, and returns when both are done.
     *
     * @return as {@link Answer#relay}
     * @throws GatewayException as {@link Answer#relay}
     * @throws IOException      as {@link Feed#run}, which goes first, and {@link Answer#relay}
     */
    public Optional<ScriptResponse.LocalRedirect> run(Feed feed) throws GatewayException, IOException {
        Thread relaying = Thread.ofVirtual().name("relay").start(this::relay);
        try {
            feed.run();
        } catch (IOException | RuntimeException e) {
            // Helidon says with the latter, too, that the client has gone, or has sent what it must not
            exchange.cancel(Cancellation.CLIENT_GONE);
            throw e;
        } finally {
            await(relaying);
        }
        switch (failure) {
            case null -> {
                return redirect;
            }
            case GatewayException e -> throw e;
            case IOException e -> throw e;
            case RuntimeException e -> throw e;
            default -> throw new IllegalStateException(failure);
        }
    }

    private void relay() {
        try {
            redirect = answer.relay();
        } catch (GatewayException | IOException | RuntimeException e) {
            failure = e;
        } finally {
            answered = true;
            atAnswer.run();
        }
    }

    /** The response is the other thread's until it says otherwise, so this waits even if interrupted. */
    private void await(Thread relaying) {
        boolean interrupted = false;
        while (true) {
            try {
                relaying.join();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
                exchange.cancel(Cancellation.SERVER_STOPS);
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}

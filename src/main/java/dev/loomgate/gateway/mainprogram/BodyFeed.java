package dev.loomgate.gateway.mainprogram;

import java.io.IOException;
import java.util.Arrays;
import java.util.Optional;

import dev.loomgate.gateway.Exchange.Cancellation;
import dev.loomgate.gateway.GatewayException;
import dev.loomgate.gateway.RequestBody;
import dev.loomgate.gateway.ScriptResponse;

/**
 * Gives a program a body that is still coming, while another thread passes its answer on: the connection's thread reads the
 * request, the other writes the response.
 */
final class BodyFeed {
    private static final int PIECE = 16 * 1024;

    private final Execution execution;
    private final RequestBody.Streamed body;
    private final Pipe input;
    private byte[] firstPiece = new byte[0];
    private volatile boolean answered;
    // written before the relaying thread ends
    private Optional<ScriptResponse.LocalRedirect> redirect = Optional.empty();
    private Exception failure;

    BodyFeed(Execution execution, RequestBody.Streamed body, Pipe input) {
        this.execution = execution;
        this.body = body;
        this.input = input;
    }

    void receiveFirstPiece() throws IOException {
        byte[] piece = new byte[PIECE];
        int n = body.stream().read(piece);
        firstPiece = Arrays.copyOf(piece, Math.max(n, 0));
    }

    /** Feeds the program until it has answered, or reads no more; throws as {@link Execution#relay}. */
    Optional<ScriptResponse.LocalRedirect> run() throws GatewayException, IOException {
        Thread relaying = Thread.ofVirtual().name("relay").start(this::relay);
        try {
            byte[] piece = firstPiece;
            int n = piece.length;
            firstPiece = null;
            while (n >= 0 && !answered && !input.isClosed()) {
                input.write(piece, 0, n);
                execution.touch();
                piece = piece.length < PIECE ? new byte[PIECE] : piece;
                n = body.stream().read(piece);
            }
            input.end();
        } catch (IOException | RuntimeException e) {
            execution.cancel(Cancellation.CLIENT_GONE);
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
            redirect = execution.relay();
        } catch (GatewayException | IOException | RuntimeException e) {
            failure = e;
        } finally {
            answered = true;
            input.close();
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
                execution.cancel(Cancellation.SERVER_STOPS);
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}

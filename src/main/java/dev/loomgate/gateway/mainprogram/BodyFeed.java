package dev.loomgate.gateway.mainprogram;

import java.io.IOException;
import java.util.Arrays;
import java.util.Optional;

import dev.loomgate.gateway.Duplex;
import dev.loomgate.gateway.GatewayException;
import dev.loomgate.gateway.RequestBody;
import dev.loomgate.gateway.ScriptResponse;

/** Gives a program a body that is still coming. */
final class BodyFeed {
    private static final int PIECE = 16 * 1024;

    private final Execution execution;
    private final RequestBody.Streamed body;
    private final Pipe input;
    private final Duplex duplex;
    private byte[] firstPiece = new byte[0];

    BodyFeed(Execution execution, RequestBody.Streamed body, Pipe input) {
        this.execution = execution;
        this.body = body;
        this.input = input;
        this.duplex = new Duplex(execution, execution::relay, input::close);
    }

    void receiveFirstPiece() throws IOException {
        byte[] piece = new byte[PIECE];
        int n = body.stream().read(piece);
        firstPiece = Arrays.copyOf(piece, Math.max(n, 0));
    }

    /** Feeds the program until it has answered, or reads no more; throws as {@link Execution#relay}. */
    Optional<ScriptResponse.LocalRedirect> run() throws GatewayException, IOException {
        return duplex.run(this::feed);
    }

    private void feed() throws IOException {
        byte[] piece = firstPiece;
        int n = piece.length;
        firstPiece = null;
        while (n >= 0 && !duplex.isAnswered() && !input.isClosed()) {
            input.write(piece, 0, n);
            execution.touch();
            piece = piece.length < PIECE ? new byte[PIECE] : piece;
            n = body.stream().read(piece);
        }
        input.end();
    }
}

package dev.loomgate.gateway.mainprogram;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/**
 * A future of a program: its tasks run on threads of the request, not on those that all requests share, which would write to
 * whatever request they had worked for before.
 *
 * @param <T> type of its value
 */
public class ProgramFuture<T> extends CompletableFuture<T> {
    private final Execution execution = Execution.current();

    /** As of {@code CompletableFuture}. */
    public ProgramFuture() {
    }

    @Override
    public <U> CompletableFuture<U> newIncompleteFuture() {
        return new ProgramFuture<>();
    }

    @Override
    public Executor defaultExecutor() {
        return execution == null ? super.defaultExecutor() : execution::runAside;
    }
}

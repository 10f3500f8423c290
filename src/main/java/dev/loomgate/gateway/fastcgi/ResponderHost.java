package dev.loomgate.gateway.fastcgi;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import dev.loomgate.gateway.Restarts;
import dev.loomgate.gateway.Workers;
import dev.loomgate.gateway.process.ListeningPlace;
import dev.loomgate.upstream.Endpoint;

/** The processes of a FastCGI program that this server runs, and the socket that they share. Safe for use by many threads. */
final class ResponderHost implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(ResponderHost.class);

    private final ListeningPlace place;
    private final List<ResponderProcess> processes;
    private final Restarts restarts = new Restarts();

    /**
     * Makes the socket; starts nothing yet.
     *
     * @throws IllegalArgumentException if there can be no socket
     */
    ResponderHost(ResponderCommand command) {
        try {
            this.place = ListeningPlace.open();
        } catch (IOException e) {
            throw new IllegalArgumentException("there can be no socket for '" + command.program() + "': " + e.getMessage(), e);
        }
        if (!place.isHandedOver() && !command.isPhp()) {
            LOGGER.atWarn().addKeyValue("program", command.program()).log("the program can't be given a socket by this Java: "
                    + "use 22 or later on Linux, or start the program yourself and name its socket");
        }
        this.processes = IntStream.range(0, command.processes()).mapToObj(i -> new ResponderProcess(command, place, restarts))
                .toList();
    }

    /** Where the program is reached. */
    Endpoint endpoint() {
        return new Endpoint.Unix(place.socket());
    }

    /**
     * Starts the processes. What fails to start is started again.
     *
     * @param onFailure run each time one has failed to start and no other runs: what waits for one may wait in vain
     */
    void start(Runnable onFailure) {
        processes.forEach(process -> process.start(() -> {
            if (problem().isPresent()) {
                onFailure.run();
            }
        }));
    }

    /** Why none of the processes runs; empty if one does, or is about to. */
    Optional<String> problem() {
        Optional<String> problem = Optional.empty();
        for (ResponderProcess process : processes) {
            problem = process.problem();
            if (problem.isEmpty()) {
                return problem;
            }
        }
        return problem;
    }

    /** What happened to the processes. */
    Workers workers() {
        return restarts.workers();
    }

    /** How many of the processes run, or are about to. */
    int runningCount() {
        return (int) processes.stream().filter(process -> process.problem().isEmpty()).count();
    }

    /** Ends all processes, waits until they have ended, and removes the socket. */
    @Override
    public void close() {
        processes.forEach(ResponderProcess::stop);
        processes.forEach(ResponderProcess::awaitEnd);
        try {
            place.close();
        } catch (IOException e) {
            LOGGER.atWarn().addKeyValue("socket", place.socket()).setCause(e).log("socket can't be removed");
        }
    }
}

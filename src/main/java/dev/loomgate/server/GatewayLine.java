package dev.loomgate.server;

import java.util.List;
import java.util.Optional;

import dev.loomgate.gateway.Load;
import dev.loomgate.gateway.Workers;

/**
 * What a gateway does, for people.
 *
 * @param route   path pattern of its route
 * @param hosts   host conditions of its route; empty for any host
 * @param handler name of the handler, as in the configuration
 * @param load    what it has to do now
 * @param workers how the processes do that it keeps
 * @param trouble why nothing can run at present, if there is such a reason
 */
record GatewayLine(String route, List<String> hosts, String handler, Load load, Workers workers, Optional<String> trouble) {
    /** By what a gateway is known again after a reload. */
    record Identity(String route, List<String> hosts, String handler) {
    }

    Identity identity() {
        return new Identity(route, hosts, handler);
    }

    /** Together with one in whose place this one is: what that one still does, and has counted. */
    GatewayLine after(GatewayLine former) {
        Load before = former.load;
        boolean laterEnd = workers.ended().isPresent();
        return new GatewayLine(route, hosts, handler, new Load(load.running() + before.running(), load.places(),
                load.waiting() + before.waiting(), load.refused() + before.refused(), load.processes() + before.processes(),
                load.forks() + before.forks()), new Workers(workers.restarts() + former.workers.restarts(),
                (laterEnd ? workers : former.workers).lastEnd(), (laterEnd ? workers : former.workers).ended(),
                workers.nextStart()), trouble);
    }

    /** What is left of it when it is closed. */
    GatewayLine closed() {
        return new GatewayLine(route, hosts, handler, new Load(0, 0, 0, load.refused(), 0, load.forks()),
                new Workers(workers.restarts(), workers.lastEnd(), workers.ended(), Optional.empty()), Optional.empty());
    }
}

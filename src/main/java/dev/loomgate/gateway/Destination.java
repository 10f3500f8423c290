package dev.loomgate.gateway;

import dev.loomgate.upstream.Backend;
import dev.loomgate.upstream.Claim;
import dev.loomgate.upstream.Connection;
import dev.loomgate.upstream.Group;
import dev.loomgate.upstream.Lease;
import dev.loomgate.upstream.Places;
import dev.loomgate.upstream.Pool;
import dev.loomgate.upstream.Reuse;
import dev.loomgate.upstream.UnavailableException;

/** What answers the requests of a route over connections: one program, or a group of them. Safe for use by many threads. */
public sealed interface Destination {
    /**
     * Fails if a request would be refused at once: asked before its body is received, which would be for nothing.
     *
     * @throws UnavailableException if so
     */
    void requireRoom() throws UnavailableException;

    /**
     * A request that is going to need a connection.
     *
     * @param client the client's address
     */
    Visit visit(String client);

    /**
     * What it has to do at this moment.
     *
     * @param processes processes that this server keeps for it
     */
    Load load(int processes);

    /** Closes the connections, unless others use them as well. */
    void close();

    /** One request. For one thread; {@link #close} it in the end. */
    sealed interface Visit extends AutoCloseable {
        /**
         * Waits for its turn; the thread may be interrupted meanwhile.
         *
         * @param reuse which connection that is kept is good enough
         */
        void enter(Reuse reuse) throws UnavailableException, InterruptedException;

        /** Takes a connection, having had its turn; after {@link #end}, another one. */
        Connection take(Reuse reuse) throws UnavailableException, InterruptedException;

        /** Gives the connection back. */
        void end(boolean reusable);

        /** The program did not answer as it must. */
        void failed(String reason);

        /** Makes room for the next request. */
        @Override
        void close();
    }

    /** One program. */
    record One(Pool pool) implements Destination {
        @Override
        public void requireRoom() throws UnavailableException {
            pool.places().requireRoom();
        }

        @Override
        public Visit visit(String client) {
            return new OfOne(pool);
        }

        @Override
        public Load load(int processes) {
            Places places = pool.places();
            return new Load(places.taken(), places.count(), places.waiting(), places.refusedCount(), processes, 0);
        }

        @Override
        public void close() {
            pool.close();
        }

        @Override
        public String toString() {
            return pool.endpoint().toString();
        }
    }

    /** A group of programs that do the same, which others may use as well. */
    record Several(Group group) implements Destination {
        @Override
        public void requireRoom() throws UnavailableException {
            group.requireRoom();
        }

        @Override
        public Visit visit(String client) {
            return new OfSeveral(group.claim(client));
        }

        @Override
        public Load load(int processes) {
            Group.Status status = group.status();
            return new Load(status.servers().stream().mapToInt(Backend.Status::active).sum(), 0, status.waiting(),
                    status.refused(), processes, 0);
        }

        @Override
        public void close() {
            // it is closed with the configuration that names it
        }

        @Override
        public String toString() {
            return "upstream '" + group.name() + "'";
        }
    }

    /** Has a place with the program, and a connection. */
    final class OfOne implements Visit {
        private final Pool pool;
        private boolean entered;
        private Connection connection;

        private OfOne(Pool pool) {
            this.pool = pool;
        }

        @Override
        public void enter(Reuse reuse) throws UnavailableException, InterruptedException {
            pool.places().acquire();
            entered = true;
        }

        @Override
        public Connection take(Reuse reuse) throws UnavailableException, InterruptedException {
            connection = pool.take(reuse);
            return connection;
        }

        @Override
        public void end(boolean reusable) {
            pool.giveBack(connection, reusable);
        }

        @Override
        public void failed(String reason) {
            // there is no other program that could have its requests
        }

        @Override
        public void close() {
            if (entered) {
                pool.places().release();
            }
        }
    }

    /** Has a connection to one of the group. */
    final class OfSeveral implements Visit {
        private final Claim claim;
        private Lease lease;
        private boolean failed;

        private OfSeveral(Claim claim) {
            this.claim = claim;
        }

        @Override
        public void enter(Reuse reuse) throws UnavailableException, InterruptedException {
            lease = claim.take(reuse, Claim.EVER);
        }

        @Override
        public Connection take(Reuse reuse) throws UnavailableException, InterruptedException {
            if (lease == null) {
                enter(reuse);
            }
            return lease.connection();
        }

        @Override
        public void end(boolean reusable) {
            if (lease.connection().isAnswered() && !failed) {
                lease.succeeded(reusable);
            }
            lease.close();
            lease = null;
        }

        @Override
        public void failed(String reason) {
            failed = true;
            lease.failed(reason);
        }

        @Override
        public void close() {
            if (lease != null) {
                lease.close();
            }
        }
    }
}

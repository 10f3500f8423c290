package dev.loomgate.transport;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import dev.loomgate.guard.Admission;
import dev.loomgate.guard.Guard;
import dev.loomgate.guard.Reason;
import dev.loomgate.guard.Ticket;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread that accepts the connections of a listener, and turns those away that its guard does not let in. It goes on whatever
 * becomes of a connection, and when the process has no descriptor left: see {@link ReserveDescriptor}. Its methods are for any thread.
 */
final class Acceptor {
    private static final Logger LOGGER = LoggerFactory.getLogger(Acceptor.class);
    /** How long the descriptors of connections that were closed to make room may be on their way back: the poller has to come to it. */
    private static final long COMING_BACK_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    private final String name;
    private final ServerSocketChannel server;
    private final Host host;
    private final Crowd crowd;
    private final RefusedConnections refused;
    private final ReserveDescriptor reserve;
    private final Thread thread;
    /** Until when nobody more is closed or refused for want of descriptors, or 0; for the thread alone. */
    private long roomComes;

    /** Whom the connections are for. */
    interface Host {
        /** Who decides about each. */
        Guard guard();

        /** Whether they begin with TLS: an answer in clear text would be none. */
        boolean isEncrypted();

        /** Serves one that was let in, on a thread of its own. */
        void serve(SocketChannel channel, Ticket ticket) throws IOException;
    }

    /**
     * @param name    of the listener, for the log
     * @param crowd   makes room where there is none
     * @param refused answers those that are turned away
     */
    Acceptor(String name, ServerSocketChannel server, Host host, Crowd crowd, RefusedConnections refused) {
        this.name = name;
        this.server = server;
        this.host = host;
        this.crowd = crowd;
        this.refused = refused;
        this.reserve = new ReserveDescriptor(host.guard().rejections());
        this.thread = Thread.ofPlatform().name("loomgate-accept-" + name).unstarted(this::acceptAll);
    }

    void start() {
        thread.start();
    }

    /** Closes the socket that is listened on, and waits until no connection comes any more. */
    void stop() {
        try {
            server.close();
        } catch (IOException e) {
            LOGGER.atWarn().addKeyValue("listener", name).setCause(e).log("closing the listening socket failed");
        }
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Gives back what it holds; after it was stopped. */
    void release() {
        reserve.close();
    }

    private void acceptAll() {
        while (server.isOpen()) {
            try {
                SocketChannel accepted = server.accept();
                roomComes = 0;
                admit(accepted);
            } catch (ClosedChannelException e) {
                return;
            } catch (IOException e) {
                if (ReserveDescriptor.isOutOfDescriptors(e)) {
                    acceptWithReserve();
                } else {
                    LOGGER.atWarn().addKeyValue("listener", name).setCause(e).log("accept failed, going on");
                    pause();
                }
            } catch (RuntimeException | Error e) {
                LOGGER.atError().addKeyValue("listener", name).setCause(e).log("accept failed, going on");
                pause();
            }
        }
    }

    private void acceptWithReserve() {
        try {
            if (roomComes != 0 && System.nanoTime() - roomComes < 0) {
                pause();
                return;
            }
            if (crowd.makeRoom(null, host.guard())) {
                // their threads, and the poller, give the descriptors back
                roomComes = System.nanoTime() + COMING_BACK_NANOS | 1;
                pause();
                return;
            }
            SocketChannel accepted = reserve.acceptOrRefuse(server);
            if (accepted != null) {
                admit(accepted);
            }
        } catch (IOException e) {
            LOGGER.debug("refusing a connection failed", e);
            pause();
        } catch (RuntimeException | Error e) {
            // above all a class that can't be loaded, for want of a descriptor: the thread must live
            LOGGER.atError().addKeyValue("listener", name).setCause(e).log("refusing a connection failed, going on");
            pause();
        }
    }

    private static void pause() {
        LockSupport.parkNanos(PAUSE_NANOS);
    }

    private void admit(SocketChannel channel) throws IOException {
        InetAddress client = ((InetSocketAddress) channel.getRemoteAddress()).getAddress();
        Guard guard = host.guard();
        Admission decision = decide(client, guard);
        if (decision instanceof Admission.TurnedAway(Reason reason, boolean answer)) {
            guard.rejections().count(reason, client);
            if (answer && !host.isEncrypted()) {
                refused.answer(channel, guard.retryAfter());
            } else {
                RefusedConnections.close(channel);
            }
        } else {
            host.serve(channel, (Ticket) decision);
        }
    }

    private Admission decide(InetAddress client, Guard guard) {
        Admission decision = guard.admit(client);
        boolean full = decision instanceof Admission.TurnedAway(Reason reason, boolean answer) && reason == Reason.CONNECTIONS;
        if (!full) {
            return decision;
        }
        crowd.makeRoom(client, guard);
        // also if nobody was found: then some may have just left by themselves
        return guard.admit(client);
    }
}

package dev.loomgate.cli;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;

import org.slf4j.LoggerFactory;

/**
 * Waits for what a running server is told from outside. Signals are handled, not left to a shutdown hook: hooks all run at once, so
 * a database that closes in its own would be gone before the last requests have ended.
 *
 * <p>Use it in the thread that stops the server, and {@link #close} it after that.
 */
final class Signals implements AutoCloseable {
    /** What the JVM itself exits with, and every shell: 128 and the signal's number. */
    private static final int SIGNALLED = 128;
    /** The variable that gives the JVM another signal than SIGUSR2. */
    private static final String JVMS_OWN = "_JAVA_SR_SIGNUM";

    /** What to do. */
    enum Wish {
        STOP, RELOAD, REOPEN_LOGS, UPGRADE, GIVE_WAY
    }

    /**
     * What somebody wants.
     *
     * @param by who: a signal's name, or a command's
     */
    record Message(Wish wish, String by) {
    }

    private final BlockingQueue<Message> received = new LinkedBlockingQueue<>();
    private final AtomicInteger stops = new AtomicInteger();
    private final CountDownLatch closed = new CountDownLatch(1);
    /** What is done by reflection is slow the first time, and the main thread has enough to do. */
    private final Thread handling = Thread.ofPlatform().daemon().name("loomgate-signals").unstarted(this::handleAll);

    private Signals() {
    }

    /**
     * Begins to catch signals; {@link #awaitInstalled} says when all are caught. A second one to stop ends the process at once, with
     * status 130 or 143.
     */
    static Signals install() {
        var signals = new Signals();
        signals.handling.start();
        signals.installHook();
        return signals;
    }

    /** Waits until signals are caught: to be called before anybody can reach the server. */
    void awaitInstalled() throws InterruptedException {
        handling.join();
    }

    private void handleAll() {
        handle("TERM", Wish.STOP, 15);
        handle("INT", Wish.STOP, 2);
        handle("HUP", Wish.RELOAD, 1);
        handle("USR1", Wish.REOPEN_LOGS, 10);
        // The JVM sends this one to its own threads, to stop them for a moment, unless the launcher has given it another. It
        // would let us have it all the same, and each of those would be an upgrade.
        if (System.getenv(JVMS_OWN) != null) {
            handle("USR2", Wish.UPGRADE, 12);
        }
    }

    private void handle(String name, Wish wish, int number) {
        try {
            register(name, wish, number);
        } catch (ReflectiveOperationException | IllegalArgumentException e) {
            // the module jdk.unsupported is not there, or the JVM runs with -Xrs; the shutdown hook takes the place of TERM and INT
            LoggerFactory.getLogger(Signals.class).atDebug().addKeyValue("signal", name).setCause(e).log("a signal can't be handled");
        }
    }

    /** By reflection, since the compiler warns at each use of these classes; there are no others for it. */
    private void register(String name, Wish wish, int number) throws ReflectiveOperationException {
        Class<?> signalType = Class.forName("sun.misc.Signal");
        Class<?> handlerType = Class.forName("sun.misc.SignalHandler");
        InvocationHandler invoke = (proxy, method, arguments) -> switch (method.getName()) {
            case "handle" -> {
                onSignal("SIG" + name, wish, number);
                yield null;
            }
            case "equals" -> proxy == arguments[0];
            case "hashCode" -> System.identityHashCode(proxy);
            default -> wish + " on SIG" + name;
        };
        Object handler = Proxy.newProxyInstance(Signals.class.getClassLoader(), new Class<?>[]{handlerType}, invoke);
        signalType.getMethod("handle", signalType, handlerType)
                .invoke(null, signalType.getConstructor(String.class).newInstance(name), handler);
    }

    private void onSignal(String name, Wish wish, int number) {
        if (wish == Wish.STOP && stops.incrementAndGet() > 1) {
            Runtime.getRuntime().halt(SIGNALLED + number);
        }
        received.add(new Message(wish, name));
    }

    /** For whatever else ends the JVM, such as a handler that calls {@code System.exit}. */
    private void installHook() {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            received.add(new Message(Wish.STOP, "shutdown"));
            try {
                closed.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }, "loomgate-stop"));
    }

    /** Wants something, as a signal would. */
    void send(Wish wish, String by) {
        received.add(new Message(wish, by));
    }

    /** Waits for the next message. */
    Message await() throws InterruptedException {
        return received.take();
    }

    /** Says that the server has stopped, so that the process may end. */
    @Override
    public void close() {
        closed.countDown();
    }
}

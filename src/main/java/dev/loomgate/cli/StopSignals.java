package dev.loomgate.cli;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Waits for SIGTERM or SIGINT. The signals are handled, not left to a shutdown hook: hooks all run at once, so a database that
 * closes in its own would be gone before the last requests have ended.
 *
 * <p>Use it in the thread that stops the server, and {@link #close} it after that.
 */
final class StopSignals implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(StopSignals.class);
    /** What the JVM itself exits with, and every shell: 128 and the signal's number. */
    private static final int SIGNALLED = 128;

    private final BlockingQueue<String> received = new LinkedBlockingQueue<>();
    private final AtomicInteger count = new AtomicInteger();
    private final CountDownLatch closed = new CountDownLatch(1);

    private StopSignals() {
    }

    /** Begins to catch the signals. A second one ends the process at once, with status 130 or 143. */
    static StopSignals install() {
        var signals = new StopSignals();
        try {
            signals.handle("TERM", 15);
            signals.handle("INT", 2);
        } catch (ReflectiveOperationException | IllegalArgumentException e) {
            // the module jdk.unsupported is not there, or the JVM runs with -Xrs
            LOGGER.atDebug().setCause(e).log("signals can't be handled, the shutdown hook takes their place");
        }
        signals.installHook();
        return signals;
    }

    /** By reflection, since the compiler warns at each use of these classes; there are no others for it. */
    private void handle(String name, int number) throws ReflectiveOperationException {
        Class<?> signalType = Class.forName("sun.misc.Signal");
        Class<?> handlerType = Class.forName("sun.misc.SignalHandler");
        InvocationHandler invoke = (proxy, method, arguments) -> switch (method.getName()) {
            case "handle" -> {
                onSignal("SIG" + name, number);
                yield null;
            }
            case "equals" -> proxy == arguments[0];
            case "hashCode" -> System.identityHashCode(proxy);
            default -> "stop on SIG" + name;
        };
        Object handler = Proxy.newProxyInstance(StopSignals.class.getClassLoader(), new Class<?>[]{handlerType}, invoke);
        signalType.getMethod("handle", signalType, handlerType)
                .invoke(null, signalType.getConstructor(String.class).newInstance(name), handler);
    }

    private void onSignal(String name, int number) {
        if (count.incrementAndGet() > 1) {
            Runtime.getRuntime().halt(SIGNALLED + number);
        }
        received.add(name);
    }

    /** For whatever else ends the JVM, such as a handler that calls {@code System.exit}. */
    private void installHook() {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            received.add("shutdown");
            try {
                closed.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }, "loomgate-stop"));
    }

    /** Waits for the first signal and returns its name. */
    String await() throws InterruptedException {
        return received.take();
    }

    /** Says that the server has stopped, so that the process may end. */
    @Override
    public void close() {
        closed.countDown();
    }
}

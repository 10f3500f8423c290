package dev.loomgate.observe;

import java.lang.management.ManagementFactory;
import java.util.List;

import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;

/**
 * The virtual threads that hold a carrier, at a moment. Java has no other interface for that than its flight recorder, but the JVM
 * names them in its dump of the platform threads. That stops all threads for 1 to 5 ms, however many virtual threads are parked, and
 * needs no file and no descriptor. For one thread.
 */
final class CarrierDump {
    private final MBeanServer server = ManagementFactory.getPlatformMBeanServer();
    private final ObjectName commands;

    /** @throws IllegalStateException if this JVM has no such dump */
    CarrierDump() {
        try {
            commands = new ObjectName("com.sun.management:type=DiagnosticCommand");
            if (!server.isRegistered(commands)) {
                throw new IllegalStateException("this JVM has no diagnostic commands");
            }
        } catch (JMException e) {
            throw new IllegalStateException(e);
        }
    }

    List<MountedThread> take() {
        try {
            return MountedThread.of((String) server.invoke(commands, "threadPrint", new Object[] {new String[0]},
                    new String[] {String[].class.getName()}));
        } catch (JMException e) {
            throw new IllegalStateException("this JVM does not tell what its threads do", e);
        }
    }
}

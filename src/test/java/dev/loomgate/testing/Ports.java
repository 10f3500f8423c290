package dev.loomgate.testing;

import java.io.IOException;
import java.net.BindException;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/** Ports for programs that must be told which to take, and those at which nobody is to listen. */
public final class Ports {
    /**
     * Below those that Linux hands out by itself (32768 and above, unless net.ipv4.ip_local_port_range says otherwise): a client
     * of another test, of which there are thousands at times, can't get it before the program does.
     */
    private static final int FIRST = 20_000;
    private static final int END = 32_000;

    private Ports() {
    }

    /** A port that is free on every address of this machine. */
    public static int free() throws IOException {
        while (true) {
            int port = ThreadLocalRandom.current().nextInt(FIRST, END);
            try (var probe = new ServerSocket(port)) {
                return probe.getLocalPort();
            } catch (BindException e) {
                // somebody has it
                continue;
            }
        }
    }
}

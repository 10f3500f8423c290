package dev.loomgate.transport;

import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import java.time.Duration;

import jdk.net.ExtendedSocketOptions;

/**
 * Probes by which the operating system finds out that a silent client is not there any more (RFC 9293 section 3.8.4), also while
 * its request is worked on.
 *
 * @param idle     silence before the first probe, in whole seconds, 1 or more
 * @param interval time between two probes, in whole seconds, 1 or more
 * @param count    probes without an answer before the connection is given up, 1 to 127
 */
public record KeepAliveProbes(Duration idle, Duration interval, int count) {
    private static final int MOST = 127;

    public KeepAliveProbes {
        if (idle.toSeconds() < 1 || interval.toSeconds() < 1 || count < 1 || count > MOST) {
            throw new IllegalArgumentException("probes after " + idle + ", every " + interval + ", " + count
                    + " times: times from 1 second and 1 to " + MOST + " probes are allowed");
        }
    }

    void apply(SocketChannel channel) throws IOException {
        channel.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
        channel.setOption(ExtendedSocketOptions.TCP_KEEPIDLE, (int) idle.toSeconds());
        channel.setOption(ExtendedSocketOptions.TCP_KEEPINTERVAL, (int) interval.toSeconds());
        channel.setOption(ExtendedSocketOptions.TCP_KEEPCOUNT, count);
    }
}

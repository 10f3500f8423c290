package dev.loomgate.guard;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.util.concurrent.atomic.AtomicBoolean;

import org.junit.jupiter.api.Test;

/** How many connections each address may have when there is no room for more. */
class FairShareTest {
    private static final int LOOKS = 200_000;

    private final Guard guard = Guard.open(GuardSettings.builder().build());

    private Ticket admit(InetAddress client) {
        return (Ticket) guard.admit(client);
    }

    @Test
    void isNothingForWhoHasAllThereAreWhileSomeOfThemCloseAndOthersOpen() throws Exception {
        InetAddress client = InetAddress.getByName("192.0.2.1");
        var done = new AtomicBoolean();
        try (guard; Ticket kept = admit(client)) {
            Thread others = Thread.ofPlatform().start(() -> {
                while (!done.get()) {
                    admit(client).close();
                }
            });
            try {
                for (int i = 0; i < LOOKS; i++) {
                    assertThat(guard.fairShareFor(client)).as("look %d", i).isZero();
                }
            } finally {
                done.set(true);
                others.join();
            }
            assertThat(kept.connectionsOfAddress()).isEqualTo(1);
        }
    }

    @Test
    void isLessThanWhatSomebodyHasOrNothing() throws Exception {
        InetAddress first = InetAddress.getByName("192.0.2.1");
        InetAddress second = InetAddress.getByName("192.0.2.2");
        try (guard; Ticket one = admit(first); Ticket other = admit(second)) {
            assertThat(guard.fairShareFor(InetAddress.getByName("192.0.2.3"))).as("each has one").isZero();
            assertThat(guard.fairShareFor(null)).isZero();
            try (Ticket another = admit(first)) {
                assertThat(guard.fairShareFor(InetAddress.getByName("192.0.2.3"))).isEqualTo(1).isLessThan(another.connectionsOfAddress());
                assertThat(guard.fairShareFor(second)).as("three between two are one each").isZero();
            }
            assertThat(one.connectionsOfAddress() + other.connectionsOfAddress()).isEqualTo(2);
        }
    }
}

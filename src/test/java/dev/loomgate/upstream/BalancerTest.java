package dev.loomgate.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Which server of a group gets a request. */
class BalancerTest {
    private static final Duration LONG = Duration.ofMinutes(1);

    private final List<Backend> made = new ArrayList<>();

    @AfterEach
    void close() {
        made.forEach(backend -> backend.pool().close());
    }

    private static GroupSettings.Server server(String name, int weight, boolean backup, int most) {
        return new GroupSettings.Server(new Endpoint.Unix(Path.of("/nowhere/" + name)), weight, backup, most);
    }

    private Balancer balancer(Balance balance, Duration slowStart, GroupSettings.Server... servers) {
        var settings = new GroupSettings("app", List.of(servers), balance, 0, LONG, LONG, LONG, LONG, 0, slowStart, 1,
                Duration.ofMillis(1), Optional.empty());
        for (GroupSettings.Server server : servers) {
            made.add(new Backend(server, settings, Duration.ZERO));
        }
        return new Balancer(balance, made.toArray(Backend[]::new));
    }

    private Backend enter(Balancer balancer, String client) {
        return balancer.enter(client, Set.of());
    }

    private Map<Backend, Integer> ask(Balancer balancer, int requests) {
        var counts = new HashMap<Backend, Integer>();
        for (int i = 0; i < requests; i++) {
            Backend chosen = enter(balancer, "c");
            counts.merge(chosen, 1, Integer::sum);
            chosen.leave();
        }
        return counts;
    }

    @Test
    void givesEachItsTurnAsOftenAsItsWeightSays() {
        Balancer balancer = balancer(Balance.ROUND_ROBIN, Duration.ZERO, server("a", 1, false, 10), server("b", 2, false, 10),
                server("c", 5, false, 10), server("spare", 9, true, 10));
        Map<Backend, Integer> counts = ask(balancer, 800);
        assertThat(counts.get(made.get(0))).isBetween(95, 105);
        assertThat(counts.get(made.get(1))).isBetween(195, 205);
        assertThat(counts.get(made.get(2))).isBetween(495, 505);
        assertThat(counts).doesNotContainKey(made.get(3));
    }

    @Test
    void prefersTheOneWithTheFewestRequestsForItsWeight() {
        Balancer balancer = balancer(Balance.LEAST_CONNECTIONS, Duration.ZERO, server("a", 1, false, 10), server("b", 3, false, 10));
        for (int i = 0; i < 8; i++) {
            enter(balancer, "c");
        }
        assertThat(made.get(0).status().active()).isEqualTo(2);
        assertThat(made.get(1).status().active()).isEqualTo(6);
        made.get(1).leave();
        made.get(1).leave();
        assertThat(enter(balancer, "c")).isSameAs(made.get(1));
    }

    @Test
    void takesTheEmptierOfTwoAtRandom() {
        Balancer balancer = balancer(Balance.RANDOM, Duration.ZERO, server("a", 1, false, 100), server("b", 1, false, 100));
        for (int i = 0; i < 100; i++) {
            enter(balancer, "c");
        }
        // of two, the two are all there are
        assertThat(made.get(0).status().active()).isEqualTo(50);
    }

    @Test
    void keepsClientsWhereTheyAreWhenAnotherServerGoes() {
        Balancer balancer = balancer(Balance.CLIENT_ADDRESS, Duration.ZERO, server("a", 1, false, 1_000), server("b", 1, false, 1_000),
                server("c", 1, false, 1_000));
        var before = new HashMap<String, Backend>();
        for (int i = 0; i < 300; i++) {
            before.put("10.0.0." + i, enter(balancer, "10.0.0." + i));
        }
        assertThat(made).allSatisfy(backend -> assertThat(backend.status().active()).isBetween(60, 140));
        before.forEach((client, backend) -> {
            assertThat(enter(balancer, client)).isSameAs(backend);
            Backend now = balancer.enter(client, Set.of(made.get(0)));
            if (backend == made.get(0)) {
                assertThat(now).isNotSameAs(backend);
            } else {
                assertThat(now).isSameAs(backend);
            }
        });
    }

    @Test
    void asksSparesOnlyIfNoOtherIsWellAndThoseThatFailRatherThanNobody() {
        Balancer balancer = balancer(Balance.ROUND_ROBIN, Duration.ZERO, server("a", 1, false, 1), server("spare", 1, true, 10));
        assertThat(enter(balancer, "c")).isSameAs(made.get(0));
        // it is well, if busy: who comes now waits for it
        assertThat(enter(balancer, "c")).isNull();
        made.get(0).leave();
        made.get(0).noteHealth(false, "test");
        assertThat(enter(balancer, "c")).isSameAs(made.get(1));
        made.get(1).noteHealth(false, "test");
        assertThat(enter(balancer, "c")).isNull();
        made.get(0).noteHealth(true, "");
        assertThat(enter(balancer, "c")).isSameAs(made.get(0));
    }

    @Test
    void letsAServerThatComesBackBeginSlowly() {
        Balancer balancer = balancer(Balance.ROUND_ROBIN, Duration.ofHours(1), server("a", 1, false, 1_000),
                server("b", 1, false, 1_000));
        made.get(0).noteFailure("test");
        Awaitility.await().until(() -> made.get(0).isUsable());
        assertThat(made.get(0).status().state()).isEqualTo("slow start");
        Map<Backend, Integer> counts = ask(balancer, 1_100);
        assertThat(counts.get(made.get(0))).isBetween(90, 110);
        assertThat(counts.get(made.get(1))).isBetween(990, 1_010);
    }
}

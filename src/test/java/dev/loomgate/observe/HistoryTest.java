package dev.loomgate.observe;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;

import dev.loomgate.testing.ConcurrentClass;
import org.junit.jupiter.api.Test;

/** What is kept of the last 15 minutes, and told to who follows. */
@ConcurrentClass
class HistoryTest {
    private final History history = new History();

    @Test
    void tellsWhoComesLateWhatHeHasMissed() throws Exception {
        history.add(1_000, Map.of("a", 1.0));
        history.add(2_000, Map.of("a", 2.0, "b", 5.0));
        history.add(3_000, Map.of("a", 3.0));
        assertThat(history.after(0)).hasValue(new History.Sample(1, 1_000, Map.of("a", 1f, "b", Float.NaN)));
        assertThat(history.after(1)).hasValue(new History.Sample(2, 2_000, Map.of("a", 2f, "b", 5f)));
        assertThat(history.after(2)).hasValue(new History.Sample(3, 3_000, Map.of("a", 3f, "b", Float.NaN)));
        assertThat(history.latest()).isEqualTo(history.after(2));
    }

    @Test
    void goesOnWithTheOldestThatIsKept() throws Exception {
        for (int i = 1; i <= History.LENGTH + 10; i++) {
            history.add(i, Map.of("a", (double) i));
        }
        assertThat(history.after(3).orElseThrow().number()).isEqualTo(11);
        assertThat(history.after(3).orElseThrow().values()).isEqualTo(Map.of("a", 11f));
        List<?> times = (List<?>) history.document().get("times");
        assertThat(times).hasSize(History.LENGTH);
        assertThat(times.getFirst()).isEqualTo(11L);
    }

    @Test
    void waitsForTheNext() throws Exception {
        history.add(1_000, Map.of("a", 1.0));
        Thread later = Thread.ofVirtual().start(() -> history.add(2_000, Map.of("a", 2.0)));
        assertThat(history.after(1).orElseThrow().number()).isEqualTo(2);
        later.join();
    }
}

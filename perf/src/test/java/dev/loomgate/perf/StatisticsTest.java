package dev.loomgate.perf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;

import org.junit.jupiter.api.Test;

class StatisticsTest {
    @Test
    void medianIsTheMiddleOneOrTheMeanOfTheTwo() {
        assertThat(Statistics.median(3, 1, 2)).isEqualTo(2);
        assertThat(Statistics.median(4, 1, 2, 3)).isEqualTo(2.5);
        assertThat(Statistics.median()).isNaN();
        assertThat(Statistics.median(Double.NaN, 7)).isEqualTo(7);
    }

    @Test
    void spreadIsTheUsualDistanceAsAShare() {
        assertThat(Statistics.spread(100, 110, 90, 100, 500)).isCloseTo(0.1, within(1e-9));
        assertThat(Statistics.spread(5, 5, 5)).isZero();
    }

    @Test
    void ratioIsOfTheRoundsSoThatASlowRoundOfBothDoesNotCount() {
        // the second round was disturbed: both had a tenth
        assertThat(Statistics.ratio(List.of(200.0, 20.0, 210.0), List.of(100.0, 10.0, 105.0))).isEqualTo(2);
    }

    @Test
    void ratioTakesTheRoundsThatBothHave() {
        assertThat(Statistics.ratios(List.of(2.0, 4.0, 9.0), List.of(1.0, 2.0))).containsExactly(2, 2);
    }

    @Test
    void fewRoundsTellNothingCertain() {
        assertThat(Statistics.uncertainty(1, 1)).isInfinite();
        assertThat(Statistics.uncertainty(1, 1, 1)).isZero();
        double few = Statistics.uncertainty(0.9, 1.0, 1.1);
        double many = Statistics.uncertainty(0.9, 1.0, 1.1, 0.9, 1.0, 1.1, 0.9, 1.0, 1.1, 0.9, 1.0, 1.1);
        assertThat(many).isLessThan(few).isPositive();
    }

    @Test
    void warmWhenTwoWindowsAreNearTheBest() {
        assertThat(Statistics.isStable(List.of(100.0, 100.0))).isFalse();
        assertThat(Statistics.isStable(List.of(50.0, 98.0, 100.0))).isTrue();
        assertThat(Statistics.isStable(List.of(50.0, 80.0, 100.0))).isFalse();
        assertThat(Statistics.isStable(List.of(100.0, 60.0, 60.0))).isFalse();
    }

    @Test
    void gateFailsForWhatIsMoreThanNoise() {
        assertThat(Gate.isSlower(1.0, 0.99, 1.01, 1.0, 0.99)).isFalse();
        assertThat(Gate.isSlower(0.90, 0.91, 0.89, 0.90, 0.91)).isTrue();
        // as slow in the middle, but the pairs do not agree
        assertThat(Gate.isSlower(0.90, 1.30, 0.60, 1.20, 0.70)).isFalse();
        // too few to tell
        assertThat(Gate.isSlower(0.5, 0.5)).isFalse();
    }
}

package dev.loomgate.files;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.constraints.IntRange;

class ByteRangeTest {
    @Property
    void coversWhatAModelOfBitsCovers(@ForAll("specs") List<String> specs, @ForAll @IntRange(min = 1, max = 600) int length) {
        Optional<List<ByteRange>> parsed = ByteRange.parse("bytes=" + String.join(",", specs), length);
        var model = new BitSet();
        int overlaps = 0;
        var single = new ArrayList<BitSet>();
        for (String spec : specs) {
            BitSet bits = model(spec, length);
            if (!bits.isEmpty()) {
                overlaps += (int) single.stream().filter(bits::intersects).count();
                single.add(bits);
                model.or(bits);
            }
        }
        if (overlaps > ByteRange.MOST_OVERLAPS) {
            assertThat(parsed).isEmpty();
            return;
        }
        BitSet answered = new BitSet();
        List<ByteRange> ranges = parsed.orElseThrow();
        for (ByteRange range : ranges) {
            assertThat(range.first()).isBetween(0L, range.last());
            assertThat(range.last()).isLessThan(length);
            answered.set((int) range.first(), (int) range.last() + 1);
        }
        BitSet missing = (BitSet) model.clone();
        missing.andNot(answered);
        assertThat(missing.isEmpty()).as("every byte that was asked for is sent").isTrue();
        assertThat(ranges.stream().mapToLong(ByteRange::length).sum()).as("no byte is sent twice")
                .isEqualTo(answered.cardinality());
        assertThat(isGapFreeBeyond(answered, model)).as("what is sent beyond it are gaps that are not worth a part").isTrue();
    }

    private static boolean isGapFreeBeyond(BitSet answered, BitSet model) {
        BitSet beyond = (BitSet) answered.clone();
        beyond.andNot(model);
        for (int start = beyond.nextSetBit(0); start >= 0;) {
            int end = beyond.nextClearBit(start);
            if (end - start >= ByteRange.GAP) {
                return false;
            }
            start = beyond.nextSetBit(end);
        }
        return true;
    }

    private static BitSet model(String spec, int length) {
        var bits = new BitSet();
        String[] ends = spec.split("-", -1);
        for (int i = 0; i < length; i++) {
            boolean asked = ends[0].isEmpty() ? i >= length - Integer.parseInt(ends[1])
                    : i >= Integer.parseInt(ends[0]) && (ends[1].isEmpty() || i <= Integer.parseInt(ends[1]));
            bits.set(i, asked);
        }
        return bits;
    }

    @Provide
    Arbitrary<List<String>> specs() {
        Arbitrary<Integer> position = Arbitraries.integers().between(0, 700);
        Arbitrary<String> closed = Combinators.combine(position, position)
                .as((a, b) -> Math.min(a, b) + "-" + Math.max(a, b));
        Arbitrary<String> narrow = Combinators.combine(position, Arbitraries.integers().between(0, 5))
                .as((a, b) -> a + "-" + (a + b));
        return Arbitraries.frequencyOf(Tuple.of(1, closed), Tuple.of(6, narrow),
                Tuple.of(1, position.map(a -> a + "-")), Tuple.of(1, position.map(a -> "-" + a)))
                .list().ofMinSize(1).ofMaxSize(8);
    }

    @Property
    void neverFailsOnAnyText(@ForAll String text, @ForAll @IntRange(max = 1000) int length) {
        ByteRange.parse("bytes=" + text, length);
        ByteRange.parse(text, length);
    }

    @Example
    void keepsTheOrderOfTheRequestAndPutsAJoinedRangeWhereItsFirstPartStood() {
        assertThat(ByteRange.parse("bytes=5000-5009,0-9,9000-9009,5005-5020", 10_000)).contains(List.of(
                new ByteRange(5000, 5020), new ByteRange(0, 9), new ByteRange(9000, 9009)));
    }

    @Example
    void joinsRangesThatOnlyALaterOneConnects() {
        assertThat(ByteRange.parse("bytes=0-9,1000-1009,5-1005", 10_000)).contains(List.of(new ByteRange(0, 1009)));
    }

    @Example
    void allowsAsManyRangesAsItSays() {
        String most = IntStream.range(0, ByteRange.MOST).mapToObj(i -> i * 1000 + "-" + (i * 1000 + 1))
                .collect(Collectors.joining(","));
        assertThat(ByteRange.parse("bytes=" + most, 1 << 20).orElseThrow()).hasSize(ByteRange.MOST);
        assertThat(ByteRange.parse("bytes=" + most + ",999999-", 1 << 20)).isEmpty();
    }
}

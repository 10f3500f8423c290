package dev.loomgate.http2;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

import dev.loomgate.testing.Mutation;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;

/** Field sections that are not what they should be: the decoder takes them or says no, and never keeps more than it may. */
class HpackFuzz {
    private static final List<byte[]> GOOD = List.of(
            FrameClient.request("GET", "/", "cookie", "a=b", "user-agent", "something/1.0 (of the usual length; or so)"),
            FrameClient.request("POST", "/a?b", "content-length", "12", "x", "\u00ff\u0000\u0007"),
            new byte[] {0x40, 1, 'a', 1, 'b', (byte) 0xbe, (byte) 0xbe, 0x7e, 3, 'a', 'b', 'c', 0x3f, 0x21, (byte) 0x82});

    @Property(tries = 150_000, shrinking = ShrinkingMode.OFF, edgeCases = EdgeCasesMode.NONE)
    void decodesOrRefusesWithinItsBounds(@ForAll Random random) {
        var decoder = new HpackDecoder();
        try {
            // one connection has one table for all its sections
            for (int sections = 1 + random.nextInt(4); sections > 0; sections--) {
                byte[] section = random.nextInt(4) == 0 ? noise(random) : Mutation.of(GOOD.get(random.nextInt(GOOD.size())), random);
                List<HeaderField> fields = new ArrayList<>();
                decoder.decode(section, 0, section.length, fields::add);
                assertThat(fields.size()).isLessThanOrEqualTo(section.length);
                for (HeaderField field : fields) {
                    assertThat(field.name().chars().allMatch(c -> c < 256) && field.value().chars().allMatch(c -> c < 256)).isTrue();
                }
                assertThat(decoder.tableSize()).isBetween(0, HpackDecoder.TABLE_SIZE);
            }
        } catch (HpackException e) {
            assertThat(e).hasMessageNotContaining("\n");
        }
    }

    private static byte[] noise(Random random) {
        byte[] bytes = new byte[1 + random.nextInt(60)];
        random.nextBytes(bytes);
        return bytes;
    }
}

package dev.loomgate.guard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

import dev.loomgate.testing.LogCapture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AddressListTest {
    private static AddressList list(String... networks) {
        return AddressList.of(Stream.of(networks).map(Network::parse).toList());
    }

    private static InetAddress address(String text) throws UnknownHostException {
        return InetAddress.getByName(text);
    }

    @ParameterizedTest
    @CsvSource({
        "10.0.0.0/8, 10.0.0.0, true", "10.0.0.0/8, 10.255.255.255, true", "10.0.0.0/8, 11.0.0.0, false",
        "10.0.0.0/8, 9.255.255.255, false", "192.0.2.7, 192.0.2.7, true", "192.0.2.7, 192.0.2.8, false",
        "0.0.0.0/0, 203.0.113.9, true", "0.0.0.0/0, ::1, false", "::/0, ::1, true", "::/0, 10.1.1.1, true",
        "2001:db8::/32, 2001:db8:ffff:ffff:ffff:ffff:ffff:ffff, true", "2001:db8::/32, 2001:db9::, false",
        "fe80::/10, febf::1, true", "::1, ::1, true", "::ffff:10.0.0.0/104, 10.200.0.1, true",
        "2001:db8::/64, 2001:db8::1, true", "2001:db8::/65, 2001:db8::8000:0:0:0, false", "128.0.0.0/1, 200.0.0.1, true"})
    void knowsWhatIsInANetwork(String network, String address, boolean expected) throws Exception {
        assertThat(list(network).contains(address(address))).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "10", "10.0.0", "10.0.0.256", "010.0.0.1", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.1/8",
        "::/129", "2001:db8::1/32", "localhost", "fe80::1%eth0", "[::1]", ":::", "1:2", "10.0.0.0/08", "a.b.c.d", "face:b00k::"})
    void refusesWhatIsNoNetwork(String text) {
        assertThatThrownBy(() -> Network.parse(text)).isInstanceOf(IllegalArgumentException.class)
                .message().containsAnyOf("is allowed", "write the first address");
    }

    @Test
    void agreesWithComparingBitByBit() throws Exception {
        var random = new Random(7);
        var networks = new ArrayList<Network>();
        for (int i = 0; i < 300; i++) {
            int prefix = 12 + random.nextInt(20);
            // few first octets, so that networks overlap and addresses hit
            int address = (10 + random.nextInt(4)) << 24 | random.nextInt(1 << 24);
            int first = address & -1 << 32 - prefix;
            networks.add(Network.parse(dotted(first) + "/" + prefix));
        }
        AddressList list = AddressList.of(networks.subList(0, 40));
        int inside = 0;
        for (int i = 0; i < 20_000; i++) {
            InetAddress address = address(dotted((10 + random.nextInt(5)) << 24 | random.nextInt(1 << 24)));
            boolean expected = networks.subList(0, 40).stream().anyMatch(network -> holds(network, address));
            assertThat(list.contains(address)).as(address.toString()).isEqualTo(expected);
            inside += expected ? 1 : 0;
        }
        assertThat(inside).isBetween(1, 19_999);
    }

    private static String dotted(int address) {
        return (address >>> 24) + "." + (address >>> 16 & 255) + "." + (address >>> 8 & 255) + "." + (address & 255);
    }

    private static boolean holds(Network network, InetAddress address) {
        var first = new BigInteger(Long.toUnsignedString(network.low()));
        var asked = new BigInteger(1, address.getAddress()).add(BigInteger.valueOf(0xFFFF_0000_0000L));
        return first.shiftRight(128 - network.prefix()).equals(asked.shiftRight(128 - network.prefix()));
    }

    @Test
    void readsAFileAgainWhenItChangesAndKeepsTheOldListWhenItIsBroken(@TempDir Path directory) throws Exception {
        Path file = Files.writeString(directory.resolve("deny"), "# bad people\n10.0.0.0/8 # all of them\n\n2001:db8::/32\n");
        AddressFile addresses = AddressFile.open(file);
        assertThat(addresses.networks()).containsExactly(Network.parse("10.0.0.0/8"), Network.parse("2001:db8::/32"));
        assertThat(addresses.refresh()).isFalse();

        Files.writeString(file, "192.0.2.1\n");
        assertThat(addresses.refresh()).isTrue();
        assertThat(addresses.networks()).containsExactly(Network.parse("192.0.2.1"));

        try (LogCapture log = LogCapture.of("dev.loomgate.guard")) {
            Files.writeString(file, "192.0.2.1\n192.0.2.999\n");
            assertThat(addresses.refresh()).isFalse();
            Files.delete(file);
            assertThat(addresses.refresh()).isFalse();
            assertThat(addresses.refresh()).isFalse();
            assertThat(addresses.networks()).containsExactly(Network.parse("192.0.2.1"));
            assertThat(log.lines()).hasSize(2);
            assertThat(log.lines().get(0)).startsWith("ERROR").contains("deny:2: found '192.0.2.999'");
            assertThat(log.lines().get(1)).contains("no such file");
        }
        Files.writeString(file, "192.0.2.2\n");
        assertThat(addresses.refresh()).isTrue();
        assertThat(addresses.networks()).isEqualTo(List.of(Network.parse("192.0.2.2")));
    }
}

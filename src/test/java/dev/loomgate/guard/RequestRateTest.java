package dev.loomgate.guard;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

import org.junit.jupiter.api.Test;

class RequestRateTest {
    private static final long SECOND = 1_000_000_000L;

    private final AtomicLong clock = new AtomicLong();

    private RequestRate rate(int rate, int burst, RateSettings.Of of, int most, String... exempt) {
        var networks = AddressList.of(List.of(exempt).stream().map(Network::parse).toList());
        return new RequestRate(new RateSettings(rate, Duration.ofSeconds(1), burst, of, networks), most, clock::get);
    }

    private static InetAddress client(int number) throws Exception {
        return InetAddress.getByAddress(new byte[] {10, (byte) (number >> 16), (byte) (number >> 8), (byte) number});
    }

    @Test
    void countsEachClientForItself() throws Exception {
        RequestRate rate = rate(1, 2, RateSettings.Of.CLIENT, 100);
        assertThat(rate.take(client(1))).isZero();
        assertThat(rate.take(client(1))).isZero();
        assertThat(rate.take(client(1))).isEqualTo(SECOND);
        assertThat(rate.take(client(2))).isZero();
        clock.set(SECOND);
        assertThat(rate.take(client(1))).isZero();
    }

    @Test
    void countsAnIpv6BlockAsOneClient() {
        RequestRate rate = rate(1, 1, RateSettings.Of.CLIENT, 100);
        assertThat(rate.take(AddressLiteral.parse("2001:db8::1"))).isZero();
        assertThat(rate.take(AddressLiteral.parse("2001:db8::2:0:0:1"))).isPositive();
        assertThat(rate.take(AddressLiteral.parse("2001:db8:0:1::1"))).isZero();
    }

    @Test
    void countsAllTogetherIfToldSo() throws Exception {
        RequestRate rate = rate(1, 1, RateSettings.Of.ALL, 100);
        assertThat(rate.take(client(1))).isZero();
        assertThat(rate.take(client(2))).isPositive();
        assertThat(rate.bucketCount()).isZero();
    }

    @Test
    void leavesExemptClientsAlone() throws Exception {
        RequestRate rate = rate(1, 1, RateSettings.Of.CLIENT, 100, "10.0.0.0/24");
        for (int i = 0; i < 10; i++) {
            assertThat(rate.take(client(7))).isZero();
        }
        assertThat(rate.bucketCount()).isZero();
    }

    @Test
    void keepsNoMoreBucketsThanItMayWhenManyAddressesCome() throws Exception {
        RequestRate rate = rate(1, 1, RateSettings.Of.CLIENT, 1000);
        assertThat(rate.take(client(0))).isZero();
        int admitted = 0;
        for (int i = 1; i < 100_000; i++) {
            admitted += rate.take(client(i)) == 0 ? 1 : 0;
        }
        assertThat(rate.bucketCount()).isEqualTo(1000);
        // who was there before keeps a bucket of its own; newcomers share 1024
        assertThat(rate.take(client(0))).isPositive();
        assertThat(admitted).isBetween(999 + 900, 999 + 1024);
    }

    @Test
    void makesRoomForNewcomersWhenOthersHaveBeenQuiet() throws Exception {
        RequestRate rate = rate(1, 1, RateSettings.Of.CLIENT, 1000);
        for (int i = 0; i < 5000; i++) {
            rate.take(client(i));
        }
        clock.set(2 * SECOND);
        assertThat(rate.take(client(90_000))).isZero();
        assertThat(rate.bucketCount()).isEqualTo(1);
        assertThat(rate.take(client(90_000))).isPositive();
    }

    private RateSettings settings(int rate, int burst, RateSettings.Of of) {
        return new RateSettings(rate, Duration.ofSeconds(1), burst, of, AddressList.of(List.of()));
    }

    @Test
    void givesNoNewTokensInThePlaceOfAnother() throws Exception {
        for (RateSettings.Of of : RateSettings.Of.values()) {
            RequestRate rate = rate(1, 3, of, 100);
            assertThat(List.of(rate.take(client(1)), rate.take(client(1)), rate.take(client(1)))).containsOnly(0L);
            RequestRate same = RequestRate.succeed(rate, settings(1, 3, of));
            assertThat(same.take(client(1))).isEqualTo(SECOND);
            // three tokens are missing of five
            RequestRate more = RequestRate.succeed(same, settings(2, 5, of));
            assertThat(List.of(more.take(client(1)), more.take(client(1)))).containsOnly(0L);
            assertThat(more.take(client(1))).isEqualTo(SECOND / 2);
            // and all of one; no more than that
            RequestRate less = RequestRate.succeed(more, settings(4, 1, of));
            assertThat(less.take(client(1))).isEqualTo(SECOND / 4);
        }
    }

    @Test
    void goesOnWithTheOtherUntilThatIsGone() throws Exception {
        RequestRate rate = rate(1, 2, RateSettings.Of.CLIENT, 100);
        RequestRate next = RequestRate.succeed(rate, settings(1, 2, RateSettings.Of.CLIENT));
        assertThat(rate.take(client(1))).isZero();
        assertThat(next.take(client(1))).isZero();
        assertThat(rate.take(client(1))).isPositive();
        assertThat(next.take(client(1))).isPositive();
        // whose requests count together is another question altogether
        assertThat(RequestRate.succeed(next, settings(1, 2, RateSettings.Of.ALL)).take(client(1))).isZero();
    }
}

package dev.loomgate.perf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class SettingsTest {
    @Test
    void emptyValuesAreDefaults() {
        Settings settings = Settings.parse("profile=quick", "scenarios=", "servers=", "rounds=", "seconds=", "database=");
        assertThat(settings).isEqualTo(Settings.parse());
        assertThat(settings.full()).isFalse();
        assertThat(settings.rounds()).isEmpty();
    }

    @Test
    void namesAreSplitAtCommas() {
        assertThat(Settings.parse("scenarios=plaintext, cgi").scenarios()).containsExactly("plaintext", "cgi");
    }

    @Test
    void saysWhatIsWrong() {
        assertThatThrownBy(() -> Settings.parse("rounds=0")).hasMessage("-Drounds=0 is not a number from 1.0 to 100.0");
        assertThatThrownBy(() -> Settings.parse("seconds=x")).hasMessageContaining("-Dseconds=x");
        assertThatThrownBy(() -> Settings.parse("profile=all")).hasMessageContaining("quick nor full");
        assertThatThrownBy(() -> Plan.of(Settings.parse("scenarios=plaintex"))).hasMessageContaining("no scenario 'plaintex'")
                .hasMessageContaining("plaintext");
        assertThatThrownBy(() -> Plan.of(Settings.parse("servers=ngnix"))).hasMessageContaining("no server 'ngnix'");
    }

    @Test
    void quickProfileFitsInFiveMinutes() {
        Settings settings = Settings.parse();
        assertThat(Plan.of(settings).seconds(settings)).isLessThan(300);
    }
}

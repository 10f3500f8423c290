package dev.loomgate.gateway.process;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The conformance suite with scripts started by {@link SpawnLauncher}. */
class SpawnedCgiConformanceTest extends ProcessConformance {
    @Override
    Launcher launcher() {
        return Launchers.spawn();
    }

    @Tag("wire")
    @Test
    void headerValuesNeedNotBeUtf8() throws Exception {
        scripts.sh("byte.sh", "echo Content-Type: text/plain; echo; printf %s \"$HTTP_X_BYTES\"");

        assertThat(request("GET /cgi-bin/byte.sh", "X-Bytes: caf\u00e9\u00ff").body()).isEqualTo("caf\u00e9\u00ff");
    }
}

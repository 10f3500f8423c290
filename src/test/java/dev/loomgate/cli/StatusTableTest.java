package dev.loomgate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.StringReader;
import java.util.Collections;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import org.junit.jupiter.api.Test;

class StatusTableTest {
    private static String table(String json) {
        try (var reader = Json.createReader(new StringReader(json))) {
            JsonObject status = reader.readObject();
            return StatusTable.of(status);
        }
    }

    @Test
    void showsWhyANewVersionDoesNotServe() {
        String reason = "the application does not start: Servlet [Shop] in web application [/shop] threw load() exception: no database";
        assertThat(table("""
                {"deployments": [
                  {"name": "/srv/orders.jar", "version": 3, "since": "2026-01-02T03:04:05Z", "failure": null},
                  {"name": "/shop: /srv/shop.war", "version": 1, "since": "2026-01-02T03:04:06Z", "failure": "%s"}]}
                """.formatted(reason))).isEqualTo("""
                deployments
                  name                  version  since                 failure
                  /srv/orders.jar       3        2026-01-02T03:04:05Z
                  /shop: /srv/shop.war  1        2026-01-02T03:04:06Z  %s""".formatted(reason));
    }

    @Test
    void leavesOutWhatIsEmpty() {
        assertThat(table("{\"carriers\": {}, \"deployments\": [], \"server\": {\"pid\": 7, \"java\": null}}"))
                .isEqualTo("server\n  pid   7");
    }

    @Test
    void showsWhatMattersFirstAndErrorsLast() {
        String error = "{\"time\": \"2026-01-02T03:04:05.678901Z\", \"status\": 503, \"path\": \"/a\"}";
        assertThat(table("""
                {"errors": [%s], "revisions": {"served": 1},
                 "routes": [{"route": "/a", "requests": 3, "status": {"2xx": 1}, "p50": 0.00025, "p99": 1.25},
                            {"route": "/b", "requests": 1, "status": {"5xx": 1}, "p50": 0.0123, "p99": 12}],
                 "upstreams": {"shop": {"servers": [{"address": "127.0.0.1:1", "state": "ill", "active": 0}], "waiting": 2, "refused": 5}},
                 "latest": {"requests": 1.25, "cpu.process": 0.5, "memory.heap": 3.145728E+8},
                 "server": {"pid": 7, "uptime": 61.5}}
                """.formatted(String.join(", ", Collections.nCopies(12, error))))).isEqualTo("""
                server
                  pid     7
                  uptime  0:01:01
                latest
                  requests     1.3
                  cpu.process  50.0 %
                  memory.heap  300 MB
                routes
                  route  requests  2xx  p50      p99     5xx
                  /a     3         1    250 µs   1.3 s
                  /b     1              12.3 ms  12.0 s  1
                upstreams
                  group  address      state  active  waiting  refused
                  shop   127.0.0.1:1  ill    0       2        5
                revisions
                  served  1
                errors
                  time                  status  path
                """ + "  2026-01-02T03:04:05Z  503     /a\n".repeat(10) + "  and 2 more: --json has them");
    }
}

package dev.loomgate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.StringReader;

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
}

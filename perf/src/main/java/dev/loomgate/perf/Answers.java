package dev.loomgate.perf;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Arrays;

import dev.loomgate.perf.server.Server;
import dev.loomgate.perf.server.Site;
import dev.loomgate.perf.work.Work;

/** Whether servers answer what they should: a figure counts only if the answer is right. */
final class Answers {
    private Answers() {}

    static void check(Server server, Scenario scenario, Site site) throws IOException {
        byte[] answer = get("http://127.0.0.1:" + server.port() + server.type().prefix() + scenario.path());
        String path = scenario.path();
        boolean right;
        if (path.startsWith("/static/")) {
            right = Arrays.equals(answer, Files.readAllBytes(site.directory().resolve(path.substring(1))));
        } else if (path.contains("/pet.")) {
            right = new String(answer, StandardCharsets.UTF_8).contains("</html>");
        } else if (path.contains("/hello.") || path.equals("/db") || path.equals("/backend")) {
            right = Arrays.equals(answer, new Work().answer("/plaintext").body());
        } else {
            right = Arrays.equals(answer, new Work().answer(path).body());
        }
        if (!right) {
            throw new IOException("the answer to " + path + " is wrong: '"
                    + new String(answer, 0, Math.min(200, answer.length), StandardCharsets.UTF_8) + "'");
        }
    }

    private static byte[] get(String uri) throws IOException {
        var connection = (HttpURLConnection) URI.create(uri).toURL().openConnection();
        connection.setReadTimeout(20_000);
        if (connection.getResponseCode() != 200) {
            throw new IOException("status " + connection.getResponseCode() + " for " + uri);
        }
        try (var in = connection.getInputStream()) {
            return in.readAllBytes();
        }
    }
}

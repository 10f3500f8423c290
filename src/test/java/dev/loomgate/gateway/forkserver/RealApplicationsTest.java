package dev.loomgate.gateway.forkserver;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

import io.helidon.webserver.http.HttpRouting;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import dev.loomgate.gateway.ScriptResolver;
import dev.loomgate.gateway.process.ProcessSettings;
import dev.loomgate.testing.Programs;
import dev.loomgate.testing.TestServer;

/** Applications of Debian, as they are installed, by a fork server. */
class RealApplicationsTest extends ForkServerTesting {
    private int requests = 1;

    @Override
    int requestsPerProcess() {
        return requests;
    }

    private void serve(Path script, Map<String, String> environment) {
        gateway = new ForkServerGateway(ScriptResolver.ofScript("", script, List.of()),
                ProcessSettings.builder().environment(environment).build(),
                ForkServerSettings.defaults().withMode(ForkServerSettings.Mode.FORK_SERVER)
                        .withRequestsPerProcess(requestsPerProcess()));
        server = TestServer.start(HttpRouting.builder().any(gateway));
    }

    private static void run(Path directory, String... words) throws IOException, InterruptedException {
        var builder = new ProcessBuilder(words).directory(directory.toFile()).redirectErrorStream(true);
        builder.environment().putAll(Map.of("HOME", directory.toString(), "GIT_CONFIG_NOSYSTEM", "1", "GIT_AUTHOR_NAME", "Ann",
                "GIT_AUTHOR_EMAIL", "a@example.org", "GIT_COMMITTER_NAME", "Ann", "GIT_COMMITTER_EMAIL", "a@example.org"));
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(Arrays.toString(words) + ": " + output).isZero();
    }

    @Test
    void gitwebShowsARepository() throws Exception {
        Path gitweb = Programs.require("/usr/share/gitweb/gitweb.cgi", "gitweb");
        Path repository = Files.createDirectories(top.resolve("repositories/pets.git"));
        run(repository, "git", "init", "--quiet", "-b", "main", ".");
        Files.writeString(repository.resolve("pet.txt"), "a cat\n");
        run(repository, "git", "add", "pet.txt");
        run(repository, "git", "commit", "--quiet", "-m", "Add the first pet");
        Path configuration = Files.writeString(top.resolve("gitweb.conf"),
                "our $projectroot = '" + top.resolve("repositories") + "'; our $feature; $feature{'snapshot'}{'default'} = ['tgz'];");
        serve(gitweb, Map.of("GITWEB_CONFIG", configuration.toString(), "HOME", top.toString()));

        for (int i = 0; i < 2; i++) {
            assertThat(body("/")).contains("pets.git", "</html>");
            assertThat(body("/?p=pets.git/.git;a=summary")).contains("Add the first pet", "Ann", "</html>");
            assertThat(body("/?p=pets.git/.git;a=blob_plain;f=pet.txt")).isEqualTo("a cat\n");
        }
        assertThat(get("/?p=absent.git;a=summary").status()).isEqualTo(404);
        assertThat(gateway.load().processes()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 100})
    void awstatsShowsItsStatistics(int requestsPerProcess) throws Exception {
        requests = requestsPerProcess;
        Path awstats = Programs.require("/usr/lib/cgi-bin/awstats.pl", "awstats");
        Path accesses = top.resolve("access.log");
        Files.writeString(accesses, "192.0.2.1 - - [10/Oct/2025:13:55:36 +0000] \"GET /pets/mimi.html HTTP/1.1\" 200 2326 \"-\" "
                + "\"Mozilla/5.0 (X11; Linux x86_64; rv:115.0) Gecko/20100101 Firefox/115.0\"\n");
        Files.writeString(top.resolve("awstats.pets.conf"), """
                LogFile="%s"
                LogFormat=1
                SiteDomain="pets.example.org"
                DirData="%s"
                DNSLookup=0
                """.formatted(accesses, top));
        run(top, "perl", awstats.toString(), "-config=pets", "-configdir=" + top, "-update");
        serve(awstats, Map.of("AWSTATS_ENABLE_CONFIG_DIR", top.toString()));

        for (int i = 0; i < 2; i++) {
            assertThat(body("/awstats.pl?config=pets&configdir=" + top + "&year=2025&month=10&framename=mainright"))
                    .contains("/pets/mimi.html", "192.0.2.1", "</html>");
        }
        assertThat(gateway.load().processes()).isEqualTo(1);
    }
}

package dev.loomgate.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;

import org.junit.jupiter.api.Test;

/** The promise of the README: how many lines the port of the Java CGI program changed. */
class PortDiffTest {
    private static final int MOST_CHANGED = 20;
    private static final Path SOURCES = Path.of("legacy-handlers/java/src/pets");

    /** A line of one file that has no counterpart in the other. */
    private record Change(char sign, String line) {
    }

    @Test
    void portsTheCgiProgramInTwentyLines() throws IOException {
        List<Change> changes = diff(Files.readAllLines(SOURCES.resolve("PetCgi.java")),
                Files.readAllLines(SOURCES.resolve("PetHandler.java")));
        assertThat(changes.stream().filter(change -> change.sign() == '-').count()).isBetween(1L, (long) MOST_CHANGED);
        assertThat(changes.stream().filter(change -> change.sign() == '+').count()).isBetween(1L, (long) MOST_CHANGED);
    }

    /** The jar that the server runs holds what the exec'd program is compiled of, and no word of the server's. */
    @Test
    void runsTheCgiProgramWithoutAnyChange() throws IOException {
        try (var jar = new JarFile("legacy-handlers/java/pet-cgi.jar")) {
            List<JarEntry> classes = jar.stream().filter(entry -> entry.getName().endsWith(".class")).toList();
            assertThat(classes).extracting(JarEntry::getName).contains("pets/PetCgi.class");
            for (JarEntry entry : classes) {
                assertThat(new String(jar.getInputStream(entry).readAllBytes(), StandardCharsets.ISO_8859_1))
                        .doesNotContain("loomgate/");
            }
        }
        assertThat(Files.readString(Path.of("legacy-handlers/pom.xml"))).contains("<sourceDirectory>java/src</sourceDirectory>",
                "<include>pets/PetCgi.java</include>");
        assertThat(Files.readString(Path.of("legacy-handlers/cgi-bin/pet-java.cgi"))).contains("pets.PetCgi");
    }

    @Test
    void showsTheRealDiffInTheReadme() throws IOException {
        List<String> readme = Files.readAllLines(Path.of("legacy-handlers/README.md"));
        int start = readme.indexOf("```diff");
        assertThat(start).as("block ```diff in legacy-handlers/README.md").isNotNegative();
        List<String> shown = readme.subList(start + 1, start + readme.subList(start, readme.size()).indexOf("```"));
        List<String> real = diff(Files.readAllLines(SOURCES.resolve("PetCgi.java")),
                Files.readAllLines(SOURCES.resolve("PetHandler.java"))).stream()
                .map(change -> (change.sign() + change.line()).stripTrailing()).toList();
        assertThat(shown.stream().filter(line -> line.startsWith("+") || line.startsWith("-")).map(String::stripTrailing))
                .containsExactlyInAnyOrderElementsOf(real);
    }

    /** Shortest edit by the longest common subsequence, as diff(1) finds it. */
    private static List<Change> diff(List<String> before, List<String> after) {
        int[][] common = new int[before.size() + 1][after.size() + 1];
        for (int i = before.size() - 1; i >= 0; i--) {
            for (int j = after.size() - 1; j >= 0; j--) {
                common[i][j] = before.get(i).equals(after.get(j)) ? common[i + 1][j + 1] + 1
                        : Math.max(common[i + 1][j], common[i][j + 1]);
            }
        }
        var changes = new ArrayList<Change>();
        int i = 0;
        int j = 0;
        while (i < before.size() || j < after.size()) {
            if (i < before.size() && j < after.size() && before.get(i).equals(after.get(j))) {
                i++;
                j++;
            } else if (i < before.size() && (j == after.size() || common[i + 1][j] >= common[i][j + 1])) {
                changes.add(new Change('-', before.get(i++)));
            } else {
                changes.add(new Change('+', after.get(j++)));
            }
        }
        return changes;
    }
}

package dev.loomgate.perf;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;

import dev.loomgate.perf.server.Programs;

/** Loomgate as it is built, which is what is measured. */
final class Distribution {
    private Distribution() {}

    /** Where it is; builds it if it is not there, or says what to run. */
    static Path of(Path perf) throws IOException, InterruptedException {
        Path root = perf.resolve("..").normalize();
        Path distribution = root.resolve("target/loomgate");
        Path jar = distribution.resolve("lib/loomgate.jar");
        if (!Files.exists(jar)) {
            Path maven = Path.of(System.getProperty("perf.maven", "/usr/share/maven"), "bin", "mvn");
            System.out.println("target/loomgate is not built: " + maven + " -f pom.xml package -DskipTests");
            Process build = new ProcessBuilder(maven.toString(), "-B", "-q", "-f", root.resolve("pom.xml").toString(), "package",
                    "-DskipTests").inheritIO().start();
            if (build.waitFor() != 0 || !Files.exists(jar)) {
                throw new IOException("Loomgate could not be built; run 'mvn package -DskipTests' in " + root);
            }
        }
        return distribution;
    }

    /** The commit that was measured, as far as that can be known. */
    static String commit(Path perf) {
        Path root = perf.resolve("..").normalize();
        String commit = Programs.firstLine("git", "-C", root.toString(), "log", "-1", "--format=%h %cs");
        return commit + (isOld(root) ? "; target/loomgate is OLDER than the sources: run 'mvn package -DskipTests'" : "");
    }

    private static boolean isOld(Path root) {
        try (var files = Files.walk(root.resolve("src/main"))) {
            FileTime built = Files.getLastModifiedTime(root.resolve("target/loomgate/lib/loomgate.jar"));
            return files.filter(Files::isRegularFile).anyMatch(file -> file.toFile().lastModified() > built.toMillis());
        } catch (IOException e) {
            return false;
        }
    }
}

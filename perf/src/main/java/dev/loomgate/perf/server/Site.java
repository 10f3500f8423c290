package dev.loomgate.perf.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Random;

/** What is served, in a directory made for the run: files, CGI programs, PHP. Readable for everyone: some servers give up root. */
public final class Site {
    private final Path directory;
    private final Path perf;

    /** {@code perf}: the directory of this project. */
    public Site(Path work, Path perf) throws IOException, InterruptedException {
        this.directory = work.resolve("site");
        this.perf = perf;
        Path files = Files.createDirectories(directory.resolve("static"));
        var random = new Random(1); // the same bytes each time
        for (var file : List.of("1k.txt:1024", "100k.bin:102400", "1m.bin:1048576", "10m.bin:10485760")) {
            String[] words = file.split(":");
            byte[] content = new byte[Integer.parseInt(words[1])];
            random.nextBytes(content);
            Files.write(files.resolve(words[0]), content);
        }
        programs();
    }

    private void programs() throws IOException, InterruptedException {
        Path cgi = Files.createDirectories(directory.resolve("cgi"));
        Path programs = perf.resolve("programs");
        Path demo = perf.resolve("../legacy-handlers");
        for (Path script : List.of(programs.resolve("hello.pl"), programs.resolve("hello.py"), programs.resolve("work.py"),
                demo.resolve("cgi-bin/pet.pl"), demo.resolve("cgi-bin/pet.py"))) {
            Files.copy(script, cgi.resolve(script.getFileName()), StandardCopyOption.REPLACE_EXISTING);
        }
        if (Programs.find("gcc") != null) {
            new ProcessBuilder("gcc", "-O2", "-o", cgi.resolve("hello.cgi").toString(), programs.resolve("hello.c").toString())
                    .inheritIO().start().waitFor();
        }
        try (var made = Files.list(cgi)) {
            for (Path program : made.toList()) {
                Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
            }
        }
        // the demo's data, as it is before anyone has changed it
        Path data = Files.createDirectories(directory.resolve("data"));
        try (var files = Files.list(demo.resolve("data"))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                String name = file.getFileName().toString();
                if (!name.equals("pets.tsv") && !name.equals("pets.lock")) {
                    Files.copy(file, data.resolve(name), StandardCopyOption.REPLACE_EXISTING);
                }
            }
        }
        Path php = Files.createDirectories(directory.resolve("php"));
        Files.copy(programs.resolve("hello.php"), php.resolve("hello.php"), StandardCopyOption.REPLACE_EXISTING);
    }

    public Path directory() {
        return directory;
    }

    Path cgi() {
        return directory.resolve("cgi");
    }
}

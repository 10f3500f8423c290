package dev.loomgate.gateway.servlet;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * The state of the files that an application is made of: names, sizes and times. Two that are equal mean the same files.
 *
 * @param present whether all parts are there
 * @param hash    of all that is known of the files
 * @param files   how many they are
 */
record ApplicationStamp(boolean present, long hash, long files) {
    /** Of a WAR's directory only these matter: its other files are served as they are. */
    private static final List<String> CODE = List.of("WEB-INF/web.xml", "WEB-INF/classes", "WEB-INF/lib",
            "META-INF/context.xml");

    private static final ApplicationStamp ABSENT = new ApplicationStamp(false, 0, 0);

    /**
     * Looks at the files.
     *
     * @param whole whether all files of a WAR's directory matter
     */
    static ApplicationStamp of(ServletApplication application, boolean whole) {
        long hash = 0;
        long count = 0;
        try {
            for (Path part : application.parts()) {
                if (!Files.exists(part)) {
                    return ABSENT;
                }
                boolean codeOnly = !whole && application instanceof ServletApplication.War && Files.isDirectory(part);
                List<Path> roots = codeOnly ? CODE.stream().map(part::resolve).filter(Files::exists).toList() : List.of(part);
                for (Path root : roots) {
                    try (Stream<Path> files = Files.walk(root, FileVisitOption.FOLLOW_LINKS)) {
                        for (Path file : (Iterable<Path>) files::iterator) {
                            hash += hash(file);
                            count++;
                        }
                    }
                }
            }
        } catch (IOException | UncheckedIOException e) {
            // files come and go while they are looked at; the next look tells more
            return ABSENT;
        }
        return new ApplicationStamp(true, hash, count);
    }

    private static long hash(Path file) throws IOException {
        BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
        long time = attributes.isDirectory() ? 0 : attributes.lastModifiedTime().to(java.util.concurrent.TimeUnit.NANOSECONDS);
        long size = attributes.isDirectory() ? 0 : attributes.size();
        long key = attributes.isDirectory() ? 0 : Objects.hashCode(attributes.fileKey());
        // of large odd numbers, so that what differs in one place differs in the sum
        return file.hashCode() * 0x9E3779B97F4A7C15L + (time * 31 + size) * 0xC2B2AE3D27D4EB4FL + key * 0x165667B19E3779F9L;
    }
}

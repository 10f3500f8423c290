package dev.loomgate.gateway.servlet;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipInputStream;

/**
 * Which of the two servlet APIs an application is written for: {@code javax.servlet} (until Java EE 8) or
 * {@code jakarta.servlet}. Its own classes and pages tell first, then its {@code web.xml}, then its libraries, which may know
 * both.
 */
final class JavaxUse {
    private static final byte[] JAVAX = "javax/servlet/".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] JAKARTA = "jakarta/servlet/".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] JAVAX_IN_PAGE = "javax.servlet.".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] JAKARTA_IN_PAGE = "jakarta.servlet.".getBytes(StandardCharsets.US_ASCII);

    private boolean javax;
    private boolean jakarta;

    private JavaxUse() {
    }

    /** Whether the application needs to be migrated. */
    static boolean of(ServletApplication application) throws IOException {
        try {
            return switch (application) {
                case ServletApplication.War(Path war) when Files.isDirectory(war) -> ofDirectory(war);
                case ServletApplication.War(Path war) -> ofArchive(war);
                case ServletApplication.Classes classes -> ofClasses(classes.parts(), classes.servlet());
            };
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private static boolean ofDirectory(Path war) throws IOException {
        var own = new JavaxUse();
        own.lookAtTree(war, path -> isOwn(war.relativize(path).toString()));
        Path descriptor = war.resolve("WEB-INF/web.xml");
        String xml = Files.exists(descriptor) ? Files.readString(descriptor, StandardCharsets.ISO_8859_1) : "";
        if (own.decided()) {
            return own.javax;
        }
        var libraries = new JavaxUse();
        Path lib = war.resolve("WEB-INF/lib");
        if (Files.isDirectory(lib)) {
            try (var jars = Files.newDirectoryStream(lib, "*.jar")) {
                for (Path jar : jars) {
                    libraries.lookAtJar(jar);
                }
            }
        }
        return libraries.byDescriptor(xml);
    }

    private static boolean ofArchive(Path war) throws IOException {
        var own = new JavaxUse();
        var libraries = new JavaxUse();
        String xml = "";
        try (var archive = new ZipFile(war.toFile())) {
            List<? extends ZipEntry> entries = archive.stream().toList();
            for (ZipEntry entry : entries) {
                if (isOwn(entry.getName())) {
                    own.lookAt(entry.getName(), archive.getInputStream(entry));
                }
            }
            ZipEntry descriptor = archive.getEntry("WEB-INF/web.xml");
            if (descriptor != null) {
                xml = new String(archive.getInputStream(descriptor).readAllBytes(), StandardCharsets.ISO_8859_1);
            }
            if (own.decided()) {
                return own.javax;
            }
            for (ZipEntry entry : entries) {
                if (entry.getName().startsWith("WEB-INF/lib/") && entry.getName().endsWith(".jar")) {
                    libraries.lookAtStream(archive.getInputStream(entry));
                }
            }
        }
        return libraries.byDescriptor(xml);
    }

    private static boolean ofClasses(List<Path> classPath, Optional<String> servlet) throws IOException {
        var own = new JavaxUse();
        servlet.flatMap(name -> ServletApplication.classFile(classPath, name)).ifPresent(own::lookAtClass);
        for (Path entry : classPath) {
            if (!own.decided() && Files.isDirectory(entry)) {
                own.lookAtTree(entry, path -> true);
            }
        }
        if (own.decided()) {
            return own.javax;
        }
        for (Path entry : classPath) {
            if (Files.isRegularFile(entry)) {
                own.lookAtJar(entry);
            }
        }
        return own.javax && !own.jakarta;
    }

    private boolean decided() {
        return javax != jakarta;
    }

    private boolean byDescriptor(String xml) {
        if (xml.contains("jakarta.ee/xml/ns/jakartaee")) {
            return false;
        }
        boolean old = xml.contains("java.sun.com/") || xml.contains("xmlns.jcp.org/");
        return javax && (old || !jakarta);
    }

    private static boolean isOwn(String name) {
        String path = name.replace('\\', '/');
        return path.startsWith("WEB-INF/classes/") && path.endsWith(".class") || isPage(path);
    }

    private static boolean isPage(String path) {
        return path.endsWith(".jsp") || path.endsWith(".jspx") || path.endsWith(".jspf") || path.endsWith(".tag");
    }

    private void lookAtTree(Path root, Predicate<Path> wanted) throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : files.filter(Files::isRegularFile).filter(wanted).toList()) {
                lookAt(file.toString(), Files.newInputStream(file));
            }
        }
    }

    private void lookAtJar(Path jar) throws IOException {
        try (var archive = new ZipFile(jar.toFile())) {
            for (ZipEntry entry : archive.stream().toList()) {
                lookAt(entry.getName(), archive.getInputStream(entry));
            }
        }
    }

    private void lookAtStream(InputStream jar) throws IOException {
        var archive = new ZipInputStream(jar);
        for (ZipEntry entry = archive.getNextEntry(); entry != null; entry = archive.getNextEntry()) {
            if (!(javax && jakarta) && entry.getName().endsWith(".class")) {
                lookAtClass(archive.readAllBytes());
            }
        }
    }

    private void lookAt(String name, InputStream in) throws IOException {
        try (in) {
            if (javax && jakarta) {
                return;
            }
            if (isPage(name)) {
                byte[] page = in.readAllBytes();
                javax |= holds(page, JAVAX_IN_PAGE);
                jakarta |= holds(page, JAKARTA_IN_PAGE);
            } else if (name.endsWith(".class")) {
                lookAtClass(in.readAllBytes());
            }
        }
    }

    private void lookAtClass(byte[] file) {
        javax |= holds(file, JAVAX);
        jakarta |= holds(file, JAKARTA);
    }

    private static boolean holds(byte[] bytes, byte[] wanted) {
        for (int i = 0; i <= bytes.length - wanted.length; i++) {
            int at = 0;
            while (at < wanted.length && bytes[i + at] == wanted[at]) {
                at++;
            }
            if (at == wanted.length) {
                return true;
            }
        }
        return false;
    }
}

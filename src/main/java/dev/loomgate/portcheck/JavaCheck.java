package dev.loomgate.portcheck;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.jar.Attributes;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/** Looks at a jar, a WAR or a directory of classes. */
final class JavaCheck {
    private static final int MAGIC = 0xCAFEBABE;
    private static final List<String> SERVLETS = List.of("javax/servlet/http/HttpServlet", "jakarta/servlet/http/HttpServlet",
            "javax/servlet/GenericServlet", "jakarta/servlet/GenericServlet");

    private final Path path;
    private final int java;
    private final Map<String, byte[]> classes = new LinkedHashMap<>();
    private final List<Finding> broken = new ArrayList<>();
    private String mainClass;
    private boolean descriptor;

    private JavaCheck(Path path, int java) {
        this.path = path;
        this.java = java;
    }

    /** Whether a file is called what archives are. */
    static boolean isArchive(Path file) {
        String name = file.toString();
        return name.endsWith(".jar") || name.endsWith(".war");
    }

    /**
     * The internal name of a class.
     *
     * @throws IllegalArgumentException  if the bytes are no class
     * @throws IndexOutOfBoundsException if a part of them is missing
     */
    static String nameOf(byte[] bytes) {
        if (!isClass(bytes)) {
            throw new IllegalArgumentException("no class");
        }
        return new ClassReader(oldEnough(bytes)).getClassName();
    }

    /** Looks at classes that lie in files, with what is beside them in {@code META-INF}. */
    static Subject check(Path root, List<Path> files, int java) throws IOException {
        var check = new JavaCheck(root, java);
        Path manifest = root.resolve("META-INF/MANIFEST.MF");
        if (Files.isRegularFile(manifest)) {
            check.read("META-INF/MANIFEST.MF", Files.readAllBytes(manifest));
        }
        for (Path file : files) {
            check.read(root.relativize(file).toString(), Files.readAllBytes(file));
        }
        return check.report();
    }

    /** Looks at an archive, or the directory of a web application. */
    static Subject check(Path path, int java) throws IOException {
        var check = new JavaCheck(path, java);
        if (Files.isDirectory(path)) {
            check.readDirectory();
        } else {
            try {
                check.readArchive();
            } catch (IOException e) {
                return new Subject(path, "no archive that Java can read", List.of(new Finding(true, "not readable",
                        "it is broken, or no archive at all: " + e.getMessage(), path.toString(), 0)), List.of());
            }
        }
        return check.report();
    }

    private void readDirectory() throws IOException {
        try (Stream<Path> files = Files.walk(path)) {
            for (Path file : (Iterable<Path>) files.filter(Files::isRegularFile).sorted()::iterator) {
                read(path.relativize(file).toString(), Files.readAllBytes(file));
            }
        }
    }

    private void readArchive() throws IOException {
        try (var zip = new ZipFile(path.toFile())) {
            for (ZipEntry entry : zip.stream().filter(one -> !one.isDirectory()).toList()) {
                try (InputStream in = zip.getInputStream(entry)) {
                    read(entry.getName(), in.readAllBytes());
                }
            }
        }
    }

    private void read(String name, byte[] bytes) throws IOException {
        if (name.startsWith("META-INF/versions/") || name.endsWith("module-info.class")) {
            return;
        }
        if (name.equals("META-INF/MANIFEST.MF")) {
            mainClass = new Manifest(new ByteArrayInputStream(bytes)).getMainAttributes().getValue(Attributes.Name.MAIN_CLASS);
        } else if (name.equals("WEB-INF/web.xml")) {
            descriptor = true;
        } else if (name.endsWith(".class")) {
            readClass(name, bytes);
        } else if (name.startsWith("WEB-INF/lib/") && name.endsWith(".jar")) {
            // the application's libraries: they bring what they need, and are known to run in containers
            return;
        }
    }

    private void readClass(String name, byte[] bytes) {
        try {
            if (isClass(bytes)) {
                hasMain(bytes);
                classes.put(nameOf(bytes), bytes);
                return;
            }
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            // what ASM throws at bytes that are no class
        }
        broken.add(new Finding(true, "malformed class file", "Java can't load it: compile or copy it again", name, 0));
    }

    private static boolean isClass(byte[] bytes) {
        return bytes.length > 8 && ByteBuffer.wrap(bytes).getInt() == MAGIC;
    }

    private static byte[] oldEnough(byte[] bytes) {
        byte[] copy = bytes.clone();
        copy[6] = 0;
        copy[7] = (byte) Math.min(Opcodes.V21, bytes[7] & 0xFF);
        return copy;
    }

    private Subject report() {
        Optional<String> main = Optional.ofNullable(mainClass).map(String::strip).or(this::onlyMain);
        JavaKind kind = kind(main);
        var inspection = new Inspection(kind, java, classes.keySet());
        classes.values().forEach(inspection::inspect);
        broken.addAll(inspection.findings());
        String what = switch (kind) {
            case PROGRAM -> "Java program, main class " + main.orElseThrow();
            case SERVLETS -> descriptor || path.toString().endsWith(".war") || Files.isDirectory(path.resolve("WEB-INF"))
                    ? "web application" : "servlets";
            case HANDLERS -> "handlers of Loomgate";
            case LIBRARY -> "Java classes without a main method, a servlet or a handler";
        };
        return new Subject(path, what + ", " + count(), broken, route(kind, main));
    }

    private String count() {
        return classes.size() == 1 ? "1 class" : classes.size() + " classes";
    }

    private JavaKind kind(Optional<String> main) {
        if (descriptor || path.toString().endsWith(".war") || classes.keySet().stream().anyMatch(this::isServlet)) {
            return JavaKind.SERVLETS;
        }
        if (!handlers().isEmpty()) {
            return JavaKind.HANDLERS;
        }
        return main.isPresent() ? JavaKind.PROGRAM : JavaKind.LIBRARY;
    }

    private boolean isServlet(String type) {
        String above = superOf(type);
        return above != null && (SERVLETS.contains(above) || isServlet(above));
    }

    private String superOf(String type) {
        byte[] bytes = classes.get(type);
        return bytes == null ? null : new ClassReader(oldEnough(bytes)).getSuperName();
    }

    private List<String> handlers() {
        return classes.values().stream().map(bytes -> new ClassReader(oldEnough(bytes)))
                .filter(reader -> (reader.getAccess() & (Opcodes.ACC_INTERFACE | Opcodes.ACC_ABSTRACT)) == 0)
                .filter(reader -> List.of(reader.getInterfaces()).contains("dev/loomgate/handler/Handler"))
                .map(reader -> reader.getClassName().replace('/', '.')).toList();
    }

    /** The class that has a main method, if exactly one has. */
    private Optional<String> onlyMain() {
        List<String> found = classes.entrySet().stream().filter(entry -> hasMain(entry.getValue()))
                .map(entry -> entry.getKey().replace('/', '.')).toList();
        return found.size() == 1 ? Optional.of(found.getFirst()) : Optional.empty();
    }

    private static boolean hasMain(byte[] bytes) {
        var found = new boolean[1];
        new ClassReader(oldEnough(bytes)).accept(new ClassVisitor(Opcodes.ASM9) {
            @Override
            public MethodVisitor visitMethod(int access, String name, String descriptor, String signature, String[] exceptions) {
                found[0] |= name.equals("main") && descriptor.equals("([Ljava/lang/String;)V")
                        && (access & Opcodes.ACC_STATIC) != 0;
                return null;
            }
        }, ClassReader.SKIP_CODE);
        return found[0];
    }

    private List<String> route(JavaKind kind, Optional<String> main) {
        var lines = new ArrayList<String>();
        String name = path.getFileName().toString().replaceAll("\\.(jar|war)$", "");
        switch (kind) {
            case PROGRAM -> {
                lines.add("- path: " + Yaml.text("/" + name + "/**"));
                lines.add("  handler: main");
                if (Files.isDirectory(path)) {
                    lines.add("  class-path: " + Yaml.text(path.toString()));
                    lines.add("  class: " + main.orElseThrow());
                } else {
                    lines.add("  jar: " + Yaml.text(path.toString()));
                    if (mainClass == null) {
                        lines.add("  class: " + main.orElseThrow());
                    }
                }
            }
            case HANDLERS -> {
                lines.add("- path: " + Yaml.text("/" + name + "/**"));
                lines.add("  handler: java");
                lines.add("  class: " + handlers().getFirst());
                lines.add("  class-path: " + Yaml.text(path.toString()));
            }
            case SERVLETS -> {
                boolean web = descriptor || path.toString().endsWith(".war") || Files.isDirectory(path.resolve("WEB-INF"));
                lines.add("- path: " + Yaml.text("/" + name + "/**"));
                lines.add("  handler: servlet");
                lines.add((web ? "  war: " : "  class-path: ") + Yaml.text(path.toString()));
                if (!web) {
                    lines.add("  class: " + classes.keySet().stream().filter(this::isServlet).findFirst().orElseThrow()
                            .replace('/', '.'));
                }
            }
            case LIBRARY -> {
                // nothing that answers requests
            }
        }
        return lines;
    }
}

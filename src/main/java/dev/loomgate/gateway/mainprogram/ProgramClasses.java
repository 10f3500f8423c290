package dev.loomgate.gateway.mainprogram;

import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

import org.objectweb.asm.Opcodes;

import dev.loomgate.gateway.mainprogram.ClassFacts.StaticField;

/** The classes of one program, and which of them keep their static fields per request. Safe for use by many threads. */
final class ProgramClasses {
    /** End of the name of the class that has another's static fields. */
    static final String STATICS = "$$Statics";

    private final ProgramFiles files;
    private final Isolation isolation;
    private final Map<String, Optional<ClassFacts>> facts = new ConcurrentHashMap<>();
    private final Map<String, Integer> indexes = new ConcurrentHashMap<>();
    private final List<String> names = new CopyOnWriteArrayList<>();

    ProgramClasses(ProgramFiles files, Isolation isolation) {
        this.files = files;
        this.isolation = isolation;
    }

    /** What is known of a class, by its internal name; empty if it is not the program's. */
    Optional<ClassFacts> facts(String name) {
        Optional<ClassFacts> known = facts.get(name);
        if (known == null) {
            known = name.startsWith("java/") || name.startsWith("[") ? Optional.empty() : read(name);
            facts.put(name, known);
        }
        return known;
    }

    private Optional<ClassFacts> read(String name) {
        try {
            return files.read(name + ".class").map(ProgramFiles.Found::bytes).map(ClassFacts::of);
        } catch (IOException e) {
            throw new UncheckedIOException("class " + name + " can't be read", e);
        }
    }

    /** Whether each request has static fields of its own for this class. */
    boolean isPerRequest(ClassFacts type) {
        return isolation == Isolation.REQUEST && type.isPerRequest();
    }

    /**
     * The class whose static field an instruction means, if each request has its own of it: found as Java finds it (JVMS
     * section 5.4.3.2), in the class, its interfaces, its superclass.
     */
    Optional<ClassFacts> ofField(String owner, String field, String descriptor) {
        return declaring(owner, field, descriptor).filter(this::isPerRequest);
    }

    private Optional<ClassFacts> declaring(String owner, String field, String descriptor) {
        Optional<ClassFacts> found = facts(owner);
        if (found.isEmpty() || found.get().declares(field, descriptor)) {
            return found;
        }
        for (String type : found.get().interfaces()) {
            Optional<ClassFacts> inherited = declaring(type, field, descriptor).filter(one -> one.declares(field, descriptor));
            if (inherited.isPresent()) {
                return inherited;
            }
        }
        return declaring(found.get().superName(), field, descriptor).filter(one -> one.declares(field, descriptor));
    }

    /** Whether objects of a class can be serialized. */
    boolean isSerializable(ClassFacts type) {
        return isSerializable(type.superName()) || type.interfaces().stream().anyMatch(this::isSerializable);
    }

    private boolean isSerializable(String name) {
        if (name == null || name.equals("java/lang/Object")) {
            return false;
        }
        Optional<ClassFacts> own = facts(name);
        if (own.isPresent()) {
            return isSerializable(own.get());
        }
        try {
            return Serializable.class.isAssignableFrom(
                    Class.forName(name.replace('/', '.'), false, ClassLoader.getPlatformClassLoader()));
        } catch (ClassNotFoundException | LinkageError e) {
            // it is missing, and so will be the class
            return false;
        }
    }

    /** Place of a class's static fields in the table that each request has. */
    int index(String name) {
        Integer known = indexes.get(name);
        if (known == null) {
            synchronized (names) {
                known = indexes.get(name);
                if (known == null) {
                    known = names.size();
                    names.add(name);
                    indexes.put(name, known);
                }
            }
        }
        return known;
    }

    /** Name of the class at a place. */
    String name(int index) {
        return names.get(index);
    }

    /** The static fields of a class that requests share and that can change, if requests share any. */
    List<String> shared(ClassFacts type) {
        return isPerRequest(type) ? List.of()
                : type.statics().stream().filter(StaticField::isMutable)
                        .filter(field -> (field.access() & Opcodes.ACC_SYNTHETIC) == 0)
                        .map(field -> type.name().replace('/', '.') + '.' + field.name()).toList();
    }
}

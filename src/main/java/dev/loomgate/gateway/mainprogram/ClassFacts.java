package dev.loomgate.gateway.mainprogram;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.FieldVisitor;
import org.objectweb.asm.Handle;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/**
 * What the class file of one class says that matters to the rewriting of all.
 *
 * @param name        internal name, with slashes
 * @param access      access flags
 * @param superName   internal name of the superclass
 * @param interfaces  internal names of the interfaces
 * @param statics     static fields that are no constants of the compiler's
 * @param initialiser whether there is a static initialiser
 * @param quiet       whether the initialiser does nothing that could be seen elsewhere, so that it need not run before a static
 *                    field is used
 * @param locks       whether there is a static synchronized method
 */
record ClassFacts(String name, int access, String superName, List<String> interfaces, List<StaticField> statics,
                  boolean initialiser, boolean quiet, boolean locks) {
    private static final Set<String> LOUD = Set.of("java/lang/System", "java/lang/Runtime", "java/lang/Thread",
            "java/lang/Class", "java/util/Timer");
    /** What is made with classes of these packages is seen by nobody else, unless a method says that it is for its effect. */
    private static final Pattern QUIET = Pattern.compile("java/(lang|util|util/concurrent(/atomic)?|util/regex|text|math|time|"
            + "nio/charset)/[^/]*");
    /** Java's serialization looks for it by reflection. */
    private static final String SERIAL_FIELDS = "serialPersistentFields";

    /**
     * A static field.
     *
     * @param value what it begins with if the class file says so, or null
     */
    record StaticField(int access, String name, String descriptor, Object value) {
        /** Whether its value may change, or what it refers to: what requests would share in it. */
        boolean isMutable() {
            return (access & Opcodes.ACC_FINAL) == 0 || descriptor.startsWith("[")
                    || descriptor.startsWith("Ljava/util/") && !descriptor.startsWith("Ljava/util/regex/Pattern")
                    || descriptor.startsWith("Ljava/text/") || descriptor.equals("Ljava/lang/StringBuilder;")
                    || descriptor.equals("Ljava/lang/StringBuffer;");
        }
    }

    static ClassFacts of(byte[] classFile) {
        var reader = new ClassReader(classFile);
        var collector = new Collector();
        reader.accept(collector, ClassReader.SKIP_DEBUG | ClassReader.SKIP_FRAMES);
        return new ClassFacts(reader.getClassName(), reader.getAccess(), reader.getSuperName(), List.of(reader.getInterfaces()),
                List.copyOf(collector.statics), collector.initialiser, collector.quiet, collector.locks);
    }

    boolean isInterface() {
        return (access & Opcodes.ACC_INTERFACE) != 0;
    }

    /**
     * Whether each request gets static fields of its own. Not for enums: Java itself keeps their constants per class (in
     * {@code EnumMap}, in {@code valueOf}), so there can be only one of each. Not for interfaces, whose fields are final. Not
     * for what the compiler makes for itself, such as the tables of {@code switch}, nor for classes that tell Java's serialization
     * what to write.
     */
    boolean isPerRequest() {
        boolean compilers = (access & Opcodes.ACC_SYNTHETIC) != 0
                && statics.stream().allMatch(field -> (field.access() & Opcodes.ACC_SYNTHETIC) != 0);
        return !isInterface() && !isEnum() && !compilers && !tellsSerialization() && (!statics.isEmpty() || initialiser || locks);
    }

    private boolean tellsSerialization() {
        return declares(SERIAL_FIELDS, "[Ljava/io/ObjectStreamField;");
    }

    boolean isEnum() {
        return (access & Opcodes.ACC_ENUM) != 0;
    }

    boolean declares(String field, String descriptor) {
        return statics.stream().anyMatch(one -> one.name().equals(field) && one.descriptor().equals(descriptor));
    }

    private static final class Collector extends ClassVisitor {
        private final List<StaticField> statics = new ArrayList<>();
        private boolean initialiser;
        private boolean quiet = true;
        private boolean locks;
        private String name;

        Collector() {
            super(Opcodes.ASM9);
        }

        @Override
        public void visit(int version, int access, String own, String signature, String superName, String[] interfaces) {
            name = own;
        }

        @Override
        public FieldVisitor visitField(int access, String name, String descriptor, String signature, Object value) {
            if ((access & Opcodes.ACC_STATIC) != 0 && (value == null || (access & Opcodes.ACC_FINAL) == 0)) {
                statics.add(new StaticField(access, name, descriptor, value));
            }
            return null;
        }

        @Override
        public MethodVisitor visitMethod(int access, String name, String descriptor, String signature, String[] exceptions) {
            int both = Opcodes.ACC_STATIC | Opcodes.ACC_SYNCHRONIZED;
            locks |= (access & both) == both;
            if (!name.equals("<clinit>")) {
                return null;
            }
            initialiser = true;
            return new MethodVisitor(Opcodes.ASM9) {
                @Override
                public void visitFieldInsn(int opcode, String owner, String field, String signature) {
                    quiet &= opcode != Opcodes.PUTSTATIC || owner.equals(name);
                }

                @Override
                public void visitMethodInsn(int opcode, String owner, String method, String signature, boolean isInterface) {
                    boolean forEffect = opcode == Opcodes.INVOKESTATIC && signature.endsWith(")V");
                    quiet &= QUIET.matcher(owner).matches() && !LOUD.contains(owner) && !forEffect;
                }

                @Override
                public void visitInsn(int opcode) {
                    quiet &= opcode != Opcodes.ATHROW;
                }

                @Override
                public void visitInvokeDynamicInsn(String method, String signature, Handle bootstrap, Object... arguments) {
                    quiet &= bootstrap.getOwner().startsWith("java/");
                }
            };
        }
    }
}

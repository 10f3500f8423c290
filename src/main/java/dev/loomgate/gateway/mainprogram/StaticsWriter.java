package dev.loomgate.gateway.mainprogram;

import java.util.List;

import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;

import dev.loomgate.gateway.mainprogram.ClassFacts.StaticField;

/** Generates the subclass of {@link Statics} for a class of a program. */
final class StaticsWriter {
    /** Method of the generated class that finds the one of the current request. */
    static final String FIND = "of";
    /** What a class's static initialiser is called once each request runs it. */
    static final String INITIALISER = "$initialise$";

    private static final String SUPER = Type.getInternalName(Statics.class);

    private StaticsWriter() {
    }

    static String nameFor(String type) {
        return type + ProgramClasses.STATICS;
    }

    /** Descriptor of {@link #FIND}. */
    static String finder(String type) {
        return "()L" + nameFor(type) + ';';
    }

    static byte[] write(ClassFacts type, int index) {
        String name = nameFor(type.name());
        // the oldest version that the running JVM must know: there is no code in it that needs more
        var writer = new ClassWriter(ClassWriter.COMPUTE_MAXS);
        writer.visit(Opcodes.V1_5, Opcodes.ACC_PUBLIC | Opcodes.ACC_FINAL | Opcodes.ACC_SUPER | Opcodes.ACC_SYNTHETIC, name, null,
                SUPER, null);
        type.statics().forEach(field -> writer.visitField(Opcodes.ACC_PUBLIC, field.name(), field.descriptor(), null, null));
        writeConstructor(writer, name, type.statics());
        writeFinder(writer, type.name(), name, index);
        MethodVisitor code = writer.visitMethod(Opcodes.ACC_PROTECTED, "initialise", "()V", null, null);
        code.visitCode();
        if (type.initialiser()) {
            code.visitMethodInsn(Opcodes.INVOKESTATIC, type.name(), INITIALISER, "()V", false);
        }
        code.visitInsn(Opcodes.RETURN);
        end(code);
        writer.visitEnd();
        return writer.toByteArray();
    }

    private static void writeConstructor(ClassWriter writer, String name, List<StaticField> fields) {
        MethodVisitor code = writer.visitMethod(Opcodes.ACC_PUBLIC, "<init>", "()V", null, null);
        code.visitCode();
        code.visitVarInsn(Opcodes.ALOAD, 0);
        code.visitMethodInsn(Opcodes.INVOKESPECIAL, SUPER, "<init>", "()V", false);
        for (StaticField field : fields) {
            if (field.value() != null) {
                code.visitVarInsn(Opcodes.ALOAD, 0);
                code.visitLdcInsn(field.value());
                code.visitFieldInsn(Opcodes.PUTFIELD, name, field.name(), field.descriptor());
            }
        }
        code.visitInsn(Opcodes.RETURN);
        end(code);
    }

    private static void writeFinder(ClassWriter writer, String type, String name, int index) {
        MethodVisitor code = writer.visitMethod(Opcodes.ACC_PUBLIC | Opcodes.ACC_STATIC, FIND, finder(type), null, null);
        code.visitCode();
        code.visitLdcInsn(index);
        code.visitMethodInsn(Opcodes.INVOKESTATIC, Redirections.HOOKS, "statics", "(I)L" + SUPER + ';', false);
        code.visitTypeInsn(Opcodes.CHECKCAST, name);
        code.visitInsn(Opcodes.ARETURN);
        end(code);
    }

    private static void end(MethodVisitor code) {
        code.visitMaxs(0, 0);
        code.visitEnd();
    }
}

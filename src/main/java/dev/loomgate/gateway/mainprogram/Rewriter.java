package dev.loomgate.gateway.mainprogram;

import java.util.ArrayList;
import java.util.List;

import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.Label;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;
import org.objectweb.asm.commons.SerialVersionUIDAdder;
import org.objectweb.asm.tree.ClassNode;
import org.objectweb.asm.tree.FrameNode;
import org.objectweb.asm.tree.InsnList;
import org.objectweb.asm.tree.InsnNode;
import org.objectweb.asm.tree.LabelNode;
import org.objectweb.asm.tree.MethodInsnNode;
import org.objectweb.asm.tree.MethodNode;
import org.objectweb.asm.tree.TryCatchBlockNode;
import org.objectweb.asm.tree.VarInsnNode;

/**
 * Rewrites the classes of a program so that many requests can run in one JVM as if each had a JVM of its own. Nothing that is
 * inserted branches, so the frames that the compiler has computed stay right, and class files of any age can be rewritten
 * without looking at other classes. The one exception, {@link #lockPerRequest}, says its frame itself.
 */
final class Rewriter {
    private static final int STATIC_SYNCHRONIZED = Opcodes.ACC_STATIC | Opcodes.ACC_SYNCHRONIZED;
    /** First version of class files whose code has frames (Java 6); older ones must not have any. */
    private static final int FRAMES = 50;

    private final ProgramClasses classes;

    Rewriter(ProgramClasses classes) {
        this.classes = classes;
    }

    byte[] rewrite(byte[] classFile) {
        var type = new ClassNode();
        var reader = new ClassReader(classFile);
        ClassFacts facts = classes.facts(reader.getClassName()).orElseGet(() -> ClassFacts.of(classFile));
        // the number that Java derives from what is in a class must be that of the class as it was: others may have written objects
        reader.accept(classes.isSerializable(facts) ? new SerialVersionUIDAdder(type) : type, 0);
        boolean perRequest = classes.isPerRequest(facts);
        type.superName = Redirections.ofClass(type.superName);
        var method = new MethodRewriter(classes);
        for (MethodNode code : type.methods) {
            method.rewrite(code);
            if (perRequest && !facts.quiet()) {
                initialiseFirst(type.name, code);
            }
        }
        if (perRequest) {
            moveStatics(type, facts);
        }
        var writer = new ClassWriter(ClassWriter.COMPUTE_MAXS);
        type.accept(writer);
        return writer.toByteArray();
    }

    /** What Java does by itself: the static initialiser runs before a static method or a constructor does. */
    private static void initialiseFirst(String type, MethodNode method) {
        boolean enters = method.name.equals("<init>")
                || (method.access & Opcodes.ACC_STATIC) != 0 && (method.access & Opcodes.ACC_PRIVATE) == 0;
        if (enters && !method.name.equals("<clinit>") && method.instructions.size() > 0) {
            var first = new InsnList();
            first.add(statics(type));
            first.add(new InsnNode(Opcodes.POP));
            method.instructions.insert(first);
        }
    }

    private static MethodInsnNode statics(String type) {
        return new MethodInsnNode(Opcodes.INVOKESTATIC, StaticsWriter.nameFor(type), StaticsWriter.FIND, StaticsWriter.finder(type),
                false);
    }

    private static void moveStatics(ClassNode type, ClassFacts facts) {
        type.fields.removeIf(field -> facts.declares(field.name, field.desc) && (field.access & Opcodes.ACC_STATIC) != 0);
        List<MethodNode> bodies = new ArrayList<>();
        for (MethodNode method : type.methods) {
            if (method.name.equals("<clinit>")) {
                method.name = StaticsWriter.INITIALISER;
                method.access = Opcodes.ACC_PUBLIC | Opcodes.ACC_STATIC | Opcodes.ACC_SYNTHETIC;
            } else if ((method.access & STATIC_SYNCHRONIZED) == STATIC_SYNCHRONIZED
                    && (method.access & Opcodes.ACC_NATIVE) == 0) {
                bodies.add(lockPerRequest(type, method));
            }
        }
        type.methods.addAll(bodies);
    }

    /**
     * Makes a {@code static synchronized} method lock the request's static fields, not the class: otherwise requests that have
     * nothing to do with each other would wait for one another.
     *
     * @return a method with the old code, which the old method calls now
     */
    private static MethodNode lockPerRequest(ClassNode type, MethodNode method) {
        var body = new MethodNode(Opcodes.ACC_PRIVATE | Opcodes.ACC_STATIC | Opcodes.ACC_SYNTHETIC, method.name + "$locked$",
                method.desc, null, method.exceptions.toArray(String[]::new));
        body.instructions = method.instructions;
        body.tryCatchBlocks = method.tryCatchBlocks;
        body.localVariables = method.localVariables;
        body.maxLocals = method.maxLocals;
        body.maxStack = method.maxStack;

        method.access &= ~Opcodes.ACC_SYNCHRONIZED;
        method.instructions = new InsnList();
        method.tryCatchBlocks = new ArrayList<>();
        method.localVariables = null;
        method.visibleLocalVariableAnnotations = null;
        method.invisibleLocalVariableAnnotations = null;
        writeLocked(type, method, body.name);
        return body;
    }

    private static void writeLocked(ClassNode type, MethodNode method, String body) {
        Type[] parameters = Type.getArgumentTypes(method.desc);
        int lock = Type.getArgumentsAndReturnSizes(method.desc) >> 2;
        LabelNode start = label();
        LabelNode end = label();
        LabelNode handler = label();
        InsnList code = method.instructions;
        code.add(statics(type.name));
        code.add(new InsnNode(Opcodes.DUP));
        code.add(new VarInsnNode(Opcodes.ASTORE, lock));
        code.add(new InsnNode(Opcodes.MONITORENTER));
        code.add(start);
        int slot = 0;
        for (Type parameter : parameters) {
            code.add(new VarInsnNode(parameter.getOpcode(Opcodes.ILOAD), slot));
            slot += parameter.getSize();
        }
        code.add(new MethodInsnNode(Opcodes.INVOKESTATIC, type.name, body, method.desc, false));
        code.add(new VarInsnNode(Opcodes.ALOAD, lock));
        code.add(new InsnNode(Opcodes.MONITOREXIT));
        code.add(end);
        code.add(new InsnNode(Type.getReturnType(method.desc).getOpcode(Opcodes.IRETURN)));
        code.add(handler);
        if ((type.version & 0xFFFF) >= FRAMES) {
            code.add(frame(parameters, lock, StaticsWriter.nameFor(type.name)));
        }
        code.add(new VarInsnNode(Opcodes.ALOAD, lock));
        code.add(new InsnNode(Opcodes.MONITOREXIT));
        code.add(new InsnNode(Opcodes.ATHROW));
        method.tryCatchBlocks.add(new TryCatchBlockNode(start, end, handler, null));
    }

    private static LabelNode label() {
        return new LabelNode(new Label());
    }

    private static FrameNode frame(Type[] parameters, int lock, String lockType) {
        var locals = new ArrayList<Object>();
        int size = 0;
        for (Type parameter : parameters) {
            locals.add(switch (parameter.getSort()) {
                case Type.BOOLEAN, Type.BYTE, Type.CHAR, Type.SHORT, Type.INT -> Opcodes.INTEGER;
                case Type.FLOAT -> Opcodes.FLOAT;
                case Type.LONG -> Opcodes.LONG;
                case Type.DOUBLE -> Opcodes.DOUBLE;
                default -> parameter.getInternalName();
            });
            size += parameter.getSize();
        }
        // getArgumentsAndReturnSizes counts a `this`, which a static method has not: one slot stays unused
        for (; size < lock; size++) {
            locals.add(Opcodes.TOP);
        }
        locals.add(lockType);
        return new FrameNode(Opcodes.F_FULL, locals.size(), locals.toArray(), 1, new Object[] {"java/lang/Throwable"});
    }
}

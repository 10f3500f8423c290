package dev.loomgate.gateway.mainprogram;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

import org.objectweb.asm.ConstantDynamic;
import org.objectweb.asm.Handle;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.FieldInsnNode;
import org.objectweb.asm.tree.InsnList;
import org.objectweb.asm.tree.InsnNode;
import org.objectweb.asm.tree.InvokeDynamicInsnNode;
import org.objectweb.asm.tree.JumpInsnNode;
import org.objectweb.asm.tree.LabelNode;
import org.objectweb.asm.tree.LdcInsnNode;
import org.objectweb.asm.tree.LookupSwitchInsnNode;
import org.objectweb.asm.tree.MethodInsnNode;
import org.objectweb.asm.tree.MethodNode;
import org.objectweb.asm.tree.TableSwitchInsnNode;
import org.objectweb.asm.tree.TryCatchBlockNode;
import org.objectweb.asm.tree.TypeInsnNode;
import org.objectweb.asm.tree.VarInsnNode;

/** Rewrites the code of the methods of one class. */
final class MethodRewriter {
    private static final String FIELD = "java/lang/reflect/Field";
    private static final Set<String> CATCH_ALL = Set.of("java/lang/Throwable", "java/lang/Error");
    /** How far to look, in instructions, for what tells a try-with-resources from a {@code catch} that someone wrote. */
    private static final int CLOSING = 24;

    /** Threads of these wait for work whether or not they are interrupted, until they are told that none will come. */
    private static final Set<String> POOLS = Set.of("java/util/concurrent/ThreadPoolExecutor",
            "java/util/concurrent/ScheduledThreadPoolExecutor", "java/util/concurrent/ForkJoinPool", "java/util/Timer");

    private final ProgramClasses classes;
    /** Objects of {@link #POOLS} that have been allocated in the code so far, and whose constructors have not been called. */
    private int allocated;
    /** Local variables of the method. */
    private int locals;

    MethodRewriter(ProgramClasses classes) {
        this.classes = classes;
    }

    void rewrite(MethodNode method) {
        InsnList code = method.instructions;
        locals = method.maxLocals;
        Set<LabelNode> passed = new HashSet<>();
        allocated = 0;
        for (AbstractInsnNode instruction : code.toArray()) {
            switch (instruction) {
                case LabelNode label -> passed.add(label);
                case FieldInsnNode field -> rewrite(code, field);
                case MethodInsnNode call -> rewrite(code, call);
                case TypeInsnNode made when made.getOpcode() == Opcodes.NEW -> {
                    made.desc = Redirections.ofClass(made.desc);
                    allocated += POOLS.contains(made.desc) ? 1 : 0;
                }
                case InvokeDynamicInsnNode call -> rewrite(call);
                case LdcInsnNode constant -> rewrite(code, constant);
                case JumpInsnNode jump when passed.contains(jump.label) -> stopIfOver(code, jump);
                case TableSwitchInsnNode choice when passed.contains(choice.dflt)
                        || choice.labels.stream().anyMatch(passed::contains) -> stopIfOver(code, choice);
                case LookupSwitchInsnNode choice when passed.contains(choice.dflt)
                        || choice.labels.stream().anyMatch(passed::contains) -> stopIfOver(code, choice);
                default -> {
                    // stays as it is
                }
            }
        }
        rethrow(method);
    }

    private static MethodInsnNode hook(String name, String descriptor) {
        return new MethodInsnNode(Opcodes.INVOKESTATIC, Redirections.HOOKS, name, descriptor, false);
    }

    private void rewrite(InsnList code, FieldInsnNode field) {
        boolean get = field.getOpcode() == Opcodes.GETSTATIC;
        if (!get && field.getOpcode() != Opcodes.PUTSTATIC) {
            return;
        }
        Redirections.Replacement replacement = get ? Redirections.ofField(field.owner, field.name) : null;
        if (replacement != null) {
            code.set(field, replacement.call());
            return;
        }
        Optional<ClassFacts> owner = classes.ofField(field.owner, field.name, field.desc)
                .filter(facts -> facts.declares(field.name, field.desc));
        if (owner.isPresent()) {
            String holder = StaticsWriter.nameFor(owner.get().name());
            var find = new MethodInsnNode(Opcodes.INVOKESTATIC, holder, StaticsWriter.FIND,
                    StaticsWriter.finder(owner.get().name()), false);
            code.insertBefore(field, find);
            if (get) {
                code.set(field, new FieldInsnNode(Opcodes.GETFIELD, holder, field.name, field.desc));
            } else {
                putBelow(code, field, Type.getType(field.desc).getSize());
                code.set(field, new FieldInsnNode(Opcodes.PUTFIELD, holder, field.name, field.desc));
            }
        }
    }

    /** Exchanges the top of the stack with the value below it. */
    private static void putBelow(InsnList code, AbstractInsnNode before, int size) {
        if (size == 1) {
            code.insertBefore(before, new InsnNode(Opcodes.SWAP));
        } else {
            code.insertBefore(before, new InsnNode(Opcodes.DUP_X2));
            code.insertBefore(before, new InsnNode(Opcodes.POP));
        }
    }

    private void rewrite(InsnList code, MethodInsnNode call) {
        if (call.name.equals("<init>")) {
            rewriteConstructor(code, call);
        } else if (Redirections.makesParallel(call.owner, call.name, call.desc)) {
            // the stream itself is the result
            code.remove(call);
        } else if (Redirections.isParallelStream(call.owner, call.name, call.desc)) {
            code.set(call, hook("stream", "(Ljava/util/Collection;)Ljava/util/stream/Stream;"));
        } else if (call.getOpcode() != Opcodes.INVOKESPECIAL) {
            Redirections.Replacement replacement = Redirections.ofMethod(call.owner, call.name, call.desc);
            if (replacement != null) {
                code.set(call, replacement.call());
            } else if (call.owner.equals(FIELD) && call.desc.startsWith("(Ljava/lang/Object;")) {
                useField(code, call);
            } else if (call.owner.equals("java/util/concurrent/Executors") && call.desc.endsWith("ExecutorService;")) {
                keep(code, call, new InsnNode(Opcodes.DUP));
            }
        }
    }

    /**
     * Gives a field that is read or written by reflection its object. The call itself stays where it is: Java looks at who calls.
     */
    private void useField(InsnList code, MethodInsnNode call) {
        Type[] parameters = Type.getArgumentTypes(call.desc);
        boolean get = call.name.startsWith("get") && parameters.length == 1;
        boolean set = call.name.startsWith("set") && parameters.length == 2;
        if (get || set) {
            if (set) {
                code.insertBefore(call, new VarInsnNode(parameters[1].getOpcode(Opcodes.ISTORE), locals));
            }
            code.insertBefore(call, new InsnNode(Opcodes.DUP2));
            code.insertBefore(call, new MethodInsnNode(Opcodes.INVOKESTATIC, Type.getInternalName(ProgramReflection.class),
                    get ? "readable" : "writable", "(Ljava/lang/reflect/Field;Ljava/lang/Object;)Ljava/lang/Object;", false));
            code.insertBefore(call, new InsnNode(Opcodes.SWAP));
            code.insertBefore(call, new InsnNode(Opcodes.POP));
            if (set) {
                code.insertBefore(call, new VarInsnNode(parameters[1].getOpcode(Opcodes.ILOAD), locals));
            }
        }
    }

    /** Lets the request know of a pool of threads, so that it ends with the request. */
    private static void keep(InsnList code, AbstractInsnNode after, AbstractInsnNode pool) {
        var more = new InsnList();
        more.add(pool);
        more.add(hook("keep", "(Ljava/lang/Object;)V"));
        code.insert(after, more);
    }

    private void rewriteConstructor(InsnList code, MethodInsnNode call) {
        call.owner = Redirections.ofClass(call.owner);
        boolean inheritsDaemon = call.owner.equals("java/util/Timer")
                && (call.desc.equals("()V") || call.desc.equals("(Ljava/lang/String;)V"));
        if (inheritsDaemon) {
            // from a virtual thread, which always is one
            code.insertBefore(call, new InsnNode(Opcodes.ICONST_0));
            call.desc = call.desc.replace(")V", "Z)V");
        }
        if (POOLS.contains(call.owner)) {
            // compilers duplicate what they make before its constructor is called; without that it is a subclass's super(...)
            keep(code, call, allocated > 0 ? new InsnNode(Opcodes.DUP) : new VarInsnNode(Opcodes.ALOAD, 0));
            allocated -= allocated > 0 ? 1 : 0;
        }
    }

    private static void rewrite(InvokeDynamicInsnNode call) {
        call.bsmArgs = Arrays.stream(call.bsmArgs).map(Redirections::constant).toArray();
    }

    private static void rewrite(InsnList code, LdcInsnNode constant) {
        if (constant.cst instanceof Handle || constant.cst instanceof ConstantDynamic) {
            constant.cst = Redirections.constant(constant.cst);
        } else if (constant.cst instanceof Type of && of.getSort() == Type.OBJECT && isLocked(constant)) {
            code.insert(constant, hook("monitor", "(Ljava/lang/Object;)Ljava/lang/Object;"));
        }
    }

    /** Whether a class is what a {@code synchronized} block locks, as compilers write it: {@code dup}, {@code astore}, enter. */
    private static boolean isLocked(LdcInsnNode constant) {
        AbstractInsnNode next = real(constant.getNext());
        if (next == null || next.getOpcode() != Opcodes.DUP) {
            return false;
        }
        next = real(next.getNext());
        if (next == null || next.getOpcode() != Opcodes.ASTORE) {
            return false;
        }
        next = real(next.getNext());
        return next != null && next.getOpcode() == Opcodes.MONITORENTER;
    }

    /** The instruction itself or the first behind it that is one, not a label, a line number or a frame. */
    private static AbstractInsnNode real(AbstractInsnNode instruction) {
        AbstractInsnNode one = instruction;
        while (one != null && one.getOpcode() < 0) {
            one = one.getNext();
        }
        return one;
    }

    /** Lets a loop end when its request is over: the thread is interrupted then. */
    private static void stopIfOver(InsnList code, AbstractInsnNode jump) {
        code.insertBefore(jump, hook("loop", "()V"));
    }

    /**
     * Lets the end of the program pass where {@code catch} would take all: in a JVM of its own, no code runs after
     * {@code exit}. Not for {@code finally} and try-with-resources, which close what this JVM would otherwise keep open.
     */
    private static void rethrow(MethodNode method) {
        Set<LabelNode> handlers = new HashSet<>();
        for (TryCatchBlockNode block : method.tryCatchBlocks) {
            if (CATCH_ALL.contains(block.type == null ? "" : block.type) && !closes(block.handler)) {
                handlers.add(block.handler);
            }
        }
        for (TryCatchBlockNode block : method.tryCatchBlocks) {
            if (block.type == null) {
                handlers.remove(block.handler);
            }
        }
        for (LabelNode handler : handlers) {
            var check = new InsnList();
            check.add(new InsnNode(Opcodes.DUP));
            check.add(hook("caught", "(Ljava/lang/Throwable;)V"));
            AbstractInsnNode first = real(handler);
            if (first != null) {
                method.instructions.insertBefore(first, check);
            }
        }
    }

    private static boolean closes(LabelNode handler) {
        AbstractInsnNode one = handler;
        for (int i = 0; i < CLOSING && one != null; i++) {
            if (one instanceof MethodInsnNode call && call.name.equals("addSuppressed")) {
                return true;
            }
            one = one.getNext();
        }
        return false;
    }
}

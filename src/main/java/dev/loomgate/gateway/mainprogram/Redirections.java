package dev.loomgate.gateway.mainprogram;

import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.objectweb.asm.ConstantDynamic;
import org.objectweb.asm.Handle;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;
import org.objectweb.asm.tree.MethodInsnNode;

/**
 * Which members of Java's own classes are replaced in a program's code, and by which methods of {@link ProgramSystem}
 * and its like: what their annotations say. Classes of threads and futures are replaced by subclasses, wherever the program makes or extends them.
 */
final class Redirections {
    /** Where calls that are inserted go. */
    static final String HOOKS = Type.getInternalName(ProgramHooks.class);
    /** Where replaced calls go. */
    static final List<Class<?>> PLACES = List.of(ProgramSystem.class, ProgramProcesses.class, ProgramReflection.class,
            ProgramDrivers.class, ProgramHooks.class);
    private static final Map<String, String> SUBCLASSES = Map.of(
            "java/lang/Thread", Type.getInternalName(ProgramThread.class),
            "java/util/concurrent/CompletableFuture", Type.getInternalName(ProgramFuture.class));
    private static final Map<String, Replacement> METHODS = new HashMap<>();
    private static final Map<String, Replacement> FIELDS = new HashMap<>();

    static {
        for (Class<?> type : PLACES) {
            for (Method method : type.getMethods()) {
                InPlaceOf place = method.getAnnotation(InPlaceOf.class);
                if (place != null) {
                    add(method, place);
                }
            }
        }
    }

    private Redirections() {
    }

    /** A static method of one of {@link #PLACES}. */
    record Replacement(String owner, String name, String descriptor) {
        Handle handle() {
            return new Handle(Opcodes.H_INVOKESTATIC, owner, name, descriptor, false);
        }

        MethodInsnNode call() {
            return new MethodInsnNode(Opcodes.INVOKESTATIC, owner, name, descriptor, false);
        }
    }

    private static void add(Method method, InPlaceOf place) {
        String descriptor = Type.getMethodDescriptor(method);
        String key = Type.getInternalName(place.type()) + '.' + (place.name().isEmpty() ? method.getName() : place.name());
        var replacement = new Replacement(Type.getInternalName(method.getDeclaringClass()), method.getName(), descriptor);
        switch (place.kind()) {
            case STATIC_FIELD -> FIELDS.put(key, replacement);
            case STATIC_METHOD -> METHODS.put(key + descriptor, replacement);
            case METHOD -> {
                Type[] parameters = Type.getArgumentTypes(descriptor);
                Type[] rest = Arrays.copyOfRange(parameters, 1, parameters.length);
                METHODS.put(key + Type.getMethodDescriptor(Type.getReturnType(descriptor), rest), replacement);
            }
        }
    }

    /** What to call instead of a method, or null. */
    static Replacement ofMethod(String owner, String name, String descriptor) {
        return METHODS.get(owner + '.' + name + descriptor);
    }

    /** What to call instead of reading a static field, or null. */
    static Replacement ofField(String owner, String name) {
        return FIELDS.get(owner + '.' + name);
    }

    /** The class to make or extend instead of another, which may be the same. */
    static String ofClass(String name) {
        return SUBCLASSES.getOrDefault(name, name);
    }

    /** Whether a call asks for a stream to be worked on by the threads of all: one that the program's own thread works on is as good. */
    static boolean makesParallel(String owner, String name, String descriptor) {
        return name.equals("parallel") && descriptor.startsWith("()L") && owner.startsWith("java/util/stream/");
    }

    /** Whether a call makes such a stream of a collection. */
    static boolean isParallelStream(String owner, String name, String descriptor) {
        return name.equals("parallelStream") && descriptor.equals("()Ljava/util/stream/Stream;") && owner.startsWith("java/util/");
    }

    /** A constant with the handles in it redirected: method references, and what they are made with. */
    static Object constant(Object constant) {
        return switch (constant) {
            case Handle handle -> handle(handle);
            case ConstantDynamic dynamic -> {
                Object[] arguments = new Object[dynamic.getBootstrapMethodArgumentCount()];
                for (int i = 0; i < arguments.length; i++) {
                    arguments[i] = constant(dynamic.getBootstrapMethodArgument(i));
                }
                yield new ConstantDynamic(dynamic.getName(), dynamic.getDescriptor(), handle(dynamic.getBootstrapMethod()),
                        arguments);
            }
            default -> constant;
        };
    }

    private static Handle handle(Handle handle) {
        String owner = handle.getOwner();
        switch (handle.getTag()) {
            case Opcodes.H_GETSTATIC -> {
                Replacement field = ofField(owner, handle.getName());
                return field == null ? handle : field.handle();
            }
            case Opcodes.H_NEWINVOKESPECIAL -> {
                return new Handle(handle.getTag(), ofClass(owner), handle.getName(), handle.getDesc(), false);
            }
            default -> {
                if (isParallelStream(owner, handle.getName(), handle.getDesc())) {
                    return new Handle(Opcodes.H_INVOKESTATIC, HOOKS, "stream",
                            "(Ljava/util/Collection;)Ljava/util/stream/Stream;", false);
                }
                Replacement method = ofMethod(owner, handle.getName(), handle.getDesc());
                return method == null ? handle : method.handle();
            }
        }
    }
}

package dev.loomgate.gateway.mainprogram;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodHandles.Lookup;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

import dev.loomgate.gateway.mainprogram.InPlaceOf.Kind;

/**
 * Classes and static fields as a program sees them through reflection: where the static fields of a class are per request, they
 * are fields of another class, and of an object. Rewritten code calls these methods instead of Java's.
 */
public final class ProgramReflection {
    private ProgramReflection() {
    }

    /** Finds a class of the program and initialises it. */
    @InPlaceOf(type = Class.class)
    public static Class<?> forName(String name) throws ClassNotFoundException {
        return forName(name, true, ProgramSystem.required("Class.forName").loader());
    }

    /** Finds a class. */
    @InPlaceOf(type = Class.class)
    public static Class<?> forName(String name, boolean initialise, ClassLoader loader) throws ClassNotFoundException {
        Class<?> found = Class.forName(name, initialise, loader);
        Execution execution = Execution.current();
        if (initialise && execution != null) {
            execution.initialise(found);
        }
        return found;
    }

    // ---- finding fields

    /** A field of a class itself. */
    @InPlaceOf(type = Class.class, kind = Kind.METHOD)
    public static Field getDeclaredField(Class<?> type, String name) throws NoSuchFieldException {
        for (Field moved : moved(type)) {
            if (moved.getName().equals(name)) {
                return moved;
            }
        }
        return type.getDeclaredField(name);
    }

    /** All fields of a class itself. */
    @InPlaceOf(type = Class.class, kind = Kind.METHOD)
    public static Field[] getDeclaredFields(Class<?> type) {
        return and(type.getDeclaredFields(), moved(type));
    }

    /** A public field of a class or of what it inherits from. */
    @InPlaceOf(type = Class.class, kind = Kind.METHOD)
    public static Field getField(Class<?> type, String name) throws NoSuchFieldException {
        for (Field moved : movedPublic(type)) {
            if (moved.getName().equals(name)) {
                return moved;
            }
        }
        return type.getField(name);
    }

    /** All public fields of a class and of what it inherits from. */
    @InPlaceOf(type = Class.class, kind = Kind.METHOD)
    public static Field[] getFields(Class<?> type) {
        return and(type.getFields(), movedPublic(type));
    }

    /** A handle that reads a static field. */
    @InPlaceOf(type = Lookup.class, kind = Kind.METHOD)
    public static MethodHandle findStaticGetter(Lookup lookup, Class<?> type, String name, Class<?> of)
            throws NoSuchFieldException, IllegalAccessException {
        Execution execution = Execution.current();
        for (Field moved : moved(type)) {
            if (moved.getName().equals(name) && moved.getType() == of) {
                return MethodHandles.publicLookup().unreflectGetter(moved).bindTo(execution.statics(execution.program().index(type)));
            }
        }
        return lookup.findStaticGetter(type, name, of);
    }

    /** A handle that writes a static field. */
    @InPlaceOf(type = Lookup.class, kind = Kind.METHOD)
    public static MethodHandle findStaticSetter(Lookup lookup, Class<?> type, String name, Class<?> of)
            throws NoSuchFieldException, IllegalAccessException {
        Execution execution = Execution.current();
        for (Field moved : moved(type)) {
            if (moved.getName().equals(name) && moved.getType() == of && !Modifier.isFinal(getModifiers(moved))) {
                return MethodHandles.publicLookup().unreflectSetter(moved).bindTo(execution.statics(execution.program().index(type)));
            }
        }
        return lookup.findStaticSetter(type, name, of);
    }

    private static List<Field> moved(Class<?> type) {
        Execution execution = Execution.current();
        return execution == null ? List.of() : execution.program().movedFields(type);
    }

    private static List<Field> movedPublic(Class<?> type) {
        var fields = new ArrayList<Field>();
        for (Class<?> one = type; one != null; one = one.getSuperclass()) {
            moved(one).stream().filter(field -> Modifier.isPublic(getModifiers(field))).forEach(fields::add);
        }
        return fields;
    }

    private static Field[] and(Field[] fields, List<Field> moved) {
        return moved.isEmpty() ? fields : Stream.concat(Arrays.stream(fields), moved.stream()).toArray(Field[]::new);
    }

    // ---- what a field says of itself

    private static boolean isMoved(Field field) {
        return Statics.class.isAssignableFrom(field.getDeclaringClass());
    }

    /** Of the field as the program has declared it. */
    @InPlaceOf(type = Field.class, kind = Kind.METHOD)
    public static int getModifiers(Field field) {
        Execution execution = Execution.current();
        return execution == null || !isMoved(field) ? field.getModifiers() : execution.program().modifiers(field);
    }

    /** The class that the program has declared the field in. */
    @InPlaceOf(type = Field.class, kind = Kind.METHOD)
    public static Class<?> getDeclaringClass(Field field) {
        Execution execution = Execution.current();
        return execution == null || !isMoved(field) ? field.getDeclaringClass() : execution.program().declaring(field);
    }

    // ---- values: called before a program reads or writes a field, with its own rights, so that Java's checks are the same

    /** The object that has a field: where a static one is per request, not the {@code null} that the program says. */
    public static Object readable(Field field, Object object) {
        Execution execution = Execution.current();
        return execution == null || !isMoved(field) ? object
                : execution.statics(execution.program().index(execution.program().declaring(field)));
    }

    /** As {@link #readable}, for a field that is about to be changed. */
    public static Object writable(Field field, Object object) throws IllegalAccessException {
        if (isMoved(field) && Modifier.isFinal(getModifiers(field))) {
            throw new IllegalAccessException("Can not set static final " + field.getType().getName() + " field "
                    + getDeclaringClass(field).getName() + '.' + field.getName());
        }
        return readable(field, object);
    }
}

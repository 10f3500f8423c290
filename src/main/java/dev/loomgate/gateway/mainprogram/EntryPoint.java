package dev.loomgate.gateway.mainprogram;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;

/**
 * The method that a program begins with, found as Java's launcher finds it (JLS section 12.1.4): static with arguments, static
 * without, then the same of an object of the class.
 */
final class EntryPoint {
    private final Method main;
    private final Constructor<?> constructor;

    private EntryPoint(Method main, Constructor<?> constructor) {
        this.main = main;
        this.constructor = constructor;
        main.setAccessible(true);
        if (constructor != null) {
            constructor.setAccessible(true);
        }
    }

    /**
     * Finds it in a class.
     *
     * @throws IllegalArgumentException if there is none; the message says what there should be
     */
    static EntryPoint of(Class<?> type) {
        Method withArguments = find(type, String[].class);
        Method without = find(type);
        for (Method method : new Method[] {withArguments, without}) {
            if (method != null && Modifier.isStatic(method.getModifiers())) {
                return new EntryPoint(method, null);
            }
        }
        Method ofObject = withArguments != null ? withArguments : without;
        if (ofObject == null) {
            throw new IllegalArgumentException("class " + type.getName() + " has no main method; "
                    + "public static void main(String[] args) is what a program begins with");
        }
        try {
            return new EntryPoint(ofObject, type.getDeclaredConstructor());
        } catch (NoSuchMethodException e) {
            throw new IllegalArgumentException("class " + type.getName() + " has a main method that is not static, "
                    + "and no constructor without parameters to make an object with", e);
        }
    }

    private static Method find(Class<?> type, Class<?>... parameters) {
        for (Class<?> one = type; one != null; one = one.getSuperclass()) {
            try {
                Method method = one.getDeclaredMethod("main", parameters);
                if (method.getReturnType() == void.class && !Modifier.isPrivate(method.getModifiers())) {
                    return method;
                }
            } catch (NoSuchMethodException e) {
                // perhaps inherited
            }
        }
        return null;
    }

    /** The class that has it. */
    Class<?> type() {
        return main.getDeclaringClass();
    }

    /** Runs it. What it throws is thrown. */
    void run(String[] arguments) throws Throwable {
        try {
            Object self = constructor == null ? null : constructor.newInstance();
            if (main.getParameterCount() == 0) {
                main.invoke(self);
            } else {
                main.invoke(self, (Object) arguments);
            }
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }
}

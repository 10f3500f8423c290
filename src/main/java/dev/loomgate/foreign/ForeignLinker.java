package dev.loomgate.foreign;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Array;
import java.lang.reflect.Method;
import java.nio.Buffer;
import java.util.Optional;

/**
 * The part of {@code java.lang.foreign} that calling a function takes, reached by reflection: Java 21 has it as a preview only.
 * Safe for use by many threads.
 */
public final class ForeignLinker {
    private static final String PACKAGE = "java.lang.foreign.";

    private final Class<?> segmentType = Class.forName(PACKAGE + "MemorySegment");
    private final Class<?> layoutType = Class.forName(PACKAGE + "MemoryLayout");
    private final Class<?> valueLayoutType = Class.forName(PACKAGE + "ValueLayout");
    private final Class<?> descriptorType = Class.forName(PACKAGE + "FunctionDescriptor");
    private final Class<?> optionType = Class.forName(PACKAGE + "Linker$Option");
    private final Object linker;
    private final Object symbols;
    private final Method find;
    private final Method describe;
    private final Method downcall;

    /** @throws ReflectiveOperationException if this Java has no foreign function interface that is final: before 22 */
    public ForeignLinker() throws ReflectiveOperationException {
        Class<?> linkerType = Class.forName(PACKAGE + "Linker");
        linker = linkerType.getMethod("nativeLinker").invoke(null);
        symbols = linkerType.getMethod("defaultLookup").invoke(linker);
        find = Class.forName(PACKAGE + "SymbolLookup").getMethod("find", String.class);
        describe = descriptorType.getMethod("of", layoutType, layoutType.arrayType());
        downcall = linkerType.getMethod("downcallHandle", segmentType, descriptorType, optionType.arrayType());
    }

    /**
     * A function of the C library as a method of these types; pointers are longs.
     *
     * @throws NoSuchMethodException        if the library has no such function
     * @throws ReflectiveOperationException if it can't be called
     */
    public MethodHandle function(String name, Class<?> result, Class<?>... parameters) throws ReflectiveOperationException {
        return link(name, Array.newInstance(optionType, 0), result, parameters);
    }

    /**
     * A function whose parameters vary from the one with this index on.
     *
     * @throws NoSuchMethodException        if the library has no such function
     * @throws ReflectiveOperationException if it can't be called
     */
    public MethodHandle variadicFunction(String name, int firstVariadic, Class<?> result, Class<?>... parameters)
            throws ReflectiveOperationException {
        Object options = Array.newInstance(optionType, 1);
        Array.set(options, 0, optionType.getMethod("firstVariadicArg", int.class).invoke(null, firstVariadic));
        return link(name, options, result, parameters);
    }

    private MethodHandle link(String name, Object options, Class<?> result, Class<?>... parameters)
            throws ReflectiveOperationException {
        Optional<?> symbol = (Optional<?>) find.invoke(symbols, name);
        if (symbol.isEmpty()) {
            throw new NoSuchMethodException("the C library has no " + name);
        }
        Object parameterLayouts = Array.newInstance(layoutType, parameters.length);
        for (int i = 0; i < parameters.length; i++) {
            Array.set(parameterLayouts, i, layout(parameters[i]));
        }
        Object descriptor = describe.invoke(null, layout(result), parameterLayouts);
        return (MethodHandle) downcall.invoke(linker, symbol.get(), descriptor, options);
    }

    private Object layout(Class<?> type) throws ReflectiveOperationException {
        return valueLayoutType.getField("JAVA_" + type.getName().toUpperCase(java.util.Locale.ROOT)).get(null);
    }

    /**
     * A method from a direct buffer to the address of its first byte: {@code (Buffer)long}.
     *
     * @throws ReflectiveOperationException if it can't be called
     */
    public MethodHandle addressOf() throws ReflectiveOperationException {
        MethodHandles.Lookup lookup = MethodHandles.publicLookup();
        MethodHandle segment = lookup.findStatic(segmentType, "ofBuffer", MethodType.methodType(segmentType, Buffer.class));
        MethodHandle address = lookup.findVirtual(segmentType, "address", MethodType.methodType(long.class));
        return MethodHandles.filterReturnValue(segment, address);
    }
}

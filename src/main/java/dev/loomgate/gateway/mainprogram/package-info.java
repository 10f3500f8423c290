/**
 * Java CGI programs with a main method, unmodified, many requests at a time in one JVM.
 *
 * <h2>How a program is made to believe that it has a JVM of its own</h2>
 * A loader of its own ({@code ProgramLoader}) rewrites its classes as they are loaded ({@code Rewriter}). What it calls of
 * {@code System}, {@code Runtime} and the like becomes a call of {@code ProgramSystem} and its like, which finds the request through an
 * inheritable thread-local: threads that the program starts, and those that Java starts for it, belong to the request too.
 *
 * <h2>Static fields</h2>
 * With {@code Isolation.REQUEST} each request begins with fresh ones. A fresh class loader for each request would do that, and
 * would have every request run in the interpreter, since compiled code belongs to a class. Instead the static fields of a class
 * become fields of an object ({@code Statics}, {@code StaticsWriter}) of which each request makes its own when it first needs it;
 * then what was the class's static initialiser runs. The classes are loaded once, and their code gets as fast as any.
 *
 * <p>Some classes keep their static fields: enums, whose constants Java itself keeps per class; interfaces, whose
 * fields are final; and the tables that compilers make for {@code switch}. So do classes that name their serial fields. What can
 * change in them is named in the log. Reflection finds static fields where the program has declared them
 * ({@code ProgramReflection}), and serial version numbers are those of the classes as they were.
 *
 * <h2>The end</h2>
 * A thread can't be killed. One whose request is over is interrupted, and before each jump back rewritten code looks whether it
 * is: so even an endless loop ends. What remains is code of Java itself that ignores an interrupt; the log names its thread with
 * its stack.
 *
 * <p>{@code exit} throws an error that rewritten code does not let {@code catch (Throwable t)} have. {@code finally} and
 * try-with-resources do run, unlike in a JVM that ends: they close what this one would keep open. What they write is lost.
 *
 * <h2>What does not work</h2>
 * <ul>
 * <li>{@code VarHandle}s of static fields of the program's own, static fields of a class that Java itself looks at by reflection,
 *     and reflection on the methods that are replaced.
 * <li>Changes of what Java has once per JVM: {@code Locale.setDefault}, {@code TimeZone.setDefault}, properties that Java itself
 *     reads. They are not seen (properties) or seen by all.
 * <li>A current directory: relative names of files count from the server's.
 * <li>{@code FileDescriptor.in}, {@code out} and {@code err}, and a child process that inherits them.
 * </ul>
 *
 * <p>May use {@code gateway}, {@code deploy} and the capability interfaces of {@code transport}.
 */
package dev.loomgate.gateway.mainprogram;

package dev.loomgate.portcheck;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.FieldVisitor;
import org.objectweb.asm.Handle;
import org.objectweb.asm.Label;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;

/** Reads class files and notes what matters when their code runs on virtual threads, many requests in one JVM. */
final class Inspection {
    private static final int FIRST_MAJOR = 44;
    /** First release in which a virtual thread that waits in {@code synchronized} does not hold its carrier. */
    private static final int UNPINNED = 24;
    private static final Set<String> BLOCKING = Set.of("java/lang/Thread.sleep", "java/lang/Object.wait", "java/lang/Process.waitFor",
            "java/net/Socket.connect", "java/net/ServerSocket.accept", "java/net/URL.openStream",
            "java/net/URLConnection.getInputStream", "java/net/HttpURLConnection.getResponseCode",
            "java/net/http/HttpClient.send", "java/util/concurrent/Future.get", "java/util/concurrent/CountDownLatch.await",
            "java/util/concurrent/BlockingQueue.take", "java/util/concurrent/BlockingQueue.put",
            "java/io/InputStream.read", "java/io/Reader.read", "java/io/BufferedReader.readLine", "java/io/OutputStream.write",
            "java/sql/Statement.executeQuery", "java/sql/Statement.executeUpdate", "java/sql/Statement.execute",
            "java/sql/PreparedStatement.executeQuery", "java/sql/PreparedStatement.executeUpdate",
            "java/sql/PreparedStatement.execute", "java/sql/DriverManager.getConnection", "javax/sql/DataSource.getConnection");
    private static final Set<String> BULK = Set.of("java/nio/file/Files.readAllBytes", "java/nio/file/Files.readString",
            "java/nio/file/Files.readAllLines", "java/nio/file/Files.copy", "java/nio/file/Files.walk", "java/nio/file/Files.lines",
            "java/io/FileInputStream.readAllBytes", "java/io/RandomAccessFile.readFully", "java/nio/channels/FileChannel.transferTo",
            "java/nio/channels/FileChannel.transferFrom");
    private static final Set<String> FILES = Set.of("java/io/File", "java/io/FileInputStream", "java/io/FileOutputStream",
            "java/io/FileReader", "java/io/FileWriter", "java/io/RandomAccessFile");
    private static final Set<String> ADJUSTING = Set.of("java/util/Locale.setDefault", "java/util/TimeZone.setDefault",
            "java/net/URL.setURLStreamHandlerFactory", "java/net/Authenticator.setDefault", "java/net/CookieHandler.setDefault",
            "java/lang/System.setSecurityManager", "java/security/Security.addProvider");

    /** Packages and classes that Java 8 had, with the jar that has them now, if there is one. */
    private static final Map<String, String> GONE = Map.of("javax/xml/bind/", "jakarta.xml.bind-api 2.3 and jaxb-runtime 2.3",
            "javax/activation/", "jakarta.activation 1.2", "javax/annotation/", "jakarta.annotation-api 1.3",
            "javax/xml/ws/", "jakarta.xml.ws-api 2.3", "javax/jws/", "jakarta.jws-api 2.1",
            "javax/transaction/", "jakarta.transaction-api 1.3", "org/omg/", "glassfish-corba-omgapi 4.2",
            "sun/misc/BASE64", "", "com/sun/image/codec/", "");
    /** What remained of the packages above in Java. */
    private static final Set<String> STAYED = Set.of("javax/annotation/processing/", "javax/transaction/xa/");
    private static final Set<String> STOPPING = Set.of("java/lang/Thread.stop", "java/lang/Thread.suspend", "java/lang/Thread.resume");

    private final JavaKind kind;
    private final int java;
    private final Set<String> own;
    private final List<Finding> findings = new ArrayList<>();

    /**
     * An inspection of one program.
     *
     * @param kind what it is
     * @param java release of Java that is to run it
     * @param own  internal names of its classes
     */
    Inspection(JavaKind kind, int java, Set<String> own) {
        this.own = own;
        this.kind = kind;
        this.java = java;
    }

    List<Finding> findings() {
        return findings;
    }

    /** Looks at one class. */
    void inspect(byte[] classFile) {
        int release = ((classFile[6] & 0xFF) << 8 | classFile[7] & 0xFF) - FIRST_MAJOR;
        String name = new ClassReader(versioned(classFile)).getClassName().replace('/', '.');
        if (release > java) {
            add(true, "newer Java", "the class file is for Java " + release + ", this is Java " + java + ": run the server on that",
                    name, 0);
        }
        new ClassReader(versioned(classFile)).accept(new Members(name), ClassReader.SKIP_FRAMES);
    }

    /** The class file with a version that ASM reads; one that is newer still has code that can be looked at. */
    private static byte[] versioned(byte[] classFile) {
        int major = (classFile[6] & 0xFF) << 8 | classFile[7] & 0xFF;
        if (major <= Opcodes.V21) {
            return classFile;
        }
        byte[] copy = classFile.clone();
        copy[6] = 0;
        copy[7] = Opcodes.V21;
        return copy;
    }

    private void add(boolean needsWork, String topic, String advice, String where, int line) {
        findings.add(new Finding(needsWork, topic, advice, where, line));
    }

    private final class Members extends ClassVisitor {
        private final String type;

        private Members(String type) {
            super(Opcodes.ASM9);
            this.type = type;
        }

        @Override
        public FieldVisitor visitField(int access, String name, String descriptor, String signature, Object value) {
            boolean isStatic = (access & Opcodes.ACC_STATIC) != 0 && (access & Opcodes.ACC_SYNTHETIC) == 0;
            if (descriptor.equals("Ljava/lang/ThreadLocal;") || descriptor.equals("Ljava/lang/InheritableThreadLocal;")) {
                add(false, "thread-local", "every request runs on a thread of its own: what is kept for a thread is made anew each "
                        + "time, and a cache of that kind never hits", type + "." + name, 0);
            } else if (isStatic && ((access & Opcodes.ACC_FINAL) == 0 || isContainer(descriptor))) {
                add(kind == JavaKind.HANDLERS, "static field that can change", switch (kind) {
                    case PROGRAM -> "fresh for each request; with isolation: shared in the route, requests share it";
                    case HANDLERS -> "all requests share it, many at once: make it local, immutable or thread-safe";
                    default -> "all requests share it, as in any container";
                }, type + "." + name, 0);
            }
            return null;
        }

        private static boolean isContainer(String descriptor) {
            return descriptor.matches("Ljava/util/((Array|Linked)?(List|Deque)|Vector|Stack|(Hash|Linked|Tree|Weak|Identity)*(Map|Set)"
                    + "|Hashtable|Properties|Calendar|Date|BitSet|Random);|Ljava/text/.*Format;|Ljava/lang/StringBu(ilder|ffer);");
        }

        @Override
        public MethodVisitor visitMethod(int access, String name, String descriptor, String signature, String[] exceptions) {
            if ((access & Opcodes.ACC_NATIVE) != 0) {
                add(true, "native method", "its library must be there (java.library.path), and while it waits it holds a processor "
                        + "thread: find out whether it waits", type + "." + name, 0);
            }
            return new Code(type + "." + name, (access & Opcodes.ACC_SYNCHRONIZED) != 0);
        }
    }

    /** The code of one method. */
    private final class Code extends MethodVisitor {
        private final String where;
        private boolean locks;
        private int line;
        private String constant;
        private int blockingLine = -1;

        private Code(String where, boolean locks) {
            super(Opcodes.ASM9);
            this.where = where;
            this.locks = locks;
        }

        @Override
        public void visitLineNumber(int number, Label start) {
            line = number;
        }

        @Override
        public void visitLdcInsn(Object value) {
            constant = value instanceof String text ? text : null;
            if (value instanceof Type type) {
                javax(type.getInternalName());
            }
        }

        @Override
        public void visitInsn(int opcode) {
            locks |= opcode == Opcodes.MONITORENTER;
            constant = null;
        }

        @Override
        public void visitTypeInsn(int opcode, String type) {
            javax(type);
        }

        @Override
        public void visitFieldInsn(int opcode, String owner, String name, String descriptor) {
            constant = null;
            if (owner.equals("java/io/FileDescriptor") && opcode == Opcodes.GETSTATIC) {
                add(kind == JavaKind.PROGRAM, "descriptor of the process", "FileDescriptor." + name
                        + " is the server's own: use System." + name, where, line);
            }
        }

        @Override
        public void visitInvokeDynamicInsn(String name, String descriptor, Handle bootstrap, Object... arguments) {
            constant = null;
            for (Object argument : arguments) {
                if (argument instanceof Handle handle) {
                    call(handle.getOwner(), handle.getName());
                }
            }
        }

        @Override
        public void visitMethodInsn(int opcode, String owner, String name, String descriptor, boolean isInterface) {
            if (name.equals("<init>") && FILES.contains(owner) && descriptor.startsWith("(Ljava/lang/String;") && constant != null
                    && !constant.startsWith("/") && !constant.isEmpty()) {
                add(true, "relative file name", "'" + constant + "' counts from the directory that the server was started in, not "
                        + "from that of the program: let a property or a variable name the directory", where, line);
            }
            constant = null;
            call(owner, name);
        }

        private void call(String owner, String name) {
            String method = owner + "." + name;
            javax(owner);
            if (BLOCKING.contains(method)) {
                blockingLine = line;
            }
            if (BULK.contains(method)) {
                add(false, "files read or written in bulk", "holds a processor thread meanwhile, as files do: fine for small ones; "
                        + "let the server's static handler have large ones", where, line);
            }
            if (method.equals("java/lang/System.exit") || method.equals("java/lang/Runtime.exit")
                    || method.equals("java/lang/Runtime.halt")) {
                add(kind != JavaKind.PROGRAM && kind != JavaKind.LIBRARY, "exit", kind == JavaKind.PROGRAM
                        ? "ends the request, not the server" : "ends the server with all its requests: return or throw instead",
                        where, line);
            }
            if (owner.equals("java/util/concurrent/Executors") && (name.equals("newFixedThreadPool") || name.equals("newScheduledThreadPool"))
                    || method.equals("java/util/concurrent/ThreadPoolExecutor.<init>")) {
                add(false, "thread pool", "sized for threads of the operating system, it lets so many tasks wait at once and no more; "
                        + "Executors.newVirtualThreadPerTaskExecutor() has no such limit", where, line);
            }
            if (ADJUSTING.contains(method)) {
                add(true, "setting of the whole JVM", owner.substring(owner.lastIndexOf('/') + 1) + "." + name
                        + " changes it for all programs in the server: set it once, when the server starts", where, line);
            }
            if (STOPPING.contains(method)) {
                add(java >= 20, "stops threads", "Thread." + name + " only throws since Java 20: interrupt the thread, and have it look",
                        where, line);
            }
            if (owner.equals("java/lang/ProcessBuilder") && name.equals("inheritIO")) {
                add(kind == JavaKind.PROGRAM, "inherited output", "the process writes to the server's output, not to the request's: "
                        + "copy its output to System.out", where, line);
            }
            if (kind == JavaKind.PROGRAM && name.equals("findStaticVarHandle")) {
                add(true, "VarHandle of a static field", "it does not find static fields of the program's own with isolation: request: "
                        + "use isolation: shared", where, line);
            }
        }

        private void javax(String type) {
            GONE.forEach((begin, jar) -> {
                if (type.startsWith(begin) && STAYED.stream().noneMatch(type::startsWith) && !own.contains(type)) {
                    // a web application may bring it in WEB-INF/lib, and servlets get these annotations from the container
                    add(kind != JavaKind.SERVLETS, "gone from Java", type.substring(0, type.lastIndexOf('/')).replace('/', '.')
                            + (jar.isEmpty() ? " is gone since Java 9: java.util.Base64 and javax.imageio have the like"
                            : " is gone since Java 11: put its jar beside it, " + jar), where, line);
                }
            });
            if (type.startsWith("javax/servlet/")) {
                add(false, "javax.servlet", "migrated to jakarta.servlet when it is first used", where, line);
            }
        }

        @Override
        public void visitEnd() {
            if (java < UNPINNED && locks && blockingLine >= 0) {
                add(true, "waits in synchronized", "holds a processor thread meanwhile on Java " + java + ": run the server on Java 25, "
                        + "or use a ReentrantLock", where, blockingLine);
            }
        }
    }
}

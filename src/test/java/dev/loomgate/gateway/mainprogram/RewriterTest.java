package dev.loomgate.gateway.mainprogram;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;

import io.helidon.webserver.http.HttpRouting;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.Label;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

import dev.loomgate.testing.RawClient;
import dev.loomgate.testing.TestServer;

/** Code that today's compilers do not write any more, and code that is hard to rewrite. */
class RewriterTest {
    @TempDir
    private Path top;

    private String run(Path program, String mainClass) throws Exception {
        try (var gateway = new MainProgramGateway("/p", ProgramSettings.of(program).withMainClass(mainClass));
             TestServer server = TestServer.start(HttpRouting.builder().any(gateway));
             RawClient client = RawClient.connect(server.port())) {
            RawClient.Response response = client.send("GET /p?q HTTP/1.1\r\nHost: h\r\n\r\n").readResponse();
            assertThat(response.status()).isEqualTo(200);
            return response.body();
        }
    }

    /** A class file of Java 1.1, with a subroutine for what was {@code finally}, a loop, and a static field. */
    @Test
    void runsAClassOfJava11WithSubroutines() throws Exception {
        var writer = new ClassWriter(ClassWriter.COMPUTE_MAXS);
        writer.visit(Opcodes.V1_1, Opcodes.ACC_PUBLIC | Opcodes.ACC_SUPER, "Old", null, "java/lang/Object", null);
        writer.visitField(Opcodes.ACC_STATIC, "text", "Ljava/lang/String;", null, null);
        MethodVisitor init = writer.visitMethod(Opcodes.ACC_STATIC, "<clinit>", "()V", null, null);
        init.visitLdcInsn("Content-Type: text/plain\n\n");
        init.visitFieldInsn(Opcodes.PUTSTATIC, "Old", "text", "Ljava/lang/String;");
        init.visitInsn(Opcodes.RETURN);
        init.visitMaxs(0, 0);
        MethodVisitor main = writer.visitMethod(Opcodes.ACC_PUBLIC | Opcodes.ACC_STATIC, "main", "([Ljava/lang/String;)V", null, null);
        var loop = new Label();
        var end = new Label();
        var subroutine = new Label();
        print(main, () -> main.visitFieldInsn(Opcodes.GETSTATIC, "Old", "text", "Ljava/lang/String;"));
        main.visitInsn(Opcodes.ICONST_3);
        main.visitVarInsn(Opcodes.ISTORE, 1);
        main.visitLabel(loop);
        main.visitVarInsn(Opcodes.ILOAD, 1);
        main.visitJumpInsn(Opcodes.IFEQ, end);
        main.visitJumpInsn(Opcodes.JSR, subroutine);
        main.visitIincInsn(1, -1);
        main.visitJumpInsn(Opcodes.GOTO, loop);
        main.visitLabel(end);
        main.visitInsn(Opcodes.RETURN);
        main.visitLabel(subroutine);
        main.visitVarInsn(Opcodes.ASTORE, 2);
        print(main, () -> {
            main.visitLdcInsn("QUERY_STRING");
            main.visitMethodInsn(Opcodes.INVOKESTATIC, "java/lang/System", "getenv", "(Ljava/lang/String;)Ljava/lang/String;", false);
        });
        main.visitVarInsn(Opcodes.RET, 2);
        main.visitMaxs(0, 0);
        writer.visitEnd();
        Files.write(top.resolve("Old.class"), writer.toByteArray());

        assertThat(run(top, "Old")).isEqualTo("qqq");
    }

    private static void print(MethodVisitor code, Runnable text) {
        code.visitFieldInsn(Opcodes.GETSTATIC, "java/lang/System", "out", "Ljava/io/PrintStream;");
        text.run();
        code.visitMethodInsn(Opcodes.INVOKEVIRTUAL, "java/io/PrintStream", "print", "(Ljava/lang/String;)V", false);
    }

    @Test
    void keepsWhatTryWithResourcesAndFinallyClose() throws Exception {
        String source = """
                import java.io.*;
                public class Closing {
                    static class Resource implements Closeable {
                        public void close() { System.err.println("closed"); new File(System.getProperty("witness")).delete(); }
                    }
                    static long sum(int... numbers) {
                        long sum = 0;
                        do { for (int n : numbers) { switch (n % 3) { case 0: sum += n; break; case 1: continue; default: sum -= n; } } } while (sum < 0);
                        return sum;
                    }
                    static String nested(Object o) { return switch (o) { case Integer i when i > 2 -> "big"; case Integer i -> "small"; default -> "other"; }; }
                    record Pair(int a, long b) { static Pair LAST = new Pair(1, 2); }
                    sealed interface Shape permits Circle { } record Circle(double r) implements Shape { }
                    public static void main(String[] args) throws Exception {
                        System.out.print("Content-Type: text/plain\\n\\n" + sum(3, 4, 5, 6, 9) + nested(3) + nested(1) + nested("x") + Pair.LAST
                            + new Circle(Pair.LAST.b()));
                        try (Resource one = new Resource(); Resource two = new Resource()) { System.exit(0); }
                    }
                }
                """;
        Path witness = Files.createFile(top.resolve("witness"));
        Path classes = ProgramSource.compile(top, "Closing", source);
        try (var gateway = new MainProgramGateway("/p", ProgramSettings.of(classes).withMainClass("Closing")
                .withProperties(java.util.Map.of("witness", witness.toString())));
             TestServer server = TestServer.start(HttpRouting.builder().any(gateway));
             RawClient client = RawClient.connect(server.port())) {
            assertThat(client.send("GET /p HTTP/1.1\r\nHost: h\r\n\r\n").readResponse().body())
                    .isEqualTo("13bigsmallotherPair[a=1, b=2]Circle[r=2.0]");
            org.awaitility.Awaitility.await().until(() -> !Files.exists(witness));
        }
    }
}

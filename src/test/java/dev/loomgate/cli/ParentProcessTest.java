package dev.loomgate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;

class ParentProcessTest {
    @Test
    void endsThisJvmInOrderWhenTheParentIsKilled() throws Exception {
        Process parent = new ProcessBuilder("sleep", "60").start();
        Process jvm = jvmWithParent(parent.pid());
        try (var lines = jvm.inputReader()) {
            assertThat(lines.readLine()).isEqualTo("running");

            parent.destroyForcibly();

            assertThat(jvm.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(jvm.exitValue()).isEqualTo(143);
            assertThat(lines.lines()).contains("stopped");
        } finally {
            parent.destroyForcibly();
            jvm.destroyForcibly();
        }
    }

    @Test
    void endsThisJvmWhenTheParentIsGoneAlready() throws Exception {
        Process parent = new ProcessBuilder("true").start();
        parent.waitFor();

        Process jvm = jvmWithParent(parent.pid());
        try {
            assertThat(jvm.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(jvm.exitValue()).isEqualTo(143);
        } finally {
            jvm.destroyForcibly();
        }
    }

    private static Process jvmWithParent(long pid) throws IOException {
        return new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-D" + ParentProcess.PROPERTY + "=" + pid, "-cp", System.getProperty("java.class.path"), Program.class.getName())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    /** What runs in the other JVM: says when it runs and, in a shutdown hook, when it stops. */
    static final class Program {
        public static void main(String[] args) throws InterruptedException {
            Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("stopped")));
            System.out.println("running");
            ParentProcess.endTogether();
            Thread.sleep(60_000);
        }
    }
}

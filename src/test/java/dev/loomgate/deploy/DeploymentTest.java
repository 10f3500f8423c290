package dev.loomgate.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.jar.JarOutputStream;
import java.util.zip.ZipEntry;

import dev.loomgate.testing.LogCapture;
import io.helidon.http.HttpException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DeploymentTest {
    @TempDir
    private Path directory;

    /** A version; counts how often it is closed. */
    private static final class Content implements AutoCloseable {
        private final AtomicInteger closed = new AtomicInteger();

        @Override
        public void close() {
            closed.incrementAndGet();
        }
    }

    /** In one step: who looks at it meanwhile sees no half of it, and always another file. */
    private Path jar(String name) throws IOException {
        Path next = directory.resolve(name + ".next");
        try (OutputStream file = Files.newOutputStream(next); var out = new JarOutputStream(file)) {
            out.putNextEntry(new ZipEntry("a.txt"));
        }
        return Files.move(next, directory.resolve(name), StandardCopyOption.ATOMIC_MOVE);
    }

    private Deployment<Content> deploy(Path classPath, Callable<Content> loader) throws Exception {
        return Deployment.load(List.of(classPath), loader);
    }

    /** What the initialiser of a class may throw, as it is. */
    @ParameterizedTest
    @ValueSource(classes = {AssertionError.class, StackOverflowError.class, NoClassDefFoundError.class, OutOfMemoryError.class,
            IllegalStateException.class, IOException.class})
    void whateverANewVersionThrowsTheOldOneGoesOn(Class<? extends Throwable> failure) throws Exception {
        Path jar = jar("a.jar");
        List<Callable<Content>> loads = new ArrayList<>(List.of(Content::new, () -> {
            Thread.currentThread().interrupt();
            boolean ofObject = failure == AssertionError.class;
            Throwable thrown = failure.getConstructor(ofObject ? Object.class : String.class).newInstance("no such luck");
            if (thrown instanceof Error error) {
                throw error;
            }
            throw (Exception) thrown;
        }, Content::new));
        try (var deployment = deploy(jar, () -> loads.removeFirst().call()); var watch = new Watch(Duration.ofMillis(20))) {
            Content first = deployment.enter().content();
            watch.add(deployment);
            jar("a.jar");
            await().until(() -> deployment.status().failure().isPresent());
            assertThat(deployment.status().failure()).contains("no such luck");
            assertThat(deployment.status().version()).isEqualTo(1);
            assertThat(first.closed).hasValue(0);

            // and the files are still looked at
            Files.move(Files.writeString(directory.resolve("mended.next"), "mended"), jar, StandardCopyOption.ATOMIC_MOVE);
            await().until(() -> deployment.status().version() == 2);
            assertThat(deployment.status().failure()).isEmpty();
        }
    }

    @Test
    void saysWhyTheFirstVersionCanNotBeLoaded() {
        var deployment = Deployment.later(new Source<Content>() {
            @Override
            public String name() {
                return "app";
            }

            @Override
            public List<Path> files(Content current) {
                return List.of(directory);
            }

            @Override
            public Content load() {
                throw new AssertionError("not today");
            }
        });
        deployment.loadAside();
        await().until(() -> deployment.status().failure().isPresent());
        assertThat(deployment.status().failure()).contains("not today");
        assertThat(deployment.status().version()).isZero();
        deployment.close();
    }

    /** As when the server can't start for another reason. */
    @Test
    void isClosedBeforeItBegins() throws Exception {
        var deployment = Deployment.later(new Source<Content>() {
            @Override
            public String name() {
                return "app";
            }

            @Override
            public List<Path> files(Content current) {
                return List.of();
            }

            @Override
            public Content load() {
                throw new AssertionError("too late");
            }
        });
        var answer = new CompletableFuture<Object>();
        Thread waits = Thread.ofVirtual().start(() -> {
            try {
                answer.complete(deployment.enter());
            } catch (HttpException e) {
                answer.complete(e.status().code());
            }
        });
        await().until(() -> waits.getState() == Thread.State.WAITING);

        deployment.close();
        deployment.loadAside();

        assertThat(answer.get(10, TimeUnit.SECONDS)).isEqualTo(503);
        assertThat(deployment.status().failure()).isEmpty();
    }

    @Test
    void closesAVersionThatCanNotTakeOver() throws Exception {
        var made = new ArrayList<Content>();
        try (var deployment = Deployment.load(new Source<Content>() {
            @Override
            public String name() {
                return "app";
            }

            @Override
            public List<Path> files(Content current) {
                return List.of(directory);
            }

            @Override
            public Content load() {
                made.add(new Content());
                return made.getLast();
            }

            @Override
            public void handOver(Content before, Content next) {
                throw new IllegalStateException("nothing to hand over");
            }
        })) {
            deployment.replace();

            assertThat(deployment.status().failure()).contains("nothing to hand over");
            assertThat(deployment.enter().content()).isSameAs(made.getFirst());
            assertThat(made.getFirst().closed).hasValue(0);
            assertThat(made.getLast().closed).hasValue(1);
        }
    }

    @Test
    void closesAVersionOnceThoughOthersWantToEnter() {
        var content = new Content();
        var version = new Version<>(content, 1);
        assertThat(version.enter()).isTrue();
        version.retire();
        assertThat(version.enter()).isFalse();
        assertThat(content.closed).hasValue(0);
        version.exit();
        await().until(() -> content.closed.get() == 1);
        for (int i = 0; i < 100; i++) {
            assertThat(version.enter()).isFalse();
        }
        await().during(Duration.ofMillis(50)).until(() -> content.closed.get() == 1);
    }

    @Test
    void saysWhatIsMissingAndLoadsItWhenItIsBack() throws Exception {
        Path jar = jar("a.jar");
        try (var deployment = deploy(jar, Content::new); LogCapture log = LogCapture.ofThisTest("dev.loomgate.deploy")) {
            Path away = Files.move(jar, directory.resolve("a.away"));
            for (int i = 0; i < 4; i++) {
                deployment.look();
            }
            assertThat(deployment.status().failure()).contains(jar + " is not there, or can't be read");
            assertThat(deployment.status().version()).isEqualTo(1);
            assertThat(log.lines()).singleElement().asString().contains("WARN", "what was loaded goes on");

            Files.move(away, jar);
            deployment.look();
            deployment.look();
            assertThat(deployment.status().failure()).isEmpty();
        }
    }

    @Test
    void seesJarsThatComeToADirectoryAndThatGo() throws Exception {
        Path old = jar("app-1.jar");
        try (var deployment = deploy(directory.resolve("*"), Content::new)) {
            deployment.look();
            deployment.look();
            assertThat(deployment.status().version()).isEqualTo(1);
            jar("app-2.jar");
            deployment.look();
            assertThat(deployment.status().version()).as("it may still be copied").isEqualTo(1);
            deployment.look();
            assertThat(deployment.status().version()).isEqualTo(2);
            Files.delete(old);
            deployment.look();
            deployment.look();
            assertThat(deployment.status().version()).isEqualTo(3);
        }
    }
}

package dev.loomgate.gateway.mainprogram;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.ref.WeakReference;
import java.nio.file.Path;
import java.util.ArrayList;

import io.helidon.webserver.http.HttpRouting;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import dev.loomgate.testing.RawClient;
import dev.loomgate.testing.TestServer;

class RedeploymentTest {
    private static final int REDEPLOYMENTS = 50;

    @TempDir
    private Path top;

    /** A program that does what often keeps a class loader: threads, thread-locals, enums, hooks, pools. */
    @Test
    void nothingIsLeftOfFiftyVersions() throws Exception {
        Path jar = ProgramSource.jar(top, "Busy", """
                import java.util.*; import java.util.concurrent.*;
                public class Busy {
                    enum Colour { RED }
                    static final ThreadLocal<Object> HELD = new ThreadLocal<>();
                    static final Map<Colour, String> MAP = new EnumMap<>(Colour.class);
                    public static void main(String[] args) throws Exception {
                        HELD.set(new Busy()); MAP.put(Colour.RED, "red");
                        ExecutorService pool = Executors.newFixedThreadPool(2);
                        Future<String> text = pool.submit(() -> { HELD.set(new Busy()); return MAP.toString(); });
                        Runtime.getRuntime().addShutdownHook(new Thread(() -> HELD.set(new Busy())));
                        System.out.print("Content-Type: text/plain\\n\\n" + text.get() + CompletableFuture.supplyAsync(() -> "!").get());
                        System.exit(0);
                    }
                }
                """);
        try (var gateway = new MainProgramGateway("/p", ProgramSettings.of(jar));
             TestServer server = TestServer.start(HttpRouting.builder().any(gateway));
             RawClient client = RawClient.connect(server.port())) {
            var loaders = new ArrayList<WeakReference<ClassLoader>>();
            for (int i = 0; i < REDEPLOYMENTS; i++) {
                assertThat(client.send("GET /p HTTP/1.1\r\nHost: h\r\n\r\n").readResponse().body()).isEqualTo("{RED=red}!");
                loaders.add(new WeakReference<>(gateway.loader()));
                gateway.deployment().replace();
            }
            Awaitility.await().until(() -> {
                System.gc();
                return loaders.stream().allMatch(loader -> loader.get() == null);
            });
        }
    }
}

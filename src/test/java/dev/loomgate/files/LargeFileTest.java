package dev.loomgate.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.loomgate.testing.RawClient;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

class LargeFileTest {
    private static final long SIZE = 300L << 20;

    @TempDir
    Path root;

    @Test
    void sendsAFileThatIsManyTimesAsLargeAsTheHeap() throws Exception {
        sparse("large.bin", SIZE);
        try (var server = SiteProcess.start(root, "", "-Xmx40m")) {
            // two at once, so that a buffer of the file's size would be found out twice
            try (RawClient first = ask(server.port(), "/large.bin");
                 RawClient second = ask(server.port(), "/large.bin")) {
                assertThat(readHeader(first)).contains("Content-Length: " + SIZE);
                assertThat(readHeader(second)).contains("Content-Length: " + SIZE);
                assertThat(count(second, SIZE)).isEqualTo(SIZE);
                assertThat(count(first, SIZE)).isEqualTo(SIZE);
            }
        }
    }

    @Test
    @EnabledOnOs(value = OS.LINUX, disabledReason = "counts the entries of /proc/self/fd")
    void leavesNoOpenFileBehindADownloadThatWasGivenUp() throws Exception {
        sparse("large.bin", SIZE);
        try (var site = new Site(root)) {
            for (int i = 0; i < 3; i++) {
                try (RawClient client = ask(site.port(), "/large.bin")) {
                    readHeader(client);
                    assertThat(count(client, 100_000)).isEqualTo(100_000);
                    assertThat(openBelow(root)).isNotEmpty();
                }
            }
            await().untilAsserted(() -> assertThat(openBelow(root)).isEmpty());
        }
    }

    @Test
    @EnabledOnOs(value = OS.LINUX, disabledReason = "counts the entries of /proc/self/fd")
    void leavesNoOpenFileOrDirectoryBehindAnyAnswer() throws Exception {
        Site.put(root, "a/b/c.txt", "c");
        Site.put(root, "a/b/c.txt.gz", "c");
        Files.createSymbolicLink(root.resolve("link"), Path.of("a/b/c.txt"));
        Files.createSymbolicLink(root.resolve("out"), Path.of("/etc"));
        for (var symlinks : StaticFilesSettings.Symlinks.values()) {
            try (var site = new Site(root, settings -> settings.listing(true).symlinks(symlinks).memoryCache(0))) {
                for (String path : List.of("/a/b/c.txt", "/a/b/", "/a/b", "/a/x/c.txt", "/a/b/c.txt/d", "/link", "/out/passwd",
                        "/.dot/x", "/a/.dot", "/a/b/%01")) {
                    site.raw(path);
                }
                await().untilAsserted(() -> assertThat(openBelow(root)).isEmpty());
            }
        }
    }

    private static List<String> openBelow(Path directory) throws IOException {
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
            return descriptors.map(LargeFileTest::target).filter(target -> target.startsWith(directory.toString())).toList();
        }
    }

    private static String target(Path link) {
        try {
            return Files.readSymbolicLink(link).toString();
        } catch (IOException closedMeanwhile) {
            return "";
        }
    }

    @Test
    void sendsTheOldFileToItsEndWhenItIsReplaced() throws Exception {
        int size = 16 << 20;
        Files.write(root.resolve("a.bin"), filled(size, 'a'));
        try (var site = new Site(root); RawClient client = ask(site.port(), "/a.bin")) {
            readHeader(client);
            Files.write(root.resolve("b.bin"), filled(size / 2, 'b'));
            Files.move(root.resolve("b.bin"), root.resolve("a.bin"), StandardCopyOption.ATOMIC_MOVE);
            assertThat(client.readExactly(size)).containsOnly('a');
        }
    }

    private static byte[] filled(int size, char c) {
        byte[] bytes = new byte[size];
        Arrays.fill(bytes, (byte) c);
        return bytes;
    }

    @Test
    void breaksTheConnectionAndSaysSoWhenTheFileBecomesShorter() throws Exception {
        var appender = new ListAppender<ILoggingEvent>();
        appender.start();
        var logger = (Logger) LoggerFactory.getLogger(StaticFiles.class);
        logger.addAppender(appender);
        sparse("large.bin", SIZE);
        try (var site = new Site(root); RawClient client = ask(site.port(), "/large.bin")) {
            readHeader(client);
            sparse("large.bin", 1 << 20);
            assertThat(count(client, SIZE)).isLessThan(SIZE);
            await().untilAsserted(() -> assertThat(appender.list).hasSize(1).first()
                    .satisfies(event -> assertThat(event.getFormattedMessage() + event.getKeyValuePairs())
                            .contains("broken off", "large.bin ended before byte " + SIZE)));
        } finally {
            logger.detachAppender(appender);
        }
    }

    private void sparse(String name, long size) throws IOException {
        try (var file = new RandomAccessFile(root.resolve(name).toFile(), "rw")) {
            file.setLength(size);
        }
    }

    private static RawClient ask(int port, String path) throws IOException {
        return RawClient.connect(port).send("GET " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    }

    private static String readHeader(RawClient client) throws IOException {
        var header = new StringBuilder();
        for (String line = client.readLine(); !line.isEmpty(); line = client.readLine()) {
            header.append(line).append('\n');
        }
        return header.toString();
    }

    /** Reads up to so many bytes, or to the end of the connection. */
    private static long count(RawClient client, long limit) throws IOException {
        InputStream in = client.stream();
        byte[] buffer = new byte[64 << 10];
        long count = 0;
        try {
            while (count < limit) {
                int read = in.read(buffer, 0, (int) Math.min(buffer.length, limit - count));
                if (read < 0) {
                    break;
                }
                count += read;
            }
        } catch (SocketException reset) {
            return count;
        }
        return count;
    }
}

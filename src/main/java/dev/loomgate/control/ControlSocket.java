package dev.loomgate.control;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.io.StringReader;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.Semaphore;

import jakarta.json.Json;
import jakarta.json.JsonException;
import jakarta.json.JsonObject;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes commands on a Unix-domain socket. Safe for use by many threads. */
public final class ControlSocket implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(ControlSocket.class);
    private static final int MOST_CONNECTIONS = 16;
    private static final int LONGEST_LINE = 64 << 10;

    private final Path path;
    private final Object identity;
    private final ServerSocketChannel server;
    private final Controls controls;
    private final Semaphore places = new Semaphore(MOST_CONNECTIONS);

    private ControlSocket(Path path, Object identity, ServerSocketChannel server, Controls controls) {
        this.path = path;
        this.identity = identity;
        this.server = server;
        this.controls = controls;
    }

    /**
     * Opens the socket, for its owner alone. Takes the place of one that is there already: of a server that died, or of the one
     * that this is the successor of, which can still answer on connections that it has.
     *
     * @throws IOException if it can't be opened; the message says where and why
     */
    public static ControlSocket open(Path path, Controls controls) throws IOException {
        // under another name until nobody else can open it
        Path early = path.resolveSibling(path.getFileName() + "." + ProcessHandle.current().pid());
        Files.deleteIfExists(early);
        ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            server.bind(UnixDomainSocketAddress.of(early));
            Files.setPosixFilePermissions(early, PosixFilePermissions.fromString("rw-------"));
            Object identity = identity(early);
            Files.move(early, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            var socket = new ControlSocket(path, identity, server, controls);
            Thread.ofPlatform().daemon().name("loomgate-control").start(socket::accept);
            return socket;
        } catch (IOException | RuntimeException e) {
            server.close();
            Files.deleteIfExists(early);
            throw new IOException("the control socket " + path + " can't be opened: " + e.getMessage(), e);
        }
    }

    private static Object identity(Path path) throws IOException {
        return Files.readAttributes(path, BasicFileAttributes.class).fileKey();
    }

    /** Where it is. */
    public Path path() {
        return path;
    }

    private void accept() {
        while (server.isOpen()) {
            try {
                SocketChannel client = server.accept();
                if (places.tryAcquire()) {
                    Thread.ofPlatform().daemon().name("loomgate-control-client").start(() -> serve(client));
                } else {
                    client.close();
                }
            } catch (AsynchronousCloseException e) {
                return;
            } catch (ClosedChannelException e) {
                return;
            } catch (IOException | RuntimeException e) {
                LOGGER.atWarn().setCause(e).log("accepting on the control socket failed, going on");
                pause();
            }
        }
    }

    private static void pause() {
        try {
            Thread.sleep(100);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void serve(SocketChannel client) {
        try (client; var in = new BufferedReader(Channels.newReader(client, StandardCharsets.UTF_8), LONGEST_LINE)) {
            OutputStream out = Channels.newOutputStream(client);
            for (String line = readLine(in); line != null; line = readLine(in)) {
                out.write((answer(line) + "\n").getBytes(StandardCharsets.UTF_8));
            }
        } catch (IOException e) {
            LOGGER.atDebug().setCause(e).log("a client of the control socket went away");
        } finally {
            places.release();
        }
    }

    /** A line that is too long ends the connection: nobody who means well sends one. */
    private static String readLine(BufferedReader in) throws IOException {
        var line = new StringBuilder();
        for (int next = in.read(); next >= 0; next = in.read()) {
            if (next == '\n') {
                return line.toString();
            }
            if (line.length() == LONGEST_LINE) {
                return null;
            }
            line.append((char) next);
        }
        return null;
    }

    private JsonObject answer(String line) {
        try {
            JsonObject request;
            try (var reader = Json.createReader(new StringReader(line))) {
                request = reader.readObject();
            }
            return controls.answer(request.getString("command", ""), request);
        } catch (JsonException | IllegalStateException e) {
            return failure("not a command: " + e.getMessage() + "; write one as {\"command\": \"status\"}");
        } catch (Exception e) {
            LOGGER.atDebug().addKeyValue("request", line).setCause(e).log("a command failed");
            return failure(e.getMessage() == null ? e.toString() : e.getMessage());
        }
    }

    private static JsonObject failure(String error) {
        return Json.createObjectBuilder().add("ok", false).add("error", error).build();
    }

    /** Takes no more commands; what is being carried out goes on. The socket's file goes, if it is still this one's. */
    @Override
    public void close() {
        try {
            server.close();
            if (Files.exists(path) && identity(path).equals(identity)) {
                Files.deleteIfExists(path);
            }
        } catch (IOException e) {
            LOGGER.atDebug().setCause(e).log("the control socket's file is left");
        }
    }
}

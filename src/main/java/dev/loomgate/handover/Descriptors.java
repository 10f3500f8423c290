package dev.loomgate.handover;

import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import dev.loomgate.foreign.ForeignLinker;
import dev.loomgate.foreign.Libc;

/**
 * Descriptors of this process, by the functions of the C library that Java does not offer. Needs Java 22 or later, Linux and
 * glibc. For one thread at a time.
 */
final class Descriptors {
    private static final int F_SETFD = 2;
    private static final int F_DUPFD_CLOEXEC = 1030;
    private static final int FD_CLOEXEC = 1;
    private static final int SOL_SOCKET = 1;
    private static final int SO_ACCEPTCONN = 30;
    private static final int AF_INET = 2;
    private static final int AF_INET6 = 10;
    private static final int SOCK_DGRAM_CLOEXEC = 2 | 0x80000;
    private static final Path OWN = Path.of("/proc/self/fd");
    /** Above what a successor gets, so that putting one in its place does not overwrite another. */
    private static final int OUT_OF_THE_WAY = 512;

    private final Libc libc;
    private final MethodHandle dup2;
    private final MethodHandle getsockname;
    private final MethodHandle getsockopt;
    private final MethodHandle sendto;

    private Descriptors(Libc libc, ForeignLinker linker) throws ReflectiveOperationException {
        Class<?> i = int.class;
        Class<?> p = long.class;
        this.libc = libc;
        dup2 = linker.function("dup2", i, i, i);
        getsockname = linker.function("getsockname", i, i, p, p);
        getsockopt = linker.function("getsockopt", i, i, i, i, p, p);
        sendto = linker.function("sendto", p, i, p, p, i, p, i);
    }

    /** @throws IOException if this Java, system or C library does not have what it takes; the message says what does */
    static Descriptors load() throws IOException {
        try {
            return new Descriptors(Libc.load(), new ForeignLinker());
        } catch (IOException e) {
            throw new IOException("passing listening sockets on is not possible: " + e.getMessage(), e);
        } catch (ReflectiveOperationException | LinkageError e) {
            throw new IOException("passing listening sockets on is not possible: " + e, e);
        }
    }

    /** Where a descriptor listens; empty if it is not a TCP socket that listens. */
    Optional<InetSocketAddress> listensAt(int descriptor) {
        ByteBuffer value = buffer(8);
        ByteBuffer length = buffer(4);
        value.putInt(0, 0);
        length.putInt(0, 4);
        if (number(getsockopt, descriptor, SOL_SOCKET, SO_ACCEPTCONN, at(value), at(length)) != 0 || value.getInt(0) == 0) {
            return Optional.empty();
        }
        ByteBuffer address = buffer(128);
        length.putInt(0, address.capacity());
        if (number(getsockname, descriptor, at(address), at(length)) != 0) {
            return Optional.empty();
        }
        // struct sockaddr_in, sockaddr_in6: family in this machine's order, port in the network's
        int size = switch (address.getShort(0)) {
            case AF_INET -> 4;
            case AF_INET6 -> 16;
            default -> 0;
        };
        byte[] bytes = new byte[size];
        address.get(size == 4 ? 4 : 8, bytes);
        int port = (address.get(2) & 0xff) << 8 | address.get(3) & 0xff;
        try {
            return size == 0 ? Optional.empty() : Optional.of(new InetSocketAddress(InetAddress.getByAddress(bytes), port));
        } catch (UnknownHostException e) {
            throw new IllegalStateException("an address of " + size + " bytes", e);
        }
    }

    /** The descriptor of this process that listens on a port; -1 if there is none. */
    int listeningOn(int port) throws IOException {
        try (DirectoryStream<Path> own = Files.newDirectoryStream(OWN)) {
            for (Path link : own) {
                int descriptor = Integer.parseInt(link.getFileName().toString());
                Optional<InetSocketAddress> address = listensAt(descriptor);
                if (address.isPresent() && address.get().getPort() == port) {
                    return descriptor;
                }
            }
        }
        return -1;
    }

    /** Puts an inherited descriptor in the place of another, which is closed by that, and closes the inherited one. */
    void replace(int old, int inherited) throws IOException {
        if (number(dup2, inherited, old) < 0 || libc.fcntl(old, F_SETFD, FD_CLOEXEC) < 0) {
            throw new IOException("descriptor " + inherited + " can't be taken over");
        }
        close(inherited);
    }

    /** A copy with a number that is in nobody's way. */
    int copy(int descriptor) throws IOException {
        int copy = libc.fcntl(descriptor, F_DUPFD_CLOEXEC, OUT_OF_THE_WAY);
        if (copy < 0) {
            throw new IOException("no descriptor is left for a copy of " + descriptor + "; raise the limit (ulimit -n)");
        }
        return copy;
    }

    void close(int descriptor) {
        libc.close(descriptor);
    }

    /** A pipe: the end to read from, and the end to write to. */
    int[] pipe() throws IOException {
        ByteBuffer ends = buffer(8);
        if (libc.pipe2(at(ends), Libc.O_CLOEXEC) != 0) {
            throw new IOException("no descriptor is left for a pipe; raise the limit (ulimit -n)");
        }
        return new int[]{ends.getInt(0), ends.getInt(4)};
    }

    /**
     * Starts a program with nothing for input, this process's output and error output, and descriptors from 3 on.
     *
     * @param command     absolute path of the program, and its arguments
     * @param descriptors what becomes 3, 4 and so on; all above {@code 3 + descriptors.size()}
     * @return its process id
     */
    int spawn(List<String> command, Map<String, String> environment, List<Integer> descriptors) throws IOException {
        var kept = new ArrayList<ByteBuffer>();
        ByteBuffer words = pointers(command, kept);
        ByteBuffer variables = pointers(environment.entrySet().stream().map(entry -> entry.getKey() + "=" + entry.getValue())
                .toList(), kept);
        ByteBuffer actions = buffer(256);
        ByteBuffer pid = buffer(4);
        ByteBuffer program = text(command.getFirst(), kept);
        ByteBuffer nothing = text("/dev/null", kept);
        int error = libc.actionsInit(at(actions));
        try {
            if (error == 0) {
                error = libc.actionsAddOpen(at(actions), 0, at(nothing), Libc.O_RDONLY);
            }
            for (int i = 0; i < descriptors.size() && error == 0; i++) {
                error = libc.actionsAddDup2(at(actions), descriptors.get(i), 3 + i);
            }
            if (error == 0) {
                error = libc.actionsAddCloseFrom(at(actions), 3 + descriptors.size());
            }
            if (error == 0) {
                error = libc.posixSpawn(at(pid), at(program), at(actions), 0, at(words), at(variables));
            }
        } finally {
            libc.actionsDestroy(at(actions));
        }
        if (error != 0) {
            throw new IOException(command.getFirst() + " can't be started: error " + error);
        }
        return pid.getInt(0);
    }

    /** The status of a child that has ended, as a shell gives it; -1 if it runs. It is gone afterwards. */
    int ended(int pid) {
        ByteBuffer status = buffer(4);
        if (libc.waitpid(pid, at(status), Libc.WNOHANG) != pid) {
            return -1;
        }
        int word = status.getInt(0);
        int signal = word & 0x7f;
        return signal == 0 ? word >> 8 & 0xff : 128 + signal;
    }

    void kill(int pid) {
        libc.kill(pid, 9);
    }

    /** Sends a datagram to a Unix-domain socket. */
    void send(byte[] message, String path) throws IOException {
        int descriptor = libc.socket(Libc.AF_UNIX, SOCK_DGRAM_CLOEXEC, 0);
        if (descriptor < 0) {
            throw new IOException("no descriptor is left for a socket; raise the limit (ulimit -n)");
        }
        byte[] name = path.getBytes(java.nio.charset.StandardCharsets.UTF_8);
        ByteBuffer address = buffer(110);
        address.putShort(0, (short) Libc.AF_UNIX).put(2, name);
        if (path.startsWith("@")) {
            // a name that is no file
            address.put(2, (byte) 0);
        }
        ByteBuffer bytes = buffer(message.length).put(0, message);
        try {
            long sent = (long) invoke(sendto, descriptor, at(bytes), (long) message.length, 0, at(address), 2 + name.length);
            if (sent != message.length) {
                throw new IOException("a message to " + path + " can't be sent");
            }
        } finally {
            close(descriptor);
        }
    }

    private ByteBuffer pointers(List<String> texts, List<ByteBuffer> kept) {
        ByteBuffer pointers = buffer(8 * (texts.size() + 1));
        for (int i = 0; i < texts.size(); i++) {
            pointers.putLong(8 * i, at(text(texts.get(i), kept)));
        }
        return pointers;
    }

    private static ByteBuffer text(String text, List<ByteBuffer> kept) {
        byte[] bytes = text.getBytes(java.nio.charset.Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8")));
        ByteBuffer buffer = buffer(bytes.length + 1).put(0, bytes);
        kept.add(buffer);
        return buffer;
    }

    private static ByteBuffer buffer(int size) {
        return ByteBuffer.allocateDirect(size).order(ByteOrder.nativeOrder());
    }

    private long at(ByteBuffer buffer) {
        return libc.addressOf(buffer);
    }

    private static int number(MethodHandle function, Object... arguments) {
        return (int) invoke(function, arguments);
    }

    private static Object invoke(MethodHandle function, Object... arguments) {
        try {
            return function.invokeWithArguments(arguments);
        } catch (Throwable t) {
            throw new IllegalStateException("calling the C library failed", t);
        }
    }
}

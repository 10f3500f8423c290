package dev.loomgate.foreign;

import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.lang.reflect.InvocationTargetException;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.util.Set;

/**
 * The functions of the C library that starting a process takes and Java does not offer: a process group of its own, descriptors
 * that it gets, a wait for two pipes at once, a signal to a group.
 *
 * <p>Called through Java's foreign function interface, final since Java 22. Pointers are plain longs, into direct buffers that
 * the caller keeps alive. A function that fails returns -1 (those of the {@code posix_spawn} family: the error number). Parameters
 * are those of the manual's pages, in their order. Safe for use by many threads.
 */
public final class Libc {
    /** Flag of open: for reading. */
    public static final int O_RDONLY = 0;
    /** Flag of open: never wait. */
    public static final int O_NONBLOCK = 0x800;
    /** Flag of open: not for programs that are started. */
    public static final int O_CLOEXEC = 0x80000;
    /** Command of fcntl: set flags. */
    public static final int F_SETFL = 4;
    /** Family of sockets that are files. */
    public static final int AF_UNIX = 1;
    /** Type of sockets: a stream. */
    public static final int SOCK_STREAM = 1;
    /** Type of sockets: not for programs that are started. */
    public static final int SOCK_CLOEXEC = 0x80000;
    /** Event of poll: there is something to read. */
    public static final short POLLIN = 1;
    /** What waitid waits for: one process. */
    public static final int P_PID = 1;
    /** Option of waitid and waitpid: do not wait. */
    public static final int WNOHANG = 1;
    /** Option of waitid: those that have ended. */
    public static final int WEXITED = 4;
    /** Option of waitid: leave it for the next who asks. */
    public static final int WNOWAIT = 0x1000000;
    /** How a process has ended: by itself. */
    public static final int CLD_EXITED = 1;
    /** Flag of posix_spawn: some signals as by default. */
    public static final short POSIX_SPAWN_SETSIGDEF = 0x04;
    /** Flag of posix_spawn: which signals are blocked. */
    public static final short POSIX_SPAWN_SETSIGMASK = 0x08;
    /** Flag of posix_spawn: a process group of its own. */
    public static final short POSIX_SPAWN_SETPGROUP = 0x02;

    /** Architectures on which Linux numbers the constants above in this way. */
    private static final Set<String> ARCHITECTURES = Set.of("amd64", "aarch64", "riscv64");

    private final MethodHandle addressOf;
    private final MethodHandle pipe2;
    private final MethodHandle fcntl;
    private final MethodHandle close;
    private final MethodHandle read;
    private final MethodHandle write;
    private final MethodHandle poll;
    private final MethodHandle socket;
    private final MethodHandle bind;
    private final MethodHandle listen;
    private final MethodHandle kill;
    private final MethodHandle waitid;
    private final MethodHandle waitpid;
    private final MethodHandle posixSpawn;
    private final MethodHandle actionsInit;
    private final MethodHandle actionsDestroy;
    private final MethodHandle actionsAddOpen;
    private final MethodHandle actionsAddDup2;
    private final MethodHandle actionsAddCloseFrom;
    private final MethodHandle actionsAddChdir;
    private final MethodHandle attributesInit;
    private final MethodHandle attributesSetFlags;
    private final MethodHandle attributesSetSigDefault;
    private final MethodHandle attributesSetSigMask;

    private Libc(ForeignLinker linker) throws ReflectiveOperationException {
        Class<?> i = int.class;
        Class<?> p = long.class;
        addressOf = linker.addressOf();
        pipe2 = linker.function("pipe2", i, p, i);
        fcntl = linker.variadicFunction("fcntl", 2, i, i, i, i);
        close = linker.function("close", i, i);
        read = linker.function("read", p, i, p, p);
        write = linker.function("write", p, i, p, p);
        poll = linker.function("poll", i, p, p, i);
        socket = linker.function("socket", i, i, i, i);
        bind = linker.function("bind", i, i, p, i);
        listen = linker.function("listen", i, i, i);
        kill = linker.function("kill", i, i, i);
        waitid = linker.function("waitid", i, i, i, p, i);
        waitpid = linker.function("waitpid", i, i, p, i);
        posixSpawn = linker.function("posix_spawn", i, p, p, p, p, p, p);
        actionsInit = linker.function("posix_spawn_file_actions_init", i, p);
        actionsDestroy = linker.function("posix_spawn_file_actions_destroy", i, p);
        actionsAddOpen = linker.function("posix_spawn_file_actions_addopen", i, p, i, p, i, i);
        actionsAddDup2 = linker.function("posix_spawn_file_actions_adddup2", i, p, i, i);
        actionsAddCloseFrom = linker.function("posix_spawn_file_actions_addclosefrom_np", i, p, i);
        actionsAddChdir = linker.function("posix_spawn_file_actions_addchdir_np", i, p, p);
        attributesInit = linker.function("posix_spawnattr_init", i, p);
        attributesSetFlags = linker.function("posix_spawnattr_setflags", i, p, short.class);
        attributesSetSigDefault = linker.function("posix_spawnattr_setsigdefault", i, p, p);
        attributesSetSigMask = linker.function("posix_spawnattr_setsigmask", i, p, p);
    }

    /**
     * The library.
     *
     * @throws IOException if Java (22 or later), system (Linux) or C library (glibc 2.34 or later) do not have what it takes; the
     *                     message says which
     */
    public static Libc load() throws IOException {
        String obstacle = obstacle(Runtime.version().feature(), System.getProperty("os.name"), System.getProperty("os.arch"));
        if (obstacle != null) {
            throw new IOException(obstacle);
        }
        try {
            return new Libc(new ForeignLinker());
        } catch (InvocationTargetException e) {
            throw new IOException(String.valueOf(e.getCause()), e);
        } catch (ReflectiveOperationException | LinkageError e) {
            throw new IOException(e.toString(), e);
        }
    }

    /** Why it can't be called with such a Java on such a system; null if it can. */
    static String obstacle(int java, String system, String architecture) {
        if (java < 22) {
            return "calling the C library needs Java 22 or later, this is " + java;
        }
        return system.equals("Linux") && ARCHITECTURES.contains(architecture) ? null
                : "calling the C library is not known for " + system + " on " + architecture;
    }

    /** Address of the first byte of a direct buffer. */
    public long addressOf(ByteBuffer direct) {
        try {
            return (long) addressOf.invokeExact((Buffer) direct);
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    /** pipe2(2). */
    public int pipe2(long descriptors, int flags) {
        try {
            return (int) pipe2.invokeExact(descriptors, flags);
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    /** fcntl(2) with a number as its argument. */
    public int fcntl(int descriptor, int command, int argument) {
        try {
            return (int) fcntl.invokeExact(descriptor, command, argument);
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    /** close(2). */
    public int close(int descriptor) {
        try {
            return (int) close.invokeExact(descriptor);
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    /** read(2). */
    public long read(int descriptor, long buffer, long count) {
        try {
            return (long) read.invokeExact(descriptor, buffer, count);
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    /** write(2). */
    public long write(int descriptor, long buffer, long count) {
        try {
            return (long) write.invokeExact(descriptor, buffer, count);
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    /** poll(2). */
    public int poll(long descriptors, long count, int milliseconds) {
        try {
            return (int) poll.invokeExact(descriptors, count, milliseconds);
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    /** socket(2). */
    public int socket(int domain, int type, int protocol) {
        try {
            return (int) socket.invokeExact(domain, type, protocol);
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    /** bind(2). */
    public int bind(int descriptor, long address, int length) {
        try {
            return (int) bind.invokeExact(descriptor, address, length);
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    /** listen(2). */
    public int listen(int descriptor, int backlog) {
        try {
            return (int) listen.invokeExact(descriptor, backlog);
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    /** kill(2). */
    public int kill(int pid, int signal) {
        try {
            return (int) kill.invokeExact(pid, signal);
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    /** waitid(2). */
    public int waitid(int idType, int id, long information, int options) {
        try {
            return (int) waitid.invokeExact(idType, id, information, options);
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    /** waitpid(2). */
    public int waitpid(int pid, long status, int options) {
        try {
            return (int) waitpid.invokeExact(pid, status, options);
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    /** posix_spawn(3). */
    public int posixSpawn(long pid, long path, long actions, long attributes, long arguments, long environment) {
        try {
            return (int) posixSpawn.invokeExact(pid, path, actions, attributes, arguments, environment);
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    /** Prepares file actions; 0, or the error number. */
    public int actionsInit(long actions) {
        try {
            return (int) actionsInit.invokeExact(actions);
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    /** posix_spawn_file_actions_destroy(3). */
    public void actionsDestroy(long actions) {
        try {
            int ignored = (int) actionsDestroy.invokeExact(actions);
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    /** posix_spawn_file_actions_addopen(3), for a file that exists. */
    public int actionsAddOpen(long actions, int descriptor, long path, int flags) {
        try {
            return (int) actionsAddOpen.invokeExact(actions, descriptor, path, flags, 0);
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    /** posix_spawn_file_actions_adddup2(3). */
    public int actionsAddDup2(long actions, int from, int to) {
        try {
            return (int) actionsAddDup2.invokeExact(actions, from, to);
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    /** posix_spawn_file_actions_addclosefrom_np(3). */
    public int actionsAddCloseFrom(long actions, int first) {
        try {
            return (int) actionsAddCloseFrom.invokeExact(actions, first);
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    /** posix_spawn_file_actions_addchdir_np(3). */
    public int actionsAddChdir(long actions, long path) {
        try {
            return (int) actionsAddChdir.invokeExact(actions, path);
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    /** Prepares attributes: flags, signals to reset and signals to block, the latter two as addresses of signal sets. */
    public int attributes(long attributes, short flags, long resetSignals, long blockedSignals) {
        try {
            int error = (int) attributesInit.invokeExact(attributes);
            if (error == 0) {
                error = (int) attributesSetFlags.invokeExact(attributes, flags);
            }
            if (error == 0) {
                error = (int) attributesSetSigDefault.invokeExact(attributes, resetSignals);
            }
            return error != 0 ? error : (int) attributesSetSigMask.invokeExact(attributes, blockedSignals);
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    /** C functions throw nothing; what a handle throws is a mistake in its use here. */
    private static AssertionError impossible(Throwable t) {
        return new AssertionError(t);
    }
}

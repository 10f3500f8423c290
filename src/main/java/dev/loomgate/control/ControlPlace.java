package dev.loomgate.control;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Where a server's control socket is if nothing is said: in a directory for such things, under a name that is made of the path of the
 * configuration file. So whoever names the same file finds the server.
 */
public final class ControlPlace {
    private static final Path SYSTEM = Path.of("/run/loomgate");
    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rwx------");

    private ControlPlace() {
    }

    /**
     * Where to look for the socket of a server, the likeliest place first.
     *
     * @param configuration the server's configuration file
     * @param environment   of this process
     */
    public static List<Path> candidates(Path configuration, Map<String, String> environment) {
        String name = name(configuration);
        return directories(environment).stream().map(directory -> directory.resolve(name)).toList();
    }

    /**
     * Where to open a socket: the first of the places that this user can keep others out of.
     *
     * @throws IOException if there is none; the message says why
     */
    public static Path choose(Path configuration, Map<String, String> environment) throws IOException {
        IOException refusal = null;
        for (Path directory : directories(environment)) {
            try {
                prepare(directory);
                return directory.resolve(name(configuration));
            } catch (IOException e) {
                refusal = e;
            }
        }
        throw refusal;
    }

    private static List<Path> directories(Map<String, String> environment) {
        var directories = new ArrayList<Path>();
        // systemd's, for RuntimeDirectory=
        String runtime = environment.get("RUNTIME_DIRECTORY");
        if (runtime != null && !runtime.isEmpty()) {
            directories.add(Path.of(runtime.split(":")[0]));
        }
        directories.add(SYSTEM);
        String session = environment.get("XDG_RUNTIME_DIR");
        if (session != null && !session.isEmpty()) {
            directories.add(Path.of(session, "loomgate"));
        }
        directories.add(Path.of(System.getProperty("java.io.tmpdir"), "loomgate-" + System.getProperty("user.name")));
        return directories;
    }

    private static void prepare(Path directory) throws IOException {
        if (!Files.exists(directory, LinkOption.NOFOLLOW_LINKS)) {
            Files.createDirectory(directory, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
        }
        PosixFileAttributes found = Files.readAttributes(directory, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        boolean shared = found.permissions().contains(PosixFilePermission.GROUP_WRITE)
                || found.permissions().contains(PosixFilePermission.OTHERS_WRITE);
        if (!found.isDirectory() || shared || !found.owner().getName().equals(System.getProperty("user.name"))
                || !Files.isWritable(directory)) {
            throw new IOException(directory + " is not a directory that this user alone can write to");
        }
    }

    private static String name(Path configuration) {
        try {
            Path path = Files.exists(configuration) ? configuration.toRealPath() : configuration.toAbsolutePath().normalize();
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(path.toString().getBytes(StandardCharsets.UTF_8));
            return "control-" + HexFormat.of().formatHex(digest, 0, 8) + ".sock";
        } catch (NoSuchAlgorithmException | IOException e) {
            throw new IllegalStateException("no name for the control socket of " + configuration, e);
        }
    }
}

package dev.loomgate.guard;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file of networks: one to a line, {@code #} begins a comment. Whoever polls has it read again when it has changed; a file
 * that is gone or has mistakes leaves the networks as they were. For one thread at a time.
 */
public final class AddressFile {
    private static final Logger LOGGER = LoggerFactory.getLogger(AddressFile.class);

    private final Path file;
    private Stamp seen;
    private List<Network> networks;

    private record Stamp(FileTime modified, long size, Object key) {
        static Stamp of(Path file) throws IOException {
            var attributes = Files.readAttributes(file, java.nio.file.attribute.BasicFileAttributes.class);
            return new Stamp(attributes.lastModifiedTime(), attributes.size(), attributes.fileKey());
        }
    }

    private AddressFile(Path file, Stamp seen, List<Network> networks) {
        this.file = file;
        this.seen = seen;
        this.networks = networks;
    }

    /**
     * Reads a file.
     *
     * @throws IllegalArgumentException if it can't be read, or a line is not a network: the message names file, line and
     *                                  what is allowed
     */
    public static AddressFile open(Path file) {
        try {
            Stamp stamp = Stamp.of(file);
            return new AddressFile(file, stamp, read(file));
        } catch (IOException e) {
            throw new IllegalArgumentException(explain(file, e), e);
        }
    }

    private static List<Network> read(Path file) throws IOException {
        var networks = new ArrayList<Network>();
        int number = 0;
        for (String line : Files.readAllLines(file)) {
            number++;
            int comment = line.indexOf('#');
            String text = (comment < 0 ? line : line.substring(0, comment)).strip();
            if (!text.isEmpty()) {
                try {
                    networks.add(Network.parse(text));
                } catch (IllegalArgumentException e) {
                    throw new IllegalArgumentException(file + ":" + number + ": found '" + text + "'; " + e.getMessage(), e);
                }
            }
        }
        return List.copyOf(networks);
    }

    private static String explain(Path file, IOException e) {
        return switch (e) {
            case NoSuchFileException gone -> file + ": no such file";
            case CharacterCodingException binary -> file + ": not a text in UTF-8";
            default -> file + ": can't be read: " + e.getMessage();
        };
    }

    /** The networks as last read without a mistake. */
    public List<Network> networks() {
        return networks;
    }

    /** Reads the file again if it has changed; returns whether there are other networks now. */
    public boolean refresh() {
        try {
            Stamp stamp = Stamp.of(file);
            if (stamp.equals(seen)) {
                return false;
            }
            // before reading: a change while it is read is seen the next time
            seen = stamp;
            networks = read(file);
            LOGGER.atInfo().addKeyValue("file", file).addKeyValue("networks", networks.size()).log("addresses read again");
            return true;
        } catch (IOException e) {
            if (seen != null) {
                seen = null;
                keepOld(explain(file, e));
            }
        } catch (IllegalArgumentException e) {
            keepOld(e.getMessage());
        }
        return false;
    }

    private void keepOld(String reason) {
        LOGGER.atError().addKeyValue("problem", reason).addKeyValue("networks", networks.size())
                .log("a changed file of addresses can't be used; the networks that it held before stay in force");
    }
}

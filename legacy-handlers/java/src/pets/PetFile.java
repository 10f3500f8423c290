package pets;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * The data file that all implementations share, {@code pets.tsv}. Its first line is {@code #pets}, the serial number of
 * the last change and the next free id; each further line is a pet; fields are separated by tabs.
 *
 * <p>A writer holds a POSIX lock on {@code pets.lock} while it reads the file, writes {@code pets.tsv.new} and renames that
 * over the old one. So a reader needs no lock: it sees the whole file from before a change or from after it. As long as
 * nothing was changed there is only {@code pets.seed.tsv}.
 */
public final class PetFile {
    private final Path file;
    private final Path seed;
    private final Path changed;
    private final Path lock;
    private final String monitor;

    /** The file in a directory, which must be there. */
    public PetFile(Path directory) {
        Path absolute = directory.toAbsolutePath().normalize();
        file = absolute.resolve("pets.tsv");
        seed = absolute.resolve("pets.seed.tsv");
        changed = absolute.resolve("pets.tsv.new");
        lock = absolute.resolve("pets.lock");
        // an interned string is the same object for every class loader, and so is the lock that it carries: the operating
        // system's lock belongs to the whole JVM, and is lost as soon as anyone in it closes the lock file. Before Java 24 a
        // virtual thread that waits for it keeps its carrier: the milliseconds of a write are short enough for that
        monitor = ("pets.PetFile " + lock).intern();
    }

    /** What the file holds. */
    public record Content(long serial, int nextId, List<Pet> pets) {
    }

    /** Reads all pets, in the order in which they came. */
    public Content read() throws IOException {
        try (BufferedReader lines = open()) {
            String first = lines.readLine();
            Content head = head(first);
            List<Pet> pets = new ArrayList<>();
            int number = 2;
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                pets.add(pet(line, number++));
            }
            return new Content(head.serial(), head.nextId(), List.copyOf(pets));
        }
    }

    /** Serial number of the last change: grows with each. Reads one line only. */
    public long serial() throws IOException {
        try (BufferedReader lines = open()) {
            return head(lines.readLine()).serial();
        }
    }

    private BufferedReader open() throws IOException {
        try {
            return new BufferedReader(new InputStreamReader(Files.newInputStream(file), StandardCharsets.UTF_8));
        } catch (NoSuchFileException e) {
            return new BufferedReader(new InputStreamReader(Files.newInputStream(seed), StandardCharsets.UTF_8));
        }
    }

    private Content head(String line) throws IOException {
        String[] fields = line == null ? new String[0] : line.split("\t", -1);
        if (fields.length != 3 || !fields[0].equals("#pets")) {
            throw new IOException(file + " line 1: expected #pets, serial number and next id, separated by tabs");
        }
        try {
            return new Content(Long.parseLong(fields[1]), Integer.parseInt(fields[2]), List.of());
        } catch (NumberFormatException e) {
            throw new IOException(file + " line 1: no number: " + e.getMessage(), e);
        }
    }

    private Pet pet(String line, int number) throws IOException {
        String[] fields = line.split("\t", -1);
        if (fields.length != 6) {
            throw new IOException(file + " line " + number + ": " + fields.length + " fields, expected 6");
        }
        try {
            int id = Integer.parseInt(fields[0]);
            int fed = Integer.parseInt(fields[4]);
            return new Pet(id, fields[1], fields[2], fields[3], fed, fields[5]);
        } catch (NumberFormatException e) {
            throw new IOException(file + " line " + number + ": no number: " + e.getMessage(), e);
        }
    }

    /** Adds a pet; its texts are {@linkplain Pet#clean clean}. */
    public Pet add(String name, String species, String note) throws IOException {
        String now = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
        Content after = change(before -> {
            List<Pet> pets = new ArrayList<>(before.pets());
            pets.add(new Pet(before.nextId(), name, species, note, 0, now));
            return new Content(before.serial(), before.nextId() + 1, pets);
        });
        return after.pets().get(after.pets().size() - 1);
    }

    /** Feeds a pet; empty if there is no such pet. */
    public Optional<Pet> feed(int id) throws IOException {
        Content after = change(before -> new Content(before.serial(), before.nextId(),
                before.pets().stream().map(pet -> pet.id() == id ? pet.fedAgain() : pet).toList()));
        return after.pets().stream().filter(pet -> pet.id() == id).findFirst();
    }

    /** Takes a pet out; {@code false} if there is no such pet. */
    public boolean remove(int id) throws IOException {
        int[] removed = new int[1];
        change(before -> {
            List<Pet> left = before.pets().stream().filter(pet -> pet.id() != id).toList();
            removed[0] = before.pets().size() - left.size();
            return new Content(before.serial(), before.nextId(), left);
        });
        return removed[0] > 0;
    }

    private Content change(UnaryOperator<Content> change) throws IOException {
        synchronized (monitor) {
            try (FileChannel channel = FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
                // released by the closing of the channel
                channel.lock();
                Content before = read();
                Content after = change.apply(before);
                if (!after.pets().equals(before.pets())) {
                    write(new Content(before.serial() + 1, after.nextId(), after.pets()));
                }
                return after;
            }
        }
    }

    private void write(Content content) throws IOException {
        StringBuilder text = new StringBuilder("#pets\t" + content.serial() + "\t" + content.nextId() + "\n");
        for (Pet pet : content.pets()) {
            text.append(pet.id()).append('\t').append(pet.name()).append('\t').append(pet.species()).append('\t')
                    .append(pet.note()).append('\t').append(pet.fed()).append('\t').append(pet.added()).append('\n');
        }
        ByteBuffer bytes = StandardCharsets.UTF_8.encode(text.toString());
        try (FileChannel out = FileChannel.open(changed, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.WRITE)) {
            while (bytes.hasRemaining()) {
                out.write(bytes);
            }
            // before the rename, or a power cut could leave the new name with no content
            out.force(true);
        }
        Files.move(changed, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
}

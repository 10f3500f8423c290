package pets;

import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The pets in an H2 database in memory, for questions that a file can't answer quickly. The file stays the truth: before each
 * question, what has changed in it since the last one, by whichever program, is taken over.
 */
final class PetIndex implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(PetIndex.class);
    private static final String CONDITION = " from pet where (cast(? as varchar) is null or lower(species) = lower(?))"
            + " and (cast(? as varchar) is null or locate(lower(?), lower(name)) > 0 or locate(lower(?), lower(note)) > 0)";

    private final PetFile file;
    private final HikariDataSource database;
    private final ReentrantLock takingOver = new ReentrantLock();
    private final Map<Integer, Pet> known = new HashMap<>();
    private volatile long serial = -1;

    PetIndex(PetFile file) {
        this.file = file;
        HikariConfig config = new HikariConfig();
        config.setPoolName("pets");
        config.setJdbcUrl("jdbc:h2:mem:pets-" + Integer.toHexString(System.identityHashCode(this)) + ";DB_CLOSE_DELAY=-1");
        config.setMaximumPoolSize(4);
        database = new HikariDataSource(config);
        try (Connection connection = database.getConnection()) {
            connection.createStatement().execute("create table pet (id int primary key, name varchar, species varchar,"
                    + " note varchar, fed int, added varchar)");
        } catch (SQLException e) {
            database.close();
            throw new IllegalStateException("The database in memory can't be made: " + e.getMessage(), e);
        }
    }

    /** Some of the pets that fit, and how many fit in all. */
    record Found(int count, List<Pet> pets) {
    }

    /**
     * Looks for pets, newest first.
     *
     * @param species the whole species, letter case ignored, or {@code null} for any
     * @param text    a part of name or note, letter case ignored, or {@code null} for any
     */
    Found find(String species, String text, int limit, int offset) throws IOException, SQLException {
        takeOver();
        try (Connection connection = database.getConnection();
             PreparedStatement count = connection.prepareStatement("select count(*)" + CONDITION);
             PreparedStatement pets = connection.prepareStatement("select *" + CONDITION
                     + " order by id desc limit ? offset ?")) {
            for (PreparedStatement statement : List.of(count, pets)) {
                statement.setString(1, species);
                statement.setString(2, species);
                statement.setString(3, text);
                statement.setString(4, text);
                statement.setString(5, text);
            }
            pets.setInt(6, limit);
            pets.setInt(7, offset);
            try (ResultSet number = count.executeQuery(); ResultSet rows = pets.executeQuery()) {
                number.next();
                return new Found(number.getInt(1), pets(rows));
            }
        }
    }

    /** The pet of this id. */
    Optional<Pet> get(int id) throws IOException, SQLException {
        takeOver();
        try (Connection connection = database.getConnection();
             PreparedStatement statement = connection.prepareStatement("select * from pet where id = ?")) {
            statement.setInt(1, id);
            try (ResultSet rows = statement.executeQuery()) {
                return pets(rows).stream().findFirst();
            }
        }
    }

    private static List<Pet> pets(ResultSet rows) throws SQLException {
        List<Pet> pets = new ArrayList<>();
        while (rows.next()) {
            pets.add(new Pet(rows.getInt("id"), rows.getString("name"), rows.getString("species"), rows.getString("note"),
                    rows.getInt("fed"), rows.getString("added")));
        }
        return pets;
    }

    private void takeOver() throws IOException, SQLException {
        if (file.serial() == serial) {
            return;
        }
        takingOver.lock();
        try {
            PetFile.Content content = file.read();
            if (content.serial() != serial) {
                takeOver(content);
            }
        } finally {
            takingOver.unlock();
        }
    }

    private void takeOver(PetFile.Content content) throws SQLException {
        Set<Integer> gone = new HashSet<>(known.keySet());
        List<Pet> changed = new ArrayList<>();
        for (Pet pet : content.pets()) {
            gone.remove(pet.id());
            if (!pet.equals(known.get(pet.id()))) {
                changed.add(pet);
            }
        }
        try (Connection connection = database.getConnection()) {
            connection.setAutoCommit(false);
            try {
                delete(connection, gone);
                merge(connection, changed);
                connection.commit();
            } catch (SQLException e) {
                connection.rollback();
                throw e;
            }
        }
        known.keySet().removeAll(gone);
        changed.forEach(pet -> known.put(pet.id(), pet));
        serial = content.serial();
        LOGGER.atDebug().addKeyValue("serial", serial).addKeyValue("changed", changed.size()).addKeyValue("gone", gone.size())
                .log("changes of the pet file taken over");
    }

    private static void delete(Connection connection, Set<Integer> ids) throws SQLException {
        try (PreparedStatement delete = connection.prepareStatement("delete from pet where id = ?")) {
            for (int id : ids) {
                delete.setInt(1, id);
                delete.addBatch();
            }
            delete.executeBatch();
        }
    }

    private static void merge(Connection connection, List<Pet> pets) throws SQLException {
        try (PreparedStatement merge = connection.prepareStatement("merge into pet values (?, ?, ?, ?, ?, ?)")) {
            for (Pet pet : pets) {
                merge.setInt(1, pet.id());
                merge.setString(2, pet.name());
                merge.setString(3, pet.species());
                merge.setString(4, pet.note());
                merge.setInt(5, pet.fed());
                merge.setString(6, pet.added());
                merge.addBatch();
            }
            merge.executeBatch();
        }
    }

    @Override
    public void close() {
        database.close();
    }
}

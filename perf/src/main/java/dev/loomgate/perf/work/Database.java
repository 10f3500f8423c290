package dev.loomgate.perf.work;

import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.ThreadLocalRandom;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;

/**
 * A table of greetings in a database, made when it is first asked for: H2 in memory, or what the system property
 * {@code perf.database} names ({@code jdbc:postgresql://...}). A pool of 16 connections.
 */
final class Database {
    private static final int ROWS = 1000;

    private HikariDataSource pool; // guarded by this

    Answer row() throws IOException {
        try (var connection = source().getConnection();
                var query = connection.prepareStatement("SELECT greeting FROM loomgate_perf WHERE id = ?")) {
            query.setInt(1, ThreadLocalRandom.current().nextInt(ROWS));
            try (var rows = query.executeQuery()) {
                rows.next();
                return Answer.text(rows.getString(1));
            }
        } catch (SQLException e) {
            throw new IOException("database: " + e.getMessage(), e);
        }
    }

    private synchronized HikariDataSource source() throws SQLException {
        if (pool == null) {
            var config = new HikariConfig();
            String given = System.getProperty("perf.database", "");
            config.setJdbcUrl(given.isEmpty() ? "jdbc:h2:mem:perf;DB_CLOSE_DELAY=-1" : given);
            config.setMaximumPoolSize(16);
            var made = new HikariDataSource(config);
            try (var connection = made.getConnection()) {
                fill(connection);
            }
            pool = made;
        }
        return pool;
    }

    private static void fill(Connection connection) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute("CREATE TABLE IF NOT EXISTS loomgate_perf (id INT PRIMARY KEY, greeting VARCHAR(40))");
            try (var rows = statement.executeQuery("SELECT COUNT(*) FROM loomgate_perf")) {
                rows.next();
                if (rows.getInt(1) > 0) {
                    return;
                }
            }
        }
        try (var insert = connection.prepareStatement("INSERT INTO loomgate_perf VALUES (?, 'Hello, World!')")) {
            for (int id = 0; id < ROWS; id++) {
                insert.setInt(1, id);
                insert.addBatch();
            }
            insert.executeBatch();
        }
    }
}

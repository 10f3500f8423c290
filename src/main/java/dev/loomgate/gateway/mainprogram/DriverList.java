package dev.loomgate.gateway.mainprogram;

import java.sql.Connection;
import java.sql.Driver;
import java.sql.DriverAction;
import java.sql.SQLException;
import java.util.Iterator;
import java.util.List;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The JDBC drivers of one request. Safe for use by many threads. */
final class DriverList {
    private static final Logger LOGGER = LoggerFactory.getLogger(DriverList.class);

    private final Execution execution;
    private final List<Entry> entries = new CopyOnWriteArrayList<>();
    /** A thread that loads drivers finds what it has loaded so far. */
    private final ReentrantLock loading = new ReentrantLock();
    private boolean begun;
    private volatile boolean loaded;
    private volatile int loginTimeout;

    DriverList(Execution execution) {
        this.execution = execution;
    }

    private record Entry(Driver driver, DriverAction action) {
    }

    void add(Driver driver, DriverAction action) {
        if (driver == null) {
            throw new NullPointerException("driver");
        }
        if (entries.stream().noneMatch(entry -> entry.driver() == driver)) {
            entries.add(new Entry(driver, action));
        }
    }

    void remove(Driver driver) {
        for (Entry entry : entries) {
            if (entry.driver() == driver && entries.remove(entry) && entry.action() != null) {
                entry.action().deregister();
            }
        }
    }

    List<Driver> all() {
        load();
        return entries.stream().map(Entry::driver).toList();
    }

    /** As Java does when the list is first asked for: those that the program's jars name, and those of a property. */
    private void load() {
        if (loaded) {
            return;
        }
        loading.lock();
        try {
            if (begun) {
                return;
            }
            begun = true;
            loadServices();
            String names = ProgramSystem.getProperty("jdbc.drivers", "");
            for (String name : names.isEmpty() ? new String[0] : names.split(":")) {
                loadClass(name);
            }
            loaded = true;
        } finally {
            loading.unlock();
        }
    }

    private void loadServices() {
        Iterator<Driver> services = ServiceLoader.load(Driver.class, execution.loader()).iterator();
        try {
            while (services.hasNext()) {
                services.next();
            }
        } catch (ServiceConfigurationError | LinkageError e) {
            execution.event(LOGGER.atDebug()).setCause(e).log("a JDBC driver can't be loaded");
        }
    }

    private void loadClass(String name) {
        try {
            ProgramReflection.forName(name.strip(), true, execution.loader());
        } catch (ClassNotFoundException | LinkageError e) {
            execution.event(LOGGER.atDebug()).addKeyValue("driver", name).setCause(e).log("a JDBC driver can't be loaded");
        }
    }

    Driver accepting(String url) throws SQLException {
        for (Driver driver : all()) {
            if (accepts(driver, url)) {
                return driver;
            }
        }
        throw new SQLException("No suitable driver", "08001");
    }

    private static boolean accepts(Driver driver, String url) {
        try {
            return driver.acceptsURL(url);
        } catch (SQLException e) {
            // perhaps another does
            return false;
        }
    }

    Connection connect(String url, java.util.Properties info) throws SQLException {
        if (url == null) {
            throw new SQLException("The url cannot be null", "08001");
        }
        SQLException first = null;
        for (Driver driver : all()) {
            try {
                Connection connection = driver.connect(url, info);
                if (connection != null) {
                    return connection;
                }
            } catch (SQLException e) {
                first = first == null ? e : first;
            }
        }
        throw first != null ? first : new SQLException("No suitable driver found for " + url, "08001");
    }

    int loginTimeout() {
        return loginTimeout;
    }

    void loginTimeout(int seconds) {
        loginTimeout = seconds;
    }
}

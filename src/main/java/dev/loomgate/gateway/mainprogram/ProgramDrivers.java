package dev.loomgate.gateway.mainprogram;

import java.sql.Connection;
import java.sql.Driver;
import java.sql.DriverAction;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Collections;
import java.util.Enumeration;
import java.util.Properties;
import java.util.stream.Stream;

/**
 * The JDBC drivers of a program: each request has its own, as its static initialisers register them each time. Java's own list is
 * the whole JVM's and would only ever grow. Rewritten code calls these methods instead of those of {@code DriverManager}.
 */
public final class ProgramDrivers {
    private ProgramDrivers() {
    }

    private static DriverList drivers() {
        return ProgramSystem.required("DriverManager").drivers();
    }

    /** Adds a driver. */
    @InPlaceOf(type = DriverManager.class)
    public static void registerDriver(Driver driver) throws SQLException {
        registerDriver(driver, null);
    }

    /** Adds a driver, with what to do when it is removed. */
    @InPlaceOf(type = DriverManager.class)
    public static void registerDriver(Driver driver, DriverAction action) throws SQLException {
        drivers().add(driver, action);
    }

    /** Removes a driver. */
    @InPlaceOf(type = DriverManager.class)
    public static void deregisterDriver(Driver driver) throws SQLException {
        if (driver != null) {
            drivers().remove(driver);
        }
    }

    /** The first driver that takes a URL. */
    @InPlaceOf(type = DriverManager.class)
    public static Driver getDriver(String url) throws SQLException {
        return drivers().accepting(url);
    }

    /** All drivers. */
    @InPlaceOf(type = DriverManager.class)
    public static Enumeration<Driver> getDrivers() {
        return Collections.enumeration(drivers().all());
    }

    /** All drivers. */
    @InPlaceOf(type = DriverManager.class, name = "drivers")
    public static Stream<Driver> stream() {
        return drivers().all().stream();
    }

    /** Connects with the first driver that can. */
    @InPlaceOf(type = DriverManager.class)
    public static Connection getConnection(String url, Properties info) throws SQLException {
        return drivers().connect(url, info);
    }

    /** Connects with the first driver that can. */
    @InPlaceOf(type = DriverManager.class)
    public static Connection getConnection(String url, String user, String password) throws SQLException {
        var info = new Properties();
        if (user != null) {
            info.put("user", user);
        }
        if (password != null) {
            info.put("password", password);
        }
        return drivers().connect(url, info);
    }

    /** Connects with the first driver that can. */
    @InPlaceOf(type = DriverManager.class)
    public static Connection getConnection(String url) throws SQLException {
        return drivers().connect(url, new Properties());
    }

    /** How long a driver may take to connect, in seconds; 0 for no limit. */
    @InPlaceOf(type = DriverManager.class)
    public static int getLoginTimeout() {
        return drivers().loginTimeout();
    }

    /** Sets how long a driver may take to connect, in this request. */
    @InPlaceOf(type = DriverManager.class)
    public static void setLoginTimeout(int seconds) {
        drivers().loginTimeout(seconds);
    }
}

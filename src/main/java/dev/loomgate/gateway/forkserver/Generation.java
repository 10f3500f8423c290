package dev.loomgate.gateway.forkserver;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/** Drivers that have loaded the same script. */
record Generation(FileState script, List<Driver> drivers) {
    Generation(FileState script, Driver first) {
        this(script, new CopyOnWriteArrayList<>(List.of(first)));
    }

    boolean serves(FileState now) {
        return script.equals(now) && !drivers.isEmpty() && change().isEmpty();
    }

    /** A file that is not the same any more. */
    Optional<Path> change() {
        return drivers.stream().flatMap(driver -> driver.files().changed().stream()).findFirst();
    }

    /** The one with the least to do. */
    Driver choose() {
        Driver best = null;
        for (Driver driver : drivers) {
            if (best == null || driver.load() < best.load()) {
                best = driver;
            }
        }
        return best;
    }
}

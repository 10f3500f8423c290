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

    /** Has each keep its part of the processes that are forked ahead. */
    void share(ForkServerSettings.Spare spare) {
        if (spare.count() == 0) {
            return;
        }
        List<Driver> all = List.copyOf(drivers);
        for (int i = 0; i < all.size(); i++) {
            all.get(i).keepSpare(part(spare.count(), i, all.size()), part(spare.limit(), i, all.size()));
        }
    }

    private static int part(int whole, int number, int parts) {
        return whole / parts + (number < whole % parts ? 1 : 0);
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

package dev.loomgate.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import dev.loomgate.server.Missing;
import dev.loomgate.server.Plan;
import dev.loomgate.server.RouteLine;
import dev.loomgate.tls.ServerTls;

/** What a server serves, for the terminal. */
final class Summary {
    /** Days before its end from which a certificate is marked. */
    private static final int SOON_DAYS = 14;

    private Summary() {
    }

    /** Prints the routes as a table, in the order of precedence. */
    static void printRoutes(Plan plan, PrintWriter out) {
        List<RouteLine> routes = plan.routes();
        boolean hosts = routes.stream().anyMatch(route -> !route.host().isEmpty());
        List<List<String>> rows = Stream.concat(Stream.of(List.of(hosts ? "host" : "", "path", "methods", "handler", "serves")),
                routes.stream().map(route -> List.of(hosts && route.host().isEmpty() ? "any" : route.host(), route.path(),
                        route.methods().isEmpty() ? "any" : String.join(",", route.methods()), route.handler(),
                        route.target()))).toList();
        int[] widths = IntStream.range(0, 5)
                .map(column -> rows.stream().mapToInt(row -> row.get(column).length()).max().orElse(0)).toArray();
        for (List<String> row : rows) {
            var line = new StringBuilder();
            for (int column = 0; column < row.size(); column++) {
                if (widths[column] > 0) {
                    line.append("  ").append(row.get(column)).repeat(' ', widths[column] - row.get(column).length());
                }
            }
            out.println(line.toString().stripTrailing());
        }
    }

    /** Prints what this machine lacks, if anything. */
    /** Certificates, and for how many days they are still good. */
    static void printCertificates(Plan plan, PrintWriter out) {
        for (ServerTls.Line one : plan.certificates()) {
            long days = one.daysLeft();
            String left = days < 0 ? "EXPIRED " + -days + " days ago" : days + " days left";
            out.println("  " + (days < SOON_DAYS ? "! " : "") + "certificate " + one.file() + " for "
                    + (one.names().isEmpty() ? one.subject() : String.join(", ", one.names())) + ": " + left);
        }
    }

    static void printMissing(Plan plan, PrintWriter out) {
        List<Missing> missing = plan.missing();
        if (!missing.isEmpty()) {
            out.println();
            missing.forEach(one -> out.println("  ! " + one));
        }
    }
}

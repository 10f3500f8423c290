package dev.loomgate.perf;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

import dev.loomgate.perf.server.ServerTypes;

/** The page, with its plots and raw data beside it. */
final class Report {
    private final Results results;
    private final Charts charts;
    private final StringBuilder page = new StringBuilder();

    private Report(Results results, Path directory) {
        this.results = results;
        this.charts = new Charts(directory);
    }

    /** Writes {@code index.html} and what belongs to it, in place of what is there of an earlier run; where the page is. */
    static Path write(Results results, Path directory) throws IOException {
        try (var old = Files.list(directory)) {
            for (Path file : old.filter(one -> one.toString().endsWith(".svg")).toList()) {
                Files.delete(file);
            }
        }
        RawData.csv(results, directory.resolve("data.csv"));
        RawData.json(results, directory.resolve("data.json"));
        var report = new Report(results, directory);
        report.head();
        report.bars();
        // the one of the main plot comes first, whenever it was measured
        for (Plan.Item item : results.plan().items().stream()
                .sorted(Comparator.comparing(item -> !item.scenario().name().equals(Scenarios.MAIN))).toList()) {
            report.scenario(item);
        }
        report.byConnections();
        report.howToRead();
        report.surroundings();
        return Files.writeString(directory.resolve("index.html"), report.page.append("</main>\n").toString());
    }

    private void head() throws IOException {
        String css;
        try (InputStream in = Report.class.getResourceAsStream("/report.css")) {
            css = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
        page.append("<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n"
                + "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>Loomgate, compared</title>\n<style>\n")
                .append(css).append("</style>\n<main>\n<h1>Loomgate, compared</h1>\n");
        page.append("<p>Loomgate is a web server in Java that runs old blocking handlers on virtual threads. Here it is measured beside "
                + "classic models of servers and other servers, ").append("with the same handler, in turns, on one machine.</p>\n");
        page.append("<p class=\"soft\">").append(Text.html(results.facts().get("Machine"))).append("; profile ")
                .append(results.settings().full() ? "full" : "quick").append("; commit ")
                .append(Text.html(results.facts().get("Commit"))).append(". Raw data: <a href=\"data.csv\">CSV</a>, "
                        + "<a href=\"data.json\">JSON</a>.</p>\n");
    }

    private void bars() {
        List<Bar> bars = Bar.of(results);
        long pass = bars.stream().filter(bar -> bar.verdict() == Bar.Verdict.PASS).count();
        long fail = bars.stream().filter(bar -> bar.verdict() == Bar.Verdict.FAIL).count();
        page.append("<section>\n<h2>What the project asks of itself: <span class=\"pass\">").append(pass)
                .append(" met</span>, <span class=\"").append(fail > 0 ? "fail" : "soft").append("\">").append(fail)
                .append(" missed</span>, <span class=\"unknown\">").append(bars.size() - pass - fail)
                .append(" not measured here</span></h2>\n");
        page.append("<table class=\"bars\"><thead><tr><th>what<th>asked<th>found<th></tr></thead>\n");
        for (Bar bar : bars) {
            String style = switch (bar.verdict()) {
                case PASS -> "pass";
                case FAIL -> "fail";
                case NOT_MEASURED -> "unknown";
            };
            page.append("<tr><td>").append(Text.html(bar.name())).append("<td class=\"soft\">").append(Text.html(bar.wanted()))
                    .append("<td>").append(Text.html(bar.found())).append("<td class=\"").append(style).append("\">")
                    .append(bar.verdict().words).append("</tr>\n");
        }
        page.append("</table>\n</section>\n");
        long errors = results.turns().stream().mapToLong(Turn::errors).sum();
        if (errors > 0) {
            page.append("<p class=\"errors\">").append(Text.count(errors)).append(" requests of this run failed or timed out; "
                    + "the tables below say with which server.</p>\n");
        }
        for (String failure : results.failures()) {
            page.append("<p class=\"errors\">Not measured: ").append(Text.html(failure)).append("</p>\n");
        }
        page.append("<nav>");
        for (Plan.Item item : results.plan().items()) {
            page.append("<a href=\"#").append(item.scenario().name()).append("\">").append(item.scenario().name()).append("</a> ");
        }
        page.append("<a href=\"#reading\">how to read it</a> <a href=\"#surroundings\">versions and commands</a></nav>\n");
    }

    private void scenario(Plan.Item item) throws IOException {
        Scenario scenario = item.scenario();
        var measured = new ArrayList<>(item.servers().stream()
                .filter(server -> !results.of(scenario.name(), server).isEmpty()).toList());
        if (measured.isEmpty()) {
            return;
        }
        Comparator<String> best = Comparator.comparingDouble(server -> results.median(scenario.name(), server));
        measured.sort(scenario.kind().isRate() ? best.reversed() : best);
        page.append("<section id=\"").append(scenario.name()).append("\">\n<h2>").append(Text.html(scenario.title()))
                .append("</h2>\n<p>").append(Text.html(scenario.text())).append("</p>\n");
        if (measured.size() > 1) {
            image(charts.columns(scenario, measured, results), scenario.title());
        }
        if (scenario.kind() == Scenario.Kind.OPEN) {
            image(charts.latencies(scenario, measured, results), "latencies: " + scenario.title());
        }
        if (scenario.kind().isRate()) {
            for (String tool : item.tools()) {
                page.append("<p class=\"soft\">").append(item.rounds()).append(" rounds of ").append(item.turnSeconds(results.settings()))
                        .append(" s, ").append(Text.count(item.connections()).replace(".0", "")).append(" connections, ")
                        .append(tool.equals("wrk") ? "load by wrk" : "load by the project's own generator").append(".</p>\n");
                rates(scenario, measured, tool);
            }
        } else {
            values(scenario, measured);
        }
        page.append("</section>\n");
    }

    private void rates(Scenario scenario, List<String> servers, String tool) {
        page.append("<div class=\"scroll\"><table><tr><th>server<th class=\"n\">answers/s<th class=\"n\">spread<th class=\"n\">errors"
                + "<th class=\"n\">p50 ms<th class=\"n\">p99 ms<th class=\"n\">answers per<br>CPU second<th class=\"n\">in the<br>kernel"
                + "<th class=\"n\">peak<br>MB<th class=\"n\">switches<br>each<th class=\"n\">server,<br>load busy</tr>\n");
        double most = servers.stream().mapToDouble(server -> results.median(scenario.name(), server)).max().orElse(1);
        for (String server : servers) {
            List<Turn> turns = results.turns().stream().filter(turn -> turn.scenario().equals(scenario.name())
                    && turn.server().equals(server) && turn.tool().equals(tool)).toList();
            double[] figures = turns.stream().mapToDouble(Turn::figure).toArray();
            double rate = Statistics.median(figures);
            long errors = turns.stream().mapToLong(Turn::errors).sum();
            who(server, rate / most);
            cell(Text.count(rate));
            cell("± " + Text.percent(Statistics.spread(figures)));
            page.append("<td class=\"n").append(errors > 0 ? " errors" : "").append("\">").append(errors > 0 ? kinds(turns) : "0");
            cell(Text.count(median(turns, turn -> turn.outcome().millisAt(50))));
            cell(Text.count(median(turns, turn -> turn.outcome().millisAt(99))));
            cell(Text.count(median(turns, turn -> 1e6 / turn.cpuMicros())));
            cell(Text.percent(median(turns, Turn::systemShare)));
            cell(Text.megabytes(median(turns, turn -> turn.usage().peakMemory())));
            cell(Text.count(median(turns, turn -> (double) turn.usage().switches() / Math.max(1, turn.outcome().requests()))));
            cell(Text.percent(median(turns, Turn::serverBusy)) + ", " + Text.percent(median(turns, Turn::loadBusy)));
            page.append("</tr>\n");
        }
        page.append("</table></div>\n");
    }

    private void values(Scenario scenario, List<String> servers) {
        page.append("<div class=\"scroll\"><table><tr><th>server<th class=\"n\">").append(scenario.kind().unit)
                .append("<th class=\"n\">spread<th>each round</tr>\n");
        double most = servers.stream().mapToDouble(server -> results.median(scenario.name(), server)).max().orElse(1);
        for (String server : servers) {
            double[] figures = results.figures(scenario.name(), server).stream().mapToDouble(Double::doubleValue).toArray();
            who(server, Statistics.median(figures) / most);
            cell(Text.count(Statistics.median(figures)));
            cell("± " + Text.percent(Statistics.spread(figures)));
            page.append("<td class=\"soft\">")
                    .append(String.join(", ", results.figures(scenario.name(), server).stream().map(Text::count).toList()))
                    .append("</tr>\n");
        }
        page.append("</table></div>\n");
    }

    private void who(String server, double share) {
        page.append("<tr").append(server.equals("loomgate") ? " class=\"ours\"" : "").append("><td class=\"who\">")
                .append(server).append("<small>").append(Text.html(title(server))).append("</small><div class=\"bar\" style=\"width:")
                .append(Math.round(100 * (Double.isNaN(share) ? 0 : share))).append("%\"></div>");
    }

    private static String title(String server) {
        return server.equals(Plan.CACHED) ? "Loomgate with the cache of bin/loomgate-aot" : ServerTypes.named(server).title();
    }

    private static String kinds(List<Turn> turns) {
        var sums = new java.util.TreeMap<String, Long>();
        turns.forEach(turn -> turn.outcome().errors().forEach((kind, count) -> sums.merge(kind, count, Long::sum)));
        return String.join("<br>", sums.entrySet().stream().map(e -> Text.count(e.getValue()).replaceAll("\\.0+$", "") + " "
                + (e.getKey().equals("wrk") ? "" : e.getKey())).toList());
    }

    private static double median(List<Turn> turns, java.util.function.ToDoubleFunction<Turn> of) {
        return Statistics.median(turns.stream().mapToDouble(of).toArray());
    }

    private void cell(String text) {
        page.append("<td class=\"n\">").append(text);
    }

    private void image(String file, String what) {
        page.append("<img src=\"").append(file).append("\" alt=\"").append(Text.html(what)).append("\">\n");
    }

    private void byConnections() throws IOException {
        for (int millis : new int[] {10, 100, 1000}) {
            List<Plan.Item> items = results.plan().items().stream()
                    .filter(item -> item.scenario().name().startsWith("wait-" + millis + "-"))
                    .sorted(Comparator.comparingInt(Plan.Item::connections)).toList();
            if (items.size() > 1) {
                String file = charts.byConnections(millis, items, results);
                if (file != null) {
                    page.append("<section>\n<h2>Waiting ").append(millis).append(" ms, by connections</h2>\n");
                    image(file, "waiting " + millis + " ms by connections");
                    page.append("</section>\n");
                }
            }
        }
    }

    private void howToRead() {
        page.append("""
                <section id="reading">
                <h2>How to read it</h2>
                <p>All servers of a scenario stay up and take turns, round after round, one under load at a time; so what else the
                machine does falls on all of them. A figure is the median of the rounds, a ratio the median of the ratios within the
                rounds, and the spread how far rounds are from their median as a rule.</p>
                <p><b>Errors</b> are answers other than 2xx and 3xx, refused and broken connections, and time-outs of 2 s (20 s for
                scripts). They are in red, and in the latencies with the time until they were given up. <b>Answers per CPU second</b>
                are of the server's own processor time, and tell even if the machine was not quiet. <b>In the kernel</b> is the share of
                it in system calls and below. <b>Peak</b> is resident memory of all the server's processes; <b>switches</b> are
                context switches of its threads. <b>Busy</b>: if the server's processor was not near 100 %, then the load generator was
                measured, or the handler's own waiting.</p>
                <p>Ratios travel from machine to machine; answers a second do not.</p>
                </section>
                """);
    }

    private void surroundings() {
        page.append("<section id=\"surroundings\">\n<h2>Versions and commands</h2>\n<table>\n");
        rows(results.facts());
        rows(results.versions());
        page.append("</table>\n");
        for (String skipped : results.plan().skipped()) {
            page.append("<p>Left out: ").append(Text.html(skipped)).append("</p>\n");
        }
        page.append("<pre>");
        Settings settings = results.settings();
        page.append("mvn -f perf/pom.xml").append(settings.full() ? " -Pfull" : "")
                .append(settings.scenarios().isEmpty() ? "" : " -Dscenarios=" + String.join(",", settings.scenarios()))
                .append(settings.servers().isEmpty() ? "" : " -Dservers=" + String.join(",", settings.servers()))
                .append(settings.rounds().isPresent() ? " -Drounds=" + settings.rounds().getAsInt() : "").append(" -Dseconds=").append(settings.seconds()).append("\n\n");
        results.commands().forEach((name, command) -> page.append(Text.html(name + ": " + command)).append("\n"));
        page.append("</pre>\n</section>\n");
    }

    private void rows(Map<String, String> values) {
        values.forEach((key, value) -> page.append("<tr><th>").append(Text.html(key)).append("<td>").append(Text.html(value))
                .append("</tr>\n"));
    }
}
